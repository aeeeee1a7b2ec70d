//! The real pairing: drivers bound to the two libraries, in one process or in lockstep.

use super::judge::Pairing;
use super::library::Library;
use crate::build::{BuildError, Builder, Built, Flags};
use crate::catalogue::{Catalogue, Kernel, Role, Trial, Unit};
use crate::experiment::{Fault, Job, Layout, Lockstep, Pair, Planted, ProcessRunner, Runner, Which};
use crate::files::Workspace;
use crate::tune::{Sample, Trouble};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Pairs a layout takes on each data set.
const PAIRS: u32 = 4;
/// Longest one process is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// What the drivers are built with: no builtin may stand for a call of the library.
pub fn driver_flags() -> Flags {
    let compile = ["-O2", "-fPIC", "-fno-builtin"].map(String::from).to_vec();
    Flags { compile, link: Vec::new() }
}

/// How the two are run.
#[derive(Clone, Debug)]
pub enum Method {
    /// Both in one process, each a copy of its own.
    Together([PathBuf; 2]),
    /// Two C libraries: two processes that hand a token to and fro.
    Lockstep(Box<Lockstep>),
}

/// Two libraries and the drivers of their operations.
pub struct Libraries<'a> {
    builder: &'a Builder<'a>,
    drivers: Vec<Built>,
    datasets: u32,
    method: Method,
    runner: PathBuf,
    cpu: u32,
    warm_ns: u64,
    stop: &'a AtomicBool,
    began: Instant,
}

impl<'a> Libraries<'a> {
    /// Builds the drivers of some operations and readies both libraries. `stop` is set from outside when the user wants to end.
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        builder: &'a Builder<'a>,
        workspace: &Workspace,
        catalogue: &Catalogue,
        (package, trial): (&str, &Trial),
        operations: &[usize],
        [before, after]: [&Library; 2],
        (cpu, warm_ns): (u32, u64),
        stop: &'a AtomicBool,
    ) -> Result<Libraries<'a>, Trouble> {
        let machine = |e: BuildError| Trouble::Machine(e.to_string());
        let mut drivers = Vec::new();
        for at in operations {
            let built = builder.build(&driver(package, trial, *at), &Flags::default());
            drivers.push(built.map_err(|e| Trouble::Base(format!("package {package}: the driver: {e}")))?);
        }
        let runner = builder.program(&catalogue.runner).map_err(machine)?;
        let disk = |e: std::io::Error| machine(BuildError::Disk(e.to_string()));
        let method = match (&before.loader, &after.loader) {
            (Some(a), Some(b)) => {
                let text = catalogue.runner.text.as_bytes();
                workspace.write(Path::new("runner").join(&catalogue.runner.file), text).map_err(disk)?;
                let executable = builder.program(&catalogue.lockstep).map_err(machine)?;
                let loaders = [a.clone(), b.clone()];
                Method::Lockstep(Box::new(Lockstep { executable, loaders, cpu, limit: LIMIT }))
            }
            _ => {
                let copy = |side: &str, library: &Library| {
                    let name = if library.soname.is_empty() { "library.so" } else { &library.soname };
                    workspace.write(Path::new(side).join(name), &library.bytes)
                };
                Method::Together([copy("before", before).map_err(disk)?, copy("after", after).map_err(disk)?])
            }
        };
        let (datasets, began) = (trial.datasets.len() as u32, Instant::now());
        Ok(Libraries { builder, drivers, datasets, method, runner, cpu, warm_ns, stop, began })
    }

    /// Links the drivers of one layout.
    fn linked(&self, operation: usize, control: bool, draw: u64) -> Result<[PathBuf; 2], BuildError> {
        let mut random = ChaCha8Rng::seed_from_u64(draw);
        let driver = &self.drivers[operation];
        let mut link = |side: usize| {
            let layout = Layout::draw(driver.objects.len(), random.random());
            match &self.method {
                Method::Together(libraries) => self.builder.bind(driver, &layout, &libraries[side]),
                Method::Lockstep(_) => self.builder.link(driver, &layout),
            }
        };
        Ok([link(0)?, link(if control { 0 } else { 1 })?])
    }

    fn run(&self, job: &Job, control: bool) -> Result<crate::experiment::Samples, Fault> {
        match &self.method {
            Method::Together(_) => {
                ProcessRunner { executable: self.runner.clone(), cpu: self.cpu, limit: LIMIT }.run(job)
            }
            Method::Lockstep(both) if control => {
                let [before, _] = both.loaders.clone();
                Lockstep { loaders: [before.clone(), before], ..(**both).clone() }.run(job)
            }
            Method::Lockstep(both) => both.run(job),
        }
    }
}

