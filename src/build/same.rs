//! Do two sets of flags make the same code of a kernel? No more is compiled than the answer takes.

use super::builder::{BuildError, Builder, Flags};
use super::code_cache::Key;
use super::sources;
use crate::catalogue::{Kernel, Unit};
use std::time::Instant;

impl Builder<'_> {
    /// Whether a kernel's units become the same code under the base with either flags: unit by unit, the most telling
    /// first, until one differs. Flags that a later unit would be refused under may so be reported as different; they
    /// fail when they are built. Link options are not looked at.
    pub fn same(&self, kernel: &Kernel, a: &Flags, b: &Flags) -> Result<bool, BuildError> {
        let (a, b) = (self.compile_flags(a), self.compile_flags(b));
        if a == b {
            return Ok(true);
        }
        // What an earlier run compiled answers first, whichever units it took.
        let known = |unit: &Unit, flags: &[String]| self.known_code(kernel, unit, flags);
        let differs = |unit: &Unit| Some(known(unit, &a)?.code != known(unit, &b)?.code);
        if kernel.units.iter().any(|unit| differs(unit) == Some(true)) {
            return Ok(false);
        }
        let headers = self.headers(kernel);
        let mut order: Vec<(Key, &Unit)> =
            kernel.units.iter().map(|u| (sources::object_key(u, &headers, &[]), u)).collect();
        let promise = |(key, unit): &(Key, &Unit)| self.habits.promise(key, unit.text.len());
        order.sort_by_cached_key(|one| std::cmp::Reverse((promise(one) * 1e6) as u64));
        for (key, unit) in order {
            let began = Instant::now();
            let of = |flags: &[String]| self.unit_code(kernel, unit, flags);
            let differs = of(&a)?.code != of(&b)?.code;
            self.habits.note(key, differs, began.elapsed());
            if differs {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
