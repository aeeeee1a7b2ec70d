//! Comparisons over layouts: a kernel's effects, and the package's as their weighted sum inside each layout.

use super::bench::{Bench, KernelIndex, MeasureError, Phase, Sample, SampleRequest, Set};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// What is to be compared, and the layouts seen so far.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The base of the comparison.
    pub a: Set,
    /// The variant.
    pub b: Set,
    /// Kernels whose code differs; the others contribute an effect of exactly 0.
    pub kernels: Vec<KernelIndex>,
    /// Per kernel in `kernels`, one sample a layout.
    pub samples: Vec<Vec<Sample>>,
    /// The first trouble met, with the kernel.
    pub trouble: Option<(KernelIndex, MeasureError)>,
}

impl Comparison {
    /// A comparison that has seen nothing yet.
    pub fn new(a: Set, b: Set, kernels: Vec<KernelIndex>) -> Comparison {
        let samples = vec![Vec::new(); kernels.len()];
        Comparison { a, b, kernels, samples, trouble: None }
    }

    /// Finds the kernels whose code the two sets change, then makes the comparison.
    pub fn of(bench: &mut dyn Bench, a: Set, b: Set) -> Result<Comparison, (KernelIndex, MeasureError)> {
        let wanted = bench.questions(&a, &b);
        let mut kernels = Vec::new();
        for (question, same) in wanted.iter().zip(bench.same(&wanted)) {
            let kernel = question.kernel;
            if !same.map_err(|trouble| (kernel, trouble))? {
                kernels.push(kernel);
            }
        }
        Ok(Comparison::new(a, b, kernels))
    }

    /// Takes one layout's answers. An error that ends the run is returned; another one is the comparison's own from here
    /// on, and the layout counts for nothing.
    fn take(&mut self, answers: Vec<Result<Sample, MeasureError>>) -> Result<(), MeasureError> {
        if let Some(Err(stop)) = answers.iter().find(|a| matches!(a, Err(e) if e.ends_run())) {
            return Err(stop.clone());
        }
        for (kernel, answer) in self.kernels.iter().zip(&answers) {
            if let (Err(error), None) = (answer, &self.trouble) {
                self.trouble = Some((*kernel, error.clone()));
            }
        }
        if self.trouble.is_none() {
            let whole = self.samples.iter_mut().zip(answers.into_iter().flatten());
            whole.for_each(|(samples, sample)| samples.push(sample));
        }
        Ok(())
    }

    /// Layouts measured.
    pub fn layouts(&self) -> usize {
        self.samples.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// Pairs measured.
    pub fn pairs(&self) -> u32 {
        self.samples.iter().flatten().map(Sample::pairs).sum()
    }

    /// The package's effect in each layout: the sum of weight times kernel effect.
    pub fn package(&self, bench: &dyn Bench) -> Vec<f64> {
        (0..self.layouts())
            .map(|layout| {
                let of = |(i, kernel): (usize, &KernelIndex)| {
                    bench.probe(*kernel).weight * self.samples[i][layout].estimate()
                };
                self.kernels.iter().enumerate().map(of).sum()
            })
            .collect()
    }

    /// A kernel's effect in each layout; exactly 0 in none where its code is the same.
    pub fn kernel(&self, kernel: KernelIndex) -> Vec<f64> {
        let at = self.kernels.iter().position(|k| *k == kernel);
        at.map(|i| self.samples[i].iter().map(Sample::estimate).collect()).unwrap_or_default()
    }

    /// Pairs of the first `layouts` layouts.
    pub fn pairs_of(&self, layouts: usize) -> u32 {
        self.samples.iter().flat_map(|kernel| kernel.iter().take(layouts)).map(Sample::pairs).sum()
    }

    /// The package's effect pair by pair, over all layouts and data sets: for the sign test of screening.
    pub fn pooled(&self, bench: &dyn Bench) -> Vec<f64> {
        let mut sums: Vec<f64> = Vec::new();
        for (i, kernel) in self.kernels.iter().enumerate() {
            let weight = bench.probe(*kernel).weight;
            if weight == 0.0 {
                continue;
            }
            let pairs = self.samples[i].iter().flat_map(|s| s.effects.iter().flatten());
            for (at, effect) in pairs.enumerate() {
                match sums.get_mut(at) {
                    Some(sum) => *sum += weight * effect,
                    None => sums.push(weight * effect),
                }
            }
        }
        sums
    }
}

/// Measures further layouts of each comparison that has no error so far, so many of each, in random order so that drift
/// falls on all alike. Returns early when the user wants to stop.
pub fn further_layouts(
    bench: &mut dyn Bench,
    comparisons: &mut [&mut Comparison],
    phase: Phase,
    layouts: usize,
    random: &mut ChaCha8Rng,
) -> Result<(), MeasureError> {
    let mut requests: Vec<(usize, SampleRequest)> = Vec::new();
    for _ in 0..layouts {
        for (at, one) in comparisons.iter().enumerate().filter(|(_, c)| c.trouble.is_none()) {
            let (a, b, kernels) = (one.a.clone(), one.b.clone(), one.kernels.clone());
            requests.push((at, SampleRequest { a, b, kernels, draw: random.random(), phase }));
        }
    }
    requests.shuffle(random);
    let (places, plain): (Vec<usize>, Vec<SampleRequest>) = requests.into_iter().unzip();
    for (at, answers) in places.into_iter().zip(bench.sample(&plain)) {
        comparisons[at].take(answers)?;
    }
    Ok(())
}

/// A generator for one purpose, so that stages do not disturb each other's draws.
pub fn random(seed: u64, purpose: &str) -> ChaCha8Rng {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(purpose).finalize();
    ChaCha8Rng::from_seed(digest.into())
}
