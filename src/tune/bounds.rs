//! Results that differ where their contract is the size of an error: both builds are measured against a reference.

use super::bench::{KernelIndex, MeasureError, SampleRequest, Set};
use super::workbench::{Coded, Workbench};
use crate::build::{BuildError, Code};
use crate::catalogue::ErrorBound;
use crate::experiment::{Accuracy, Evaluator, Fault};
use crate::profile::WithinBounds;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// How often it is tried where the machine failed.
const TRIES: u32 = 3;

/// How exact the functions of a kernel are under some code.
type Known = HashMap<(KernelIndex, Code), Result<Vec<Accuracy>, MeasureError>>;

/// What is known of functions whose contract is the size of an error.
#[derive(Debug, Default)]
pub(super) struct Bounded {
    program: Option<PathBuf>,
    known: Known,
    /// What was found to be within bounds, by the two sets compared.
    within: HashMap<(Set, Set), Vec<WithinBounds>>,
}

impl Bounded {
    /// What differs between two sets and may.
    pub fn between(&self, a: &Set, b: &Set) -> Vec<WithinBounds> {
        self.within.get(&(a.clone(), b.clone())).cloned().unwrap_or_default()
    }
}

impl Workbench<'_> {
    /// Holds the two builds of a request, whose results differ, to the bounds of the kernel's functions.
    pub(super) fn keep_bounds(
        &mut self,
        kernel: KernelIndex,
        request: &SampleRequest,
        [a, b]: [&Path; 2],
    ) -> Result<(), MeasureError> {
        let base = self.accuracy(kernel, &request.a, a)?;
        let variant = self.accuracy(kernel, &request.b, b)?;
        let one = &self.kernels[kernel.0];
        let found = judge(&one.name, &one.bounds, &base, &variant).map_err(MeasureError::WrongResult)?;
        let within = self.bounded.within.entry((request.a.clone(), request.b.clone())).or_default();
        within.retain(|known| known.kernel != one.name);
        within.extend(found);
        Ok(())
    }

    /// How exact a kernel's functions are under a set, of which a file was just linked. The same code is measured once.
    fn accuracy(
        &mut self,
        kernel: KernelIndex,
        set: &Set,
        file: &Path,
    ) -> Result<Vec<Accuracy>, MeasureError> {
        let linked = self.links_differently(set);
        let wanted = Coded { kernel, set: set.clone(), linked };
        self.ensure_coded(vec![wanted.clone()]);
        let key = (kernel, self.code(&wanted)?.code);
        if let Some(known) = self.bounded.known.get(&key) {
            return known.clone();
        }
        let found = self.evaluated(kernel, set, file);
        if !matches!(&found, Err(error) if error.ends_run()) {
            self.bounded.known.insert(key, found.clone());
        }
        found
    }

    fn evaluated(
        &mut self,
        kernel: KernelIndex,
        set: &Set,
        file: &Path,
    ) -> Result<Vec<Accuracy>, MeasureError> {
        let executable = self.program().map_err(|e| {
            MeasureError::Machine(format!("the process that measures errors does not build: {e}"))
        })?;
        let one = &self.kernels[kernel.0];
        let evaluator = Evaluator { executable, cpu: self.context.cpu, loader: None };
        let mut answer = evaluator.run(file, kernel.0 as u32, Evaluator::SEED, &one.bounds);
        for _ in 1..TRIES {
            if !matches!(answer, Err(Fault::Machine(_) | Fault::Process(_))) || self.context.stopped() {
                break;
            }
            answer = evaluator.run(file, kernel.0 as u32, Evaluator::SEED, &one.bounds);
        }
        let fault = match answer {
            Ok(accuracies) => return Ok(accuracies),
            Err(fault) => fault,
        };
        Err(match fault {
            Fault::Process(why) if why.starts_with("reference ") => MeasureError::WrongResult(format!(
                "another checksum, and there is no {why} here to hold it to"
            )),
            Fault::Process(_) | Fault::Machine(_) => MeasureError::Machine(fault.to_string()),
            _ if set.is_empty() => {
                MeasureError::Base(format!("kernel {}: fails under its base flags: {fault}", one.name))
            }
            _ => MeasureError::Crashed(fault.to_string()),
        })
    }

    /// The program, built when it is first needed.
    fn program(&mut self) -> Result<PathBuf, BuildError> {
        if let Some(program) = &self.bounded.program {
            return Ok(program.clone());
        }
        let program = self.builder.program_of_bounds()?;
        Ok(self.bounded.program.insert(program).clone())
    }
}

/// The functions whose results differ, each with both errors; an error tells of one that leaves its bound.
pub fn judge(
    kernel: &str,
    bounds: &[ErrorBound],
    base: &[Accuracy],
    variant: &[Accuracy],
) -> Result<Vec<WithinBounds>, String> {
    let mut within = Vec::new();
    for (bound, (base, variant)) in bounds.iter().zip(base.iter().zip(variant)) {
        if base.results == variant.results {
            continue;
        }
        let ErrorBound { name, ulp, .. } = bound;
        if !variant.keeps(bound) {
            let errs = |of: &Accuracy| match of.error.is_finite() {
                true => format!("errs by {} ulp", figure(of.error)),
                false => "is another kind of value".to_string(),
            };
            return Err(format!(
                "{name}({:e}) {}, where {ulp} is documented; the base's largest error is {}",
                variant.worst,
                errs(variant),
                figure(base.error)
            ));
        }
        within.push(WithinBounds {
            kernel: kernel.into(),
            function: name.clone(),
            base: figure(base.error),
            variant: figure(variant.error),
            bound: *ulp,
        });
    }
    Ok(within)
}

/// An error as it is shown, to a hundredth and never less than it is.
fn figure(error: f64) -> f64 {
    (error * 100.0).ceil() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::error_bounds;

    fn accuracy(error: f64, results: u8) -> Accuracy {
        Accuracy { error, worst: 2.5, results: [results; 16] }
    }

    #[test]
    fn what_differs_is_allowed_within_the_bound_and_no_further() {
        let bounds: Vec<ErrorBound> = error_bounds().iter().filter(|b| b.name == "log").cloned().collect();
        let of = |base, variant| judge("glibc/libm", &bounds, &[base], &[variant]);
        assert_eq!(of(accuracy(0.9, 1), accuracy(0.9, 1)), Ok(Vec::new()));
        // Documented from the correctly rounded result, measured from the true one.
        let within = of(accuracy(0.911, 1), accuracy(1.5, 2)).unwrap();
        assert_eq!((within[0].base, within[0].variant, within[0].bound), (0.92, 1.5, 1.0));
        let wrong = of(accuracy(0.9, 1), accuracy(1.51, 2)).unwrap_err();
        assert_eq!(
            wrong,
            "log(2.5e0) errs by 1.51 ulp, where 1 is documented; the base's largest error is 0.9"
        );
        assert!(
            of(accuracy(0.9, 1), accuracy(f64::INFINITY, 2)).unwrap_err().contains("another kind of value")
        );
        // A base that leaves the bound is no excuse.
        assert!(of(accuracy(7.0, 1), accuracy(6.0, 2)).is_err());
    }
}