impl Pairing for Libraries<'_> {
    fn sample(&mut self, operation: usize, control: bool, draw: u64) -> Result<Sample, Trouble> {
        let [a, b] = self.linked(operation, control, draw).map_err(|e| match e {
            BuildError::Rejected(why) => Trouble::Base(format!("the driver does not link: {why}")),
            other => Trouble::Machine(other.to_string()),
        })?;
        let mut random = ChaCha8Rng::seed_from_u64(draw ^ 0x5eed);
        let mut sample = Sample::default();
        let mut outcome = Ok(());
        for dataset in 0..self.datasets {
            if self.stop.load(Ordering::Relaxed) {
                outcome = Err(Trouble::Interrupted);
                break;
            }
            let job = Job {
                a: a.clone(),
                b: b.clone(),
                dataset,
                seed: random.random(),
                pairs: PAIRS,
                warm_ns: self.warm_ns,
                draw: random.random(),
                planted: Planted::NONE,
            };
            match self.run(&job, control) {
                Ok(samples) => {
                    sample.calls += samples.reps * samples.pairs.len() as u64;
                    sample.preempted += samples.pairs.iter().filter(|p| p.preempted()).count() as u32;
                    sample.effects.push(samples.pairs.iter().map(Pair::effect).collect());
                }
                Err(fault) => {
                    outcome = Err(trouble(fault, control));
                    break;
                }
            }
        }
        for file in [a, b] {
            std::fs::remove_file(file).ok();
        }
        outcome.map(|()| sample)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Whose fault it is: the library before is the base of the comparison, without which there is nothing to say.
fn trouble(fault: Fault, control: bool) -> Trouble {
    let (which, what, crashed) = match &fault {
        Fault::Crashed { which, what } => (*which, what.clone(), !what.starts_with("load:")),
        Fault::NotAKernel { which, what } => (*which, what.clone(), false),
        Fault::WrongResult { .. } if control => {
            return Trouble::Base(format!("the library before differs from itself: {fault}"));
        }
        Fault::WrongResult { .. } => return Trouble::WrongResult(fault.to_string()),
        Fault::Process(_) | Fault::Machine(_) => return Trouble::Machine(fault.to_string()),
    };
    match which {
        _ if control => Trouble::Base(format!("the library before: {what}")),
        Which::A => Trouble::Base(format!("the library before: {what}")),
        _ if crashed => Trouble::Crashed(what),
        _ => Trouble::Unsupported(what),
    }
}

/// An operation's driver as a kernel.
fn driver(package: &str, trial: &Trial, at: usize) -> Kernel {
    let operation = &trial.operation[at];
    let units: Vec<Unit> = vec![trial.driver_unit(at)];
    Kernel {
        name: format!("{package}/{}", operation.name),
        package: Some(package.into()),
        title: trial.title.clone(),
        role: if operation.control { Role::NegativeControl } else { Role::Kernel },
        stands_for: format!("{package} itself"),
        source: trial.source.clone(),
        datasets: trial.datasets.clone(),
        units,
        setup: Vec::new(),
        headers: trial.driver_header_units().to_vec(),
    }
}
