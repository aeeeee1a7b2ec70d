//! Operations of two libraries whose results differ where their contract is the size of an error.

use super::pairing::{Libraries, Method};
use crate::catalogue::ErrorBound;
use crate::experiment::{Accuracy, Evaluator, Fault, Loader};
use crate::profile::WithinBounds;
use crate::tune::{MeasureError, judge_bounds};
use std::path::{Path, PathBuf};

/// What an operation may round otherwise, and what was found of it.
#[derive(Debug)]
pub(super) struct Bounded {
    /// `glibc/libm`.
    pub name: String,
    /// Its functions, in the order of the driver's `probe_values`; empty where results are to be the same bits.
    pub functions: Vec<ErrorBound>,
    /// What was found, once it was asked.
    pub found: Option<Result<Vec<WithinBounds>, MeasureError>>,
}

impl Libraries<'_> {
    /// Holds both libraries to the bounds of an operation's functions: once, since neither changes. The drivers of a layout are
    /// bound to them.
    pub(super) fn keep_bounds(&mut self, operation: usize, drivers: [&Path; 2]) -> Result<(), MeasureError> {
        if self.bounded[operation].found.is_none() {
            let found = self.judged(operation, drivers);
            self.bounded[operation].found = Some(found);
        }
        match &self.bounded[operation].found {
            Some(Err(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn judged(&self, operation: usize, drivers: [&Path; 2]) -> Result<Vec<WithinBounds>, MeasureError> {
        let built = self.builder.program_of_bounds();
        let executable = built.map_err(|e| MeasureError::Machine(e.to_string()))?;
        let loaders = match &self.method {
            Method::Together(_) => [None, None],
            Method::Lockstep(both) => both.loaders.clone().map(Some),
        };
        let Bounded { name, functions, .. } = &self.bounded[operation];
        let of = |side: usize, loader: &Option<Loader>| -> Result<Vec<Accuracy>, MeasureError> {
            let evaluator = Evaluator {
                executable: PathBuf::clone(&executable),
                cpu: self.sampler.cpu,
                loader: loader.clone(),
            };
            let answer = evaluator.run(drivers[side], operation as u32, Evaluator::SEED, functions);
            answer.map_err(|fault| match fault {
                Fault::Crashed { what, .. } if side == 1 => MeasureError::Crashed(what),
                // Without figures the strict rule holds.
                other => MeasureError::WrongResult(format!(
                    "another checksum, and its errors cannot be measured: {other}"
                )),
            })
        };
        let (before, after) = (of(0, &loaders[0])?, of(1, &loaders[1])?);
        judge_bounds(name, functions, &before, &after).map_err(MeasureError::WrongResult)
    }
}
