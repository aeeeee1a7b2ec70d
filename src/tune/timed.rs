//! One ask of the real bench, timed: what processes say, and whose fault it is when they fail.

use super::bench::{Ask, Sample, Trouble};
use super::workbench::Workbench;
use crate::catalogue::Kernel;
use crate::experiment::{Fault, Job, Pair, Planted, Samples, Which};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Pairs a layout aims at over its data sets together, within the 10 to 16 that pay best.
const PAIRS: usize = 15;
/// Processes that may fail before an ask has no answer.
const TRIES: u32 = 3;
/// A pair that lasts this many times as long as the middle one was no pair: the machine was stopped meanwhile.
const STOPPED: u64 = 100;

impl Workbench<'_> {
    /// Times one ask: a process for each data set, on the two files just linked.
    pub(super) fn time(&self, ask: &Ask, a: &Path, b: &Path) -> Result<Sample, Trouble> {
        let kernel = &self.kernels[ask.kernel];
        let all = kernel.datasets.len().max(1);
        // The last of three or more is kept for confirmation.
        let planted = self.planted(&ask.b);
        let sets = if ask.confirm || all < 3 || planted != Planted::NONE { all } else { all - 1 };
        let chosen = self.replication.get(&ask.kernel).map(|r| r.pairs);
        let pairs = chosen.unwrap_or(PAIRS.div_ceil(all).max(4) as u32);
        let (began, saved) = (Instant::now(), self.runner.saved());
        let mut random = ChaCha8Rng::seed_from_u64(ask.draw ^ 0x5eed);
        let mut sample = Sample::default();
        let bed = if planted == Planted::NONE { 0 } else { random.random_range(0..sets) };
        for dataset in 0..sets {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Trouble::Interrupted);
            }
            let job = Job {
                a: a.to_path_buf(),
                b: b.to_path_buf(),
                dataset: dataset as u32,
                seed: random.random(),
                pairs,
                warm_ns: self.warm_ns,
                draw: random.random(),
                planted: if dataset == bed { planted } else { Planted::NONE },
            };
            let samples = self.patiently(&job).map_err(|fault| fault_trouble(kernel, ask, fault))?;
            sample.calls += samples.reps * samples.pairs.len() as u64;
            sample.effects.push(samples.pairs.iter().map(Pair::effect).collect());
            sample.preempted += samples.pairs.iter().filter(|p| p.preempted()).count() as u32;
            sample.timed += lasted(&samples.pairs);
        }
        // What a journal gave at once would have taken its time.
        sample.took = began.elapsed() + self.runner.saved().saturating_sub(saved);
        Ok(sample)
    }

    /// Runs a job. A process that fails is tried again: the machine may have been out of memory, or asleep. One that breaks
    /// off twice is B's fault if A in its place does not; what befell the machine is nobody's.
    fn patiently(&self, job: &Job) -> Result<Samples, Fault> {
        let mut answer = self.runner.run(job);
        let mut broken = 0;
        for tried in 1.. {
            match &answer {
                Err(Fault::Process(_)) => broken += 1,
                Err(Fault::Machine(_)) => {}
                _ => return answer,
            }
            if tried == TRIES || broken == 2 || self.stop.load(Ordering::Relaxed) {
                break;
            }
            answer = self.runner.run(job);
        }
        let alone = || self.runner.run(&Job { b: job.a.clone(), ..job.clone() });
        match answer {
            Err(Fault::Process(why)) if broken == 2 && sound(&alone()) => {
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

/// Wall time of the pairs, the untimed parts of about the same length included, and without the time in which the machine
/// was stopped: it says nothing of what further pairs will take.
fn lasted(pairs: &[Pair]) -> Duration {
    let mut each: Vec<u64> = pairs.iter().map(|p| p.a.wall_ns.saturating_add(p.b.wall_ns)).collect();
    each.sort_unstable();
    let most = each.get(each.len() / 2).map_or(0, |middle| middle.saturating_mul(STOPPED));
    let all = each.iter().fold(0u64, |sum, one| sum.saturating_add((*one).min(most)));
    Duration::from_nanos(all.saturating_mul(2))
}

/// Whose fault it is: the base's, and so the end of the run, or the variant's, and so a verdict.
fn fault_trouble(kernel: &Kernel, ask: &Ask, fault: Fault) -> Trouble {
    let (which, text) = match &fault {
        Fault::Crashed { which, what } | Fault::NotAKernel { which, what } => (*which, what.clone()),
        Fault::WrongResult { .. } => return Trouble::WrongResult(fault.to_string()),
        Fault::Process(_) | Fault::Machine(_) => return Trouble::Machine(fault.to_string()),
    };
    let of_base = match which {
        Which::A => ask.a.is_empty(),
        Which::B => ask.b.is_empty(),
        Which::Neither => false,
    };
    if of_base {
        return Trouble::Base(format!("kernel {}: fails under its base flags: {text}", kernel.name));
    }
    Trouble::Crashed(text)
}
