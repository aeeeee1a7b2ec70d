//! A bench without a clock: kernels with known effects, interactions and noise, for the scheduler's tests.

use super::bench::{
    Answers, Bench, Candidate, CodeQuestion, MeasureError, Phase, Probe, Sample, SampleRequest, Set,
};
use super::bench::{CandidateIndex, KernelIndex};
use crate::build::Flags;
use crate::experiment::Planted;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// What one kernel in one layout takes.
const SAMPLE_TIME: Duration = Duration::from_millis(50);

/// True effect of a set on a kernel against the base, in the unit of an effect.
pub type Truth = Box<dyn Fn(KernelIndex, &Set) -> f64>;

/// Whether a set changes a kernel's code.
pub type Changes = Box<dyn Fn(KernelIndex, &Set) -> bool>;

/// Load that comes and goes: another process shares the core or its caches while one sample is taken, or for as long as an
/// kernel is measured in one layout. It hits either build alike, since their turns alternate, with a size that has no variance (Pareto, index 1.5).
#[derive(Clone, Copy, Debug)]
pub struct Bursts {
    /// Share of the pairs that it hits.
    pub pairs: f64,
    /// Share of the asks that it hits as a whole.
    pub asks: f64,
    /// Least size of a hit, in the unit of an effect.
    pub least: f64,
}

impl Bursts {
    /// What is added to an effect that is hit with a probability.
    fn hit(&self, share: f64, random: &mut ChaCha8Rng) -> f64 {
        if random.random::<f64>() >= share {
            return 0.0;
        }
        let sign = if random.random::<bool>() { 1.0 } else { -1.0 };
        sign * self.least * (1.0 - random.random::<f64>()).powf(-1.0 / 1.5)
    }
}

/// The bench.
pub struct FakeBench {
    /// The kernels.
    pub probes: Vec<Probe>,
    /// The candidates by index.
    pub candidates: Vec<Candidate>,
    /// What is true.
    pub truth: Truth,
    /// Which kernels a set changes at all; by default all that have an effect.
    pub changes: Changes,
    /// Standard deviation between layouts.
    pub layout_sd: f64,
    /// Standard deviation between pairs.
    pub pair_sd: f64,
    /// Bursts of load that hit layouts and pairs now and then.
    pub bursts: Option<Bursts>,
    /// Added to every comparison of builds that are the same: a broken machine.
    pub bias: f64,
    /// Sets whose build fails so, by a member.
    pub trouble: Vec<(CandidateIndex, MeasureError)>,
    /// Ends with `Interrupted` after so many asks.
    pub stop_after: Option<u32>,
    /// Asks so far.
    pub asked: u32,
    /// The time it says it is.
    pub now: Duration,
}

impl FakeBench {
    /// Puts a kernel into a domain.
    pub fn set_domain(&mut self, kernel: usize, domain: &str) {
        self.probes[kernel].domain = domain.into();
    }

    /// One kernel a weight and as many candidates as named, with nothing true yet.
    pub fn new(weights: &[f64], names: &[&str]) -> FakeBench {
        let probe = |(i, w): (usize, &f64)| {
            let (name, domain) = (format!("p/k{i}"), String::new());
            Probe { name, weight: *w, control: *w == 0.0, domain }
        };
        let candidate = |name: &&str| Candidate {
            flags: Flags { compile: vec![name.to_string()], link: Vec::new() },
            conflicts: Vec::new(),
            bundle: name.starts_with("-O"),
            likely: 1.0,
            withheld: None,
            contraction: None,
            note: String::new(),
            planted: Planted::NONE,
        };
        FakeBench {
            probes: weights.iter().enumerate().map(probe).collect(),
            candidates: names.iter().map(candidate).collect(),
            truth: Box::new(|_, _| 0.0),
            changes: Box::new(|_, set| !set.is_empty()),
            layout_sd: 0.5,
            pair_sd: 1.0,
            bursts: None,
            bias: 0.0,
            trouble: Vec::new(),
            stop_after: None,
            asked: 0,
            now: Duration::ZERO,
        }
    }

