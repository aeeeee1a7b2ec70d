//! One layout of the real bench, timed: what the process says, and whose fault it is where a kernel fails.

use super::bench::{Answers, KernelIndex, MeasureError, Phase, Sample, SampleRequest};
use super::workbench::Workbench;
use crate::catalogue::Kernel;
use crate::experiment::{Entry, Fault, Job, Planted, Samples, Which};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::path::Path;
use std::time::Instant;

/// Pairs of a data set where none were allocated: enough to rank.
const PAIRS: u32 = 8;
/// What linking a layout, the process of an entry and a pair usually take.
const LINKS_MS: u32 = 60;
const ENTRY_MS: u32 = 4;
const PAIR_US: u32 = 500;
/// Most pairs of a data set in screening.
const MOST_SCREENING: u32 = 48;
/// How many times fewer pairs a layout of a candidate alone has than one of the set.
const ALONE: u32 = 3;
/// Processes that may fail before a kernel has no answer.
const TRIES: u32 = 3;

impl Workbench<'_> {
    /// Data sets of a kernel that a phase uses: all, since each layout draws its own data and a flag may act on one kind of data alone.
    /// A command reads the same data each time: of those the last of three or more is kept for confirmation.
    pub(super) fn datasets_of(&self, kernel: KernelIndex, phase: Phase) -> usize {
        let all = self.kernels[kernel.0].datasets.len().max(1);
        let drawn = self.context.sampler.fixed_pairs().is_none();
        if phase != Phase::Screen || all < 3 || drawn { all } else { all - 1 }
    }

    /// Pairs of each data set of a kernel in one layout.
    pub(super) fn pairs_of(&self, kernel: KernelIndex, phase: Phase) -> u32 {
        if let Some(pairs) = self.context.sampler.fixed_pairs() {
            return pairs;
        }
        match phase {
            Phase::Control => PAIRS,
            Phase::Screen => self.screening_pairs(),
            Phase::Confirm => self.allocated.get(&kernel).copied().unwrap_or(PAIRS),
            Phase::Alone => self.allocated.get(&kernel).map_or(PAIRS, |pairs| (pairs / ALONE).max(PAIRS)),
        }
    }

    /// Pairs of a data set in screening: as many as take about as long as linking and the processes do anyway. It rests on what
    /// these usually take and not on what they took, so that a run that is resumed asks for the same.
    fn screening_pairs(&self) -> u32 {
        let kernels = (0..self.kernels.len()).map(KernelIndex);
        let entries = kernels.map(|k| self.datasets_of(k, Phase::Screen) as u32).sum::<u32>().max(1);
        ((LINKS_MS + ENTRY_MS * entries) * 1000 / (PAIR_US * entries)).clamp(PAIRS, MOST_SCREENING)
    }

    /// Times one request on the two files just linked: one process for all kernels and data sets, in drawn order.
    pub(super) fn time(&mut self, request: &SampleRequest, a: &Path, b: &Path) -> Answers {
        let mut random = ChaCha8Rng::seed_from_u64(request.draw ^ 0x5eed);
        let planted = self.planted(&request.b);
        let mut entries = Vec::new();
        for kernel in &request.kernels {
            let phase = if planted == Planted::NONE { request.phase } else { Phase::Confirm };
            let sets = self.datasets_of(*kernel, phase);
            let bed = random.random_range(0..sets);
            for dataset in 0..sets {
                entries.push(Entry {
                    kernel: kernel.0 as u32,
                    dataset: dataset as u32,
                    seed: random.random(),
                    calls: self.calls.get(&(*kernel, dataset)).copied().unwrap_or(0),
                    pairs: self.pairs_of(*kernel, phase),
                    planted: planted != Planted::NONE && dataset == bed,
                    bounded: !self.kernels[kernel.0].bounds.is_empty(),
                });
            }
        }
        entries.shuffle(&mut random);
        let warm_ns = if self.warms(&request.a) || self.warms(&request.b) { self.context.warm_ns } else { 0 };
        let job =
            Job { a: a.to_path_buf(), b: b.to_path_buf(), warm_ns, draw: random.random(), planted, entries };
        let (began, saved) = (Instant::now(), self.context.sampler.saved());
        let answers = self.answers(&job);
        for (entry, answer) in job.entries.iter().zip(&answers) {
            if let (Ok(samples), false) = (answer, entry.planted) {
                let at = (KernelIndex(entry.kernel as usize), entry.dataset as usize);
                self.calls.entry(at).or_insert(samples.calls);
            }
        }
        // What a journal gave at once would have taken its time.
        let took = began.elapsed() + self.context.sampler.saved().saturating_sub(saved);
        let of_kernel = |kernel: &KernelIndex| {
            let mut sample = Sample::default();
            let own = job.entries.iter().zip(&answers).filter(|(e, _)| e.kernel as usize == kernel.0);
            for (_, answer) in own {
                match answer {
                    Ok(samples) => sample.add(&samples.pairs, samples.calls),
                    Err(fault) => return Err(fault_error(&self.kernels[kernel.0], request, fault)),
                }
            }
            Ok(sample)
        };
        let mut measured: Answers = request.kernels.iter().map(of_kernel).collect();
        for (kernel, answer) in request.kernels.iter().zip(&mut measured) {
            let own = job.entries.iter().zip(&answers).filter(|(e, _)| e.kernel as usize == kernel.0);
            if answer.is_ok() && own.into_iter().any(|(_, a)| matches!(a, Ok(samples) if samples.differ)) {
                *answer = self.keep_bounds(*kernel, request, [a, b]).and(answer.clone());
            }
        }
        let answers = measured;
        self.account(request, job.entries.len(), &answers, took);
        answers
    }

    /// Runs a job. What the machine did to a process is tried again; where it fails for good, nothing else is tried.
    fn answers(&self, job: &Job) -> Vec<Result<Samples, Fault>> {
        let mut whole = self.context.sampler.run(job);
        for _ in 1..TRIES {
            if whole.is_ok() || self.context.stopped() {
                break;
            }
            whole = self.context.sampler.run(job);
        }
        let first = match whole {
            Ok(answers) => answers,
            Err(fault) => return job.entries.iter().map(|_| Err(fault.clone())).collect(),
        };
        let mut answers = Vec::new();
        let mut failed = false;
        for (entry, first) in job.entries.iter().zip(first) {
            let answer = if failed { first } else { self.patiently(job, *entry, first) };
            failed |= matches!(answer, Err(Fault::Machine(_)));
            answers.push(answer);
        }
        answers
    }

    /// The answer of one entry. Where its process failed it is tried again alone: the machine may have been out of memory,
    /// or asleep. If B breaks off twice and A in its place does not, B is blamed; failures of the machine are blamed on neither.
    fn patiently(&self, whole: &Job, entry: Entry, first: Result<Samples, Fault>) -> Result<Samples, Fault> {
        let alone = |b: &Path| {
            let job = Job { b: b.to_path_buf(), entries: vec![entry], ..whole.clone() };
            self.context.sampler.run(&job).and_then(|mut answers| {
                answers.pop().unwrap_or_else(|| Err(Fault::Process("no answer".into())))
            })
        };
        let (mut answer, mut broken) = (first, 0);
        for tried in 0..=TRIES {
            match &answer {
                Err(Fault::Process(_)) => broken += 1,
                Err(Fault::Machine(_)) => {}
                _ => return answer,
            }
            if tried == TRIES || broken == 2 || self.context.stopped() {
                break;
            }
            answer = alone(&whole.b);
        }
        match answer {
            Err(Fault::Process(why)) if broken == 2 && sound(&alone(&whole.a)) => {
                let what = format!("twice with it, and not without: {}", Fault::Process(why));
                Err(Fault::Crashed { which: Which::B, what })
            }
            answer => answer,
        }
    }
}

/// Whether a process gave an answer, be it a verdict.
fn sound(answer: &Result<Samples, Fault>) -> bool {
    !matches!(answer, Err(Fault::Process(_) | Fault::Machine(_)))
}

/// Whose fault it is: the base's, and so the end of the run, or the variant's, and so a verdict.
fn fault_error(kernel: &Kernel, request: &SampleRequest, fault: &Fault) -> MeasureError {
    let (which, text) = match fault {
        Fault::Crashed { which, what } | Fault::NotAKernel { which, what } => (*which, what.clone()),
        Fault::WrongResult { .. } => return MeasureError::WrongResult(fault.to_string()),
        Fault::Process(_) | Fault::Machine(_) => return MeasureError::Machine(fault.to_string()),
    };
    let of_base = match which {
        Which::A => request.a.is_empty(),
        Which::B => request.b.is_empty(),
        Which::Neither => false,
    };
    if of_base {
        return MeasureError::Base(format!("kernel {}: fails under its base flags: {text}", kernel.name));
    }
    MeasureError::Crashed(text)
}
