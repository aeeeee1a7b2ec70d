//! The real pairing: drivers bound to the two libraries, in one process or in lockstep.

use super::bounds::Bounded;
use super::judge::Pairing;
use super::library::Library;
use crate::build::{BuildError, Builder, Built, Flags};
use crate::catalogue::{Catalogue, Kernel, Trial};
use crate::experiment::{
    Entry, Fault, Job, Layout, Lockstep, Planted, ProcessSampler, Sampler, Samples, Which,
};
use crate::files::Workspace;
use crate::profile::WithinBounds;
use crate::tune::{Answers, MeasureError, Sample};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Pairs that a layout takes on each data set: some milliseconds of timed calls.
const PAIRS: u32 = 16;
/// Longest one process is waited for.
const LIMIT: Duration = Duration::from_secs(300);

/// How the two are run.
#[derive(Clone, Debug)]
pub enum Method {
    /// Both in one process, each a copy of its own.
    Together([PathBuf; 2]),
    /// Two C libraries: two processes that pass a token back and forth.
    Lockstep(Box<Lockstep>),
}

/// What is compared: a package's operations, and the two libraries that they call.
#[derive(Clone, Copy)]
pub struct Drivers<'a> {
    /// The package.
    pub package: &'a str,
    /// How it is tried.
    pub trial: &'a Trial,
    /// The operations, by their places in the trial.
    pub operations: &'a [usize],
    /// The library before and after.
    pub libraries: [&'a Library; 2],
}

/// Two libraries and the drivers of their operations, which are one shared object.
pub struct Libraries<'a> {
    pub(super) builder: &'a Builder<'a>,
    pub(super) bounded: Vec<Bounded>,
    drivers: Built,
    datasets: u32,
    pub(super) method: Method,
    pub(super) sampler: ProcessSampler,
    warm_ns: u64,
    /// Calls a sample by operation and data set, learnt from the first layout.
    calls: HashMap<(usize, u32), u64>,
    stop: &'a AtomicBool,
    began: Instant,
}

impl<'a> Libraries<'a> {
    /// Builds the drivers of some operations and readies both libraries.
    pub fn new(
        builder: &'a Builder<'a>,
        workspace: &Workspace,
        catalogue: &Catalogue,
        drivers: Drivers<'_>,
        (cpu, warm_ns): (u32, u64),
        stop: &'a AtomicBool,
    ) -> Result<Libraries<'a>, MeasureError> {
        let machine = |e: BuildError| MeasureError::Machine(e.to_string());
        let Drivers { package, trial, operations, libraries: [before, after] } = drivers;
        let kernels: Vec<Kernel> = operations
            .iter()
            .enumerate()
            .map(|(number, at)| trial.driver_kernel(package, *at).numbered(number))
            .collect();
        let bounded = kernels.iter().map(|k| Bounded {
            name: k.name.clone(),
            functions: k.bounds.clone(),
            found: None,
        });
        let bounded = bounded.collect();
        let built = builder.build_all(&kernels, &Flags::default());
        let drivers =
            built.map_err(|(_, e)| MeasureError::Base(format!("package {package}: the driver: {e}")))?;
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
        let sampler = ProcessSampler { executable: runner, cpu, limit: LIMIT };
        let calls = HashMap::new();
        Ok(Libraries { builder, bounded, drivers, datasets, method, sampler, warm_ns, calls, stop, began })
    }

    /// Links the drivers of one layout, the same for both sides.
    fn linked(&self, control: bool, draw: u64) -> Result<[PathBuf; 2], BuildError> {
        let layout = Layout::draw(self.drivers.objects.len(), ChaCha8Rng::seed_from_u64(draw).random());
        let link = |side: usize| match &self.method {
            Method::Together(libraries) => self.builder.bind(&self.drivers, &layout, &libraries[side]),
            Method::Lockstep(_) => self.builder.link(&self.drivers, &layout),
        };
        Ok([link(0)?, link(if control { 0 } else { 1 })?])
    }

    fn run(&self, job: &Job, control: bool) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        match &self.method {
            Method::Together(_) => self.sampler.run(job),
            Method::Lockstep(both) if control => {
                let [before, _] = both.loaders.clone();
                Lockstep { loaders: [before.clone(), before], ..(**both).clone() }.run(job)
            }
            Method::Lockstep(both) => both.run(job),
        }
    }
}

