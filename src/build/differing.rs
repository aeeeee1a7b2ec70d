//! Which flags change any code at all? Unit by unit over all kernels, the most telling first, and no further than the
//! answer takes.

use super::builder::{BuildError, Builder, Flags};
use super::code_cache::Key;
use super::sources;
use crate::catalogue::{Kernel, Unit};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Units tried one by one; what is undecided after them is tried on the rest at once, so that all cores stay busy.
const ONE_BY_ONE: usize = 4;

/// A unit of one kernel or of several, of which the first is named.
struct Telling<'k> {
    kernel: usize,
    unit: &'k Unit,
    key: Key,
}

/// A kernel whose code differs, or none; else a kernel at which there was trouble. `None` where the caller stopped it.
pub type Found = Option<Result<Option<usize>, (usize, BuildError)>>;

impl Builder<'_> {
    /// For each pair of flags a kernel whose units they compile to different code, whichever is met first. A unit that
    /// is refused after another differed is not met at all. Link options are not looked at.
    pub fn differing(&self, kernels: &[Kernel], pairs: &[(Flags, Flags)], stop: &AtomicBool) -> Vec<Found> {
        let units = self.telling(kernels);
        let pairs: Vec<(Vec<String>, Vec<String>)> =
            pairs.iter().map(|(a, b)| (self.compile_flags(a), self.compile_flags(b))).collect();
        let found: Vec<Mutex<Found>> = pairs.iter().map(|(a, b)| self.known(kernels, &units, a, b)).collect();
        let open = |i: usize| found[i].lock().is_ok_and(|f| !matches!(*f, Some(Ok(_))));
        let mut at = 0;
        while at < units.len() && !stop.load(Ordering::Relaxed) {
            let end = if at < ONE_BY_ONE { at + 1 } else { units.len() };
            // Unit by unit, so that a difference spares the others of the same pair.
            let jobs: Vec<(usize, &Telling)> = units[at..end]
                .iter()
                .flat_map(|unit| (0..pairs.len()).filter(|i| open(*i)).map(move |i| (i, unit)))
                .collect();
            jobs.into_par_iter().with_max_len(1).for_each(|(i, unit)| {
                if stop.load(Ordering::Relaxed) || !open(i) {
                    return;
                }
                let answer = self.differs(&kernels[unit.kernel], unit, &pairs[i]);
                let Ok(mut found) = found[i].lock() else { return };
                match answer {
                    Ok(true) => *found = Some(Ok(Some(unit.kernel))),
                    Err(error) if found.is_none() => *found = Some(Err((unit.kernel, error))),
                    Ok(false) | Err(_) => {}
                }
            });
            at = end;
        }
        let ended = !stop.load(Ordering::Relaxed);
        let last = |found: Mutex<Found>| found.into_inner().ok().flatten().or(ended.then_some(Ok(None)));
        found.into_iter().map(last).collect()
    }

    /// Each unit once, the most telling first.
    fn telling<'k>(&self, kernels: &'k [Kernel]) -> Vec<Telling<'k>> {
        let mut seen = BTreeSet::new();
        let mut units = Vec::new();
        for (kernel, of) in kernels.iter().enumerate() {
            let headers = self.headers(of);
            for unit in &of.units {
                let key = sources::object_key(unit, &headers, &[]);
                if seen.insert(key) {
                    units.push(Telling { kernel, unit, key });
                }
            }
        }
        let promise = |one: &Telling| (self.habits.promise(&one.key, one.unit.text.len()) * 1e6) as u64;
        units.sort_by_cached_key(|one| std::cmp::Reverse(promise(one)));
        units
    }

    /// What an earlier run compiled answers first, whichever units it took.
    fn known(&self, kernels: &[Kernel], units: &[Telling], a: &[String], b: &[String]) -> Mutex<Found> {
        if a == b {
            return Mutex::new(Some(Ok(None)));
        }
        let of = |one: &Telling, flags| self.known_code(&kernels[one.kernel], one.unit, flags);
        let differs = |one: &&Telling| of(one, a).zip(of(one, b)).is_some_and(|(a, b)| a.code != b.code);
        Mutex::new(units.iter().find(differs).map(|one| Ok(Some(one.kernel))))
    }

    fn differs(
        &self,
        kernel: &Kernel,
        one: &Telling,
        (a, b): &(Vec<String>, Vec<String>),
    ) -> Result<bool, BuildError> {
        let began = Instant::now();
        let of = |flags: &[String]| self.unit_code(kernel, one.unit, flags);
        let differs = of(a)?.code != of(b)?.code;
        self.habits.note(one.key, differs, began.elapsed());
        Ok(differs)
    }
}
