//! What is judged beside the whole: each kernel by itself, or the kernels of a domain together.

use super::bench::{Bench, KernelIndex};
use super::compare::Comparison;

/// Kernels that are judged together beside the whole, controls aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The domain's name, or the kernel's.
    pub name: String,
    /// Its kernels.
    pub kernels: Vec<KernelIndex>,
}

/// The parts of a subject, in the order of their first kernels.
pub fn parts(bench: &dyn Bench) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for kernel in bench.kernels() {
        let probe = bench.probe(kernel);
        if probe.control {
            continue;
        }
        let name = if probe.domain.is_empty() { &probe.name } else { &probe.domain };
        match parts.iter_mut().find(|p| !probe.domain.is_empty() && p.name == *name) {
            Some(part) => part.kernels.push(kernel),
            None => parts.push(Part { name: name.clone(), kernels: vec![kernel] }),
        }
    }
    parts
}

impl Comparison {
    /// A part's effect in each layout: the mean over its kernels by their weights, those whose code is the same with an effect
    /// of exactly 0. In none where no code of the part differs.
    pub fn part(&self, bench: &dyn Bench, part: &Part) -> Vec<f64> {
        let of = |k: &KernelIndex| if part.kernels.len() == 1 { 1.0 } else { bench.probe(*k).weight };
        let whole: f64 = part.kernels.iter().map(of).sum();
        let mut sums: Vec<f64> = Vec::new();
        for kernel in &part.kernels {
            for (at, effect) in self.kernel(*kernel).into_iter().enumerate() {
                let share = effect * of(kernel) / whole.max(f64::MIN_POSITIVE);
                match sums.get_mut(at) {
                    Some(sum) => *sum += share,
                    None => sums.push(share),
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{FakeBench, Sample, Set};

    #[test]
    fn kernels_of_a_domain_are_one_part_and_the_others_stand_alone() {
        let mut bench = FakeBench::new(&[0.3, 0.1, 0.6, 0.0], &[]);
        bench.set_domain(0, "text");
        bench.set_domain(1, "text");
        let found = parts(&bench);
        let named: Vec<(&str, usize)> = found.iter().map(|p| (p.name.as_str(), p.kernels.len())).collect();
        assert_eq!(named, [("text", 2), ("p/k2", 1)]);
        // The second kernel's code is the same: the part moves by the first one's share.
        let mut comparison = Comparison::new(Set::new(), Set::new(), vec![KernelIndex(0)]);
        comparison.samples[0] =
            vec![Sample::of_effects(vec![vec![4.0]]), Sample::of_effects(vec![vec![8.0]])];
        let text = comparison.part(&bench, &found[0]);
        assert!(text.len() == 2 && (text[0] - 3.0).abs() < 1e-9 && (text[1] - 6.0).abs() < 1e-9, "{text:?}");
        assert!(comparison.part(&bench, &found[1]).is_empty());
    }
}