impl Pairing for Libraries<'_> {
    fn sample(&mut self, operations: &[usize], control: bool, draw: u64) -> Answers {
        let all =
            |error: MeasureError| -> Answers { operations.iter().map(|_| Err(error.clone())).collect() };
        if self.stop.load(Ordering::Relaxed) {
            return all(MeasureError::Interrupted);
        }
        let [a, b] = match self.linked(control, draw) {
            Ok(files) => files,
            Err(BuildError::Rejected(why)) => {
                return all(MeasureError::Base(format!("the driver does not link: {why}")));
            }
            Err(other) => return all(MeasureError::Machine(other.to_string())),
        };
        let mut random = ChaCha8Rng::seed_from_u64(draw ^ 0x5eed);
        let mut entries = Vec::new();
        for operation in operations {
            for dataset in 0..self.datasets {
                let calls = self.calls.get(&(*operation, dataset)).copied().unwrap_or(0);
                let (kernel, seed) = (*operation as u32, random.random());
                let bounded = !control && !self.bounded[*operation].functions.is_empty();
                entries.push(Entry { kernel, dataset, seed, calls, pairs: PAIRS, planted: false, bounded });
            }
        }
        entries.shuffle(&mut random);
        let (warm_ns, planted) = (self.warm_ns, Planted::NONE);
        let job = Job { a: a.clone(), b: b.clone(), warm_ns, draw: random.random(), planted, entries };
        let answers = self.run(&job, control);
        let differ = |operation: usize| {
            let own = job.entries.iter().zip(answers.iter().flatten());
            own.filter(|(e, _)| e.kernel as usize == operation).any(|(_, a)| matches!(a, Ok(s) if s.differ))
        };
        let differing: Vec<usize> = operations.iter().copied().filter(|o| differ(*o)).collect();
        let kept: HashMap<usize, Result<(), MeasureError>> =
            differing.into_iter().map(|o| (o, self.keep_bounds(o, [&a, &b]))).collect();
        for file in [a, b] {
            std::fs::remove_file(file).ok();
        }
        let answers = match answers {
            Ok(answers) => answers,
            Err(fault) => return all(trouble(&fault, control)),
        };
        for (entry, samples) in
            job.entries.iter().zip(&answers).filter_map(|(e, a)| Some((e, a.as_ref().ok()?)))
        {
            self.calls.entry((entry.kernel as usize, entry.dataset)).or_insert(samples.calls);
        }
        let of = |operation: &usize| {
            let mut sample = Sample::default();
            let own = job.entries.iter().zip(&answers).filter(|(e, _)| e.kernel as usize == *operation);
            for (_, answer) in own {
                match answer {
                    Ok(samples) => sample.add(&samples.pairs, samples.calls),
                    Err(fault) => return Err(trouble(fault, control)),
                }
            }
            kept.get(operation).cloned().unwrap_or(Ok(()))?;
            Ok(sample)
        };
        operations.iter().map(of).collect()
    }

    fn within_bounds(&self, operation: usize) -> Vec<WithinBounds> {
        let found = self.bounded.get(operation).and_then(|one| one.found.as_ref());
        found.and_then(|found| found.as_ref().ok()).cloned().unwrap_or_default()
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Whose fault it is: the library before is the base of the comparison, without which there is nothing to say.
fn trouble(fault: &Fault, control: bool) -> MeasureError {
    let (which, what, crashed) = match fault {
        Fault::Crashed { which, what } => (*which, what.clone(), !what.starts_with("load:")),
        Fault::NotAKernel { which, what } => (*which, what.clone(), false),
        Fault::WrongResult { .. } if control => {
            return MeasureError::Base(format!("the library before differs from itself: {fault}"));
        }
        Fault::WrongResult { .. } => return MeasureError::WrongResult(fault.to_string()),
        Fault::Process(_) | Fault::Machine(_) => return MeasureError::Machine(fault.to_string()),
    };
    match which {
        _ if control => MeasureError::Base(format!("the library before: {what}")),
        Which::A => MeasureError::Base(format!("the library before: {what}")),
        _ if crashed => MeasureError::Crashed(what),
        _ => MeasureError::Unsupported(what),
    }
}
