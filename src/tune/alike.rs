//! The bench's answers about code: by the state of the compiler, by the units, or by the linked files.

use super::bench::{CodeQuestion, Differing, KernelIndex, MeasureError, Set};
use super::workbench::{Coded, Workbench};
use crate::build::Flags;
use crate::catalogue::Kernel;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// How the question is answered whether two sets make the same code.
enum Way {
    /// They leave the compiler in the same state.
    Settled,
    /// By the linked files.
    Linked,
    /// By the units.
    Compared,
}

impl Workbench<'_> {
    /// Compares the code of what is wanted and not yet known, on all cores.
    fn ensure_compared(&mut self, wanted: Vec<CodeQuestion>) {
        let missing: BTreeSet<_> = wanted.into_iter().filter(|w| !self.alike.contains_key(w)).collect();
        let jobs: Vec<_> = missing.into_iter().map(|w| (self.flags(&w.a), self.flags(&w.b), w)).collect();
        let (builder, kernels, stop) = (self.builder, self.kernels, self.context.stop);
        let fresh: Vec<_> = jobs
            .into_par_iter()
            .with_max_len(1)
            .filter(|_| !stop.load(Ordering::Relaxed))
            .map(|(a, b, wanted)| {
                let same = builder.same(&kernels[wanted.kernel.0], &a, &b);
                (wanted, same)
            })
            .collect();
        self.alike.extend(fresh);
    }

    /// See [`super::bench::Bench::same`].
    pub(super) fn alike(&mut self, wanted: &[CodeQuestion]) -> Vec<Result<bool, MeasureError>> {
        // What is asked of a twin is answered once.
        let of_twin = |w: &CodeQuestion| CodeQuestion { kernel: self.twins[w.kernel.0], ..w.clone() };
        let wanted: Vec<CodeQuestion> = wanted.iter().map(of_twin).collect();
        self.ensure_settings(wanted.iter().flat_map(|w| [&w.a, &w.b]));
        let settled = |bench: &Self, a: &Set, b: &Set, linked: bool| {
            let of = |set: &Set| bench.settings.get(set).copied().flatten();
            !linked && of(a).is_some() && of(a) == of(b)
        };
        let (mut linked, mut compared) = (Vec::new(), Vec::new());
        let mut ways = Vec::new();
        for question in &wanted {
            let CodeQuestion { kernel, a, b } = question;
            let links = self.links_differently(a) || self.links_differently(b);
            ways.push(match links {
                _ if settled(self, a, b, links) => Way::Settled,
                true => {
                    let coded = |set: &Set| Coded { kernel: *kernel, set: set.clone(), linked: true };
                    linked.extend([coded(a), coded(b)]);
                    Way::Linked
                }
                false => {
                    compared.push(question.clone());
                    Way::Compared
                }
            });
        }
        self.ensure_coded(linked);
        self.ensure_compared(compared);
        let answer = |(question, way): (&CodeQuestion, Way)| match way {
            Way::Settled => Ok(true),
            Way::Linked => {
                let of = |set: &Set| {
                    let coded = Coded { kernel: question.kernel, set: set.clone(), linked: true };
                    Ok(self.code(&coded)?.code)
                };
                Ok(of(&question.a)? == of(&question.b)?)
            }
            Way::Compared => match self.alike.get(question) {
                Some(Ok(same)) => Ok(*same),
                Some(Err(error)) => {
                    let CodeQuestion { kernel, a, b } = question;
                    Err(self.build_trouble(*kernel, if a.is_empty() { b } else { a }, error))
                }
                None => Err(MeasureError::Interrupted),
            },
        };
        wanted.iter().zip(ways).map(answer).collect()
    }

    /// See [`super::bench::Bench::differing`].
    pub(super) fn unlike(&mut self, wanted: &[(Set, Set)]) -> Vec<Differing> {
        self.ensure_settings(wanted.iter().flat_map(|(a, b)| [a, b]));
        let links = |(a, b): &(Set, Set)| self.links_differently(a) || self.links_differently(b);
        let (linked, plain): (Vec<usize>, Vec<usize>) = (0..wanted.len()).partition(|i| links(&wanted[*i]));
        let setting = |set: &Set| self.settings.get(set).copied().flatten();
        let settled = |(a, b): &(Set, Set)| setting(a).is_some() && setting(a) == setting(b);
        let open: Vec<usize> = plain.into_iter().filter(|i| !settled(&wanted[*i])).collect();
        let mut answers: Vec<Differing> = vec![Ok(None); wanted.len()];
        let pairs: Vec<(Flags, Flags)> =
            open.iter().map(|i| (self.flags(&wanted[*i].0), self.flags(&wanted[*i].1))).collect();
        let found = self.builder.differing(self.kernels, &pairs, self.context.stop);
        for (i, found) in open.into_iter().zip(found) {
            let (a, b) = &wanted[i];
            answers[i] = match found {
                Some(Ok(kernel)) => Ok(kernel.map(KernelIndex)),
                Some(Err((kernel, error))) => {
                    let kernel = KernelIndex(kernel);
                    Err((kernel, self.build_trouble(kernel, if a.is_empty() { b } else { a }, &error)))
                }
                None => Err((KernelIndex(0), MeasureError::Interrupted)),
            };
        }
        // Only a linked file shows what these do.
        for kernel in (0..self.kernels.len()).map(KernelIndex) {
            let open: Vec<usize> = linked.iter().copied().filter(|i| answers[*i] == Ok(None)).collect();
            let question = |i: &usize| {
                let (a, b) = wanted[*i].clone();
                CodeQuestion { kernel, a, b }
            };
            let questions: Vec<CodeQuestion> = open.iter().map(question).collect();
            for (i, same) in open.into_iter().zip(self.alike(&questions)) {
                answers[i] = same.map(|same| (!same).then_some(kernel)).map_err(|trouble| (kernel, trouble));
            }
        }
        answers
    }
}

/// The first kernel with the same units and headers.
pub(super) fn twin(kernel: &Kernel, all: &[Kernel]) -> KernelIndex {
    let same = |k: &Kernel| k.units == kernel.units && k.headers == kernel.headers;
    KernelIndex(all.iter().position(same).unwrap_or_default())
}