    fn found_trouble(&self, set: &Set) -> Option<MeasureError> {
        let contracted =
            |c: &CandidateIndex| self.candidate(*c).flags.compile.iter().any(|f| f == "-ffp-contract=off");
        self.trouble
            .iter()
            .find(|(c, _)| set.contains(c) && !set.iter().any(contracted))
            .map(|(_, t)| t.clone())
    }
}

/// A standard normal deviate by the polar method.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    loop {
        let (u, v): (f64, f64) = (random.random::<f64>() * 2.0 - 1.0, random.random::<f64>() * 2.0 - 1.0);
        let s = u * u + v * v;
        if s > 0.0 && s < 1.0 {
            return u * (-2.0 * s.ln() / s).sqrt();
        }
    }
}

impl Bench for FakeBench {
    fn probes(&self) -> &[Probe] {
        &self.probes
    }

    fn add(&mut self, candidate: Candidate) -> CandidateIndex {
        self.candidates.push(candidate);
        CandidateIndex(self.candidates.len() - 1)
    }

    fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    fn same(&mut self, wanted: &[CodeQuestion]) -> Vec<Result<bool, MeasureError>> {
        self.now += Duration::from_millis(20) * wanted.len() as u32;
        let same = |question: &CodeQuestion| {
            let CodeQuestion { kernel, mut a, mut b } = question.clone();
            a.sort_unstable();
            b.sort_unstable();
            a.retain(|c| (self.changes)(kernel, &vec![*c]));
            b.retain(|c| (self.changes)(kernel, &vec![*c]));
            match self.found_trouble(&b).or_else(|| self.found_trouble(&a)) {
                Some(trouble @ MeasureError::Unsupported(_)) => Err(trouble),
                _ => Ok(a == b),
            }
        };
        wanted.iter().map(same).collect()
    }

    fn bytes(&mut self, _: KernelIndex, set: &Set) -> Result<u64, MeasureError> {
        Ok(1000 + 10 * set.len() as u64)
    }

    fn sample(&mut self, requests: &[SampleRequest]) -> Vec<Answers> {
        let mut answers = Vec::new();
        for request in requests {
            let mut random = ChaCha8Rng::seed_from_u64(request.draw);
            let of = |kernel: &KernelIndex| self.one(*kernel, request, &mut random);
            answers.push(request.kernels.iter().map(of).collect());
        }
        answers
    }

    fn elapsed(&self) -> Duration {
        self.now
    }

    fn cost(&self, kernels: &[KernelIndex], _: Phase) -> Duration {
        SAMPLE_TIME * kernels.len() as u32
    }

    fn overhead(&self, kernels: &[KernelIndex], _: Phase) -> Duration {
        SAMPLE_TIME / 5 * kernels.len() as u32
    }

    fn allocate(&mut self, _: KernelIndex, _: u32) {}

    fn datasets(&self, _: KernelIndex) -> u32 {
        3
    }
}

impl FakeBench {
    /// One kernel in one layout.
    fn one(
        &mut self,
        kernel: KernelIndex,
        request: &SampleRequest,
        random: &mut ChaCha8Rng,
    ) -> Result<Sample, MeasureError> {
        self.asked += 1;
        self.now += SAMPLE_TIME;
        if self.stop_after.is_some_and(|n| self.asked > n) {
            return Err(MeasureError::Interrupted);
        }
        if let Some(trouble) = self.found_trouble(&request.b).or_else(|| self.found_trouble(&request.a)) {
            return Err(trouble);
        }
        let truth = (self.truth)(kernel, &request.b) - (self.truth)(kernel, &request.a) + self.bias;
        let truth = truth + request.b.iter().map(|c| self.candidate(*c).planted.effect()).sum::<f64>();
        let layout = truth + self.layout_sd * normal(random);
        let layout = layout + self.bursts.map_or(0.0, |b| b.hit(b.asks, random));
        let mut pair = || {
            let hit = self.bursts.map_or(0.0, |b| b.hit(b.pairs, random));
            layout + hit + self.pair_sd * normal(random)
        };
        let mut group = || (0..5).map(|_| pair()).collect();
        let mut sample = Sample::of_effects(vec![group(), group(), group()]);
        (sample.timed, sample.wall) = (SAMPLE_TIME * 4 / 5, SAMPLE_TIME * 4 / 5);
        Ok(sample)
    }
}
