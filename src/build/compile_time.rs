//! How long the compiler takes.

use super::builder::{BuildError, Builder, Flags};
use super::sources;
use crate::catalogue::{Kernel, Unit};
use rayon::prelude::*;
use std::collections::HashSet;
use std::time::{Duration, Instant};

impl Builder<'_> {
    /// Time for compiling every unit under test once more, by the driver and without what is stored, added up over the units.
    pub fn compile_time(&self, kernels: &[Kernel], further: &Flags) -> Result<Duration, BuildError> {
        let flags = self.compile_flags(further);
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        let mut wanted: Vec<(&Kernel, &Unit)> = Vec::new();
        for kernel in kernels {
            let units = kernel.units.iter().filter(|u| seen.insert((&u.file, &u.text)));
            wanted.extend(units.map(|unit| (kernel, unit)));
        }
        let one = |(kernel, unit): &(&Kernel, &Unit)| {
            let folder = sources::write(self.workspace(), kernel, &self.support, &self.probe_h)?;
            let began = Instant::now();
            let object = self.driven(&folder, unit, &flags)?;
            let took = began.elapsed();
            std::fs::remove_file(object)?;
            Ok(took)
        };
        wanted.par_iter().map(one).collect::<Result<Vec<Duration>, BuildError>>().map(|all| all.iter().sum())
    }
}
