//! A package trial outside the scheduler: built, linked and run once.

use hwtune::build::{Builder, CodeCache, Flags, SourceTree};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::experiment::{Entry, Fault, Job, Layout, Planted, ProcessSampler, Sampler, Samples};
use hwtune::files::Workspace;
use hwtune::toolchain::Compiler;
use hwtune::tune::Subject;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a package is built. Optimisation is kept low: what is tested is that the real sources build, link and answer.
pub struct Place {
    pub subject: Subject,
    compiler: Compiler,
    workspace: Workspace,
    catalogue: Catalogue,
    cache: CodeCache,
}

impl Place {
    pub fn new(catalogue: &Catalogue, package: &str, place: &Path) -> Place {
        let workspace = Workspace::new().unwrap();
        let trial = &catalogue.trials[package];
        let tree = SourceTree::read(package, place, trial, &workspace, None).unwrap();
        let mut subject = Subject::package_trial(catalogue, package, trial, &tree).unwrap();
        subject.base.compile.push("-O1".into());
        let compiler = Compiler::ask(Path::new("gcc")).unwrap();
        Place { subject, compiler, workspace, catalogue: catalogue.clone(), cache: CodeCache::default() }
    }

    pub fn bench(&self) -> Bench<'_> {
        let (support, probe_h) = (self.catalogue.support.clone(), self.catalogue.probe_h.clone());
        let base = self.subject.build_base();
        let builder = Builder::new(&self.compiler, &self.workspace, &self.cache, base, support, probe_h);
        let executable = builder.program(&self.catalogue.runner).unwrap();
        let cpu = hwtune::host::allowed_cpus()[0];
        let sampler = ProcessSampler { executable, cpu, limit: Duration::from_secs(300) };
        let numbered = |(n, kernel): (usize, &Kernel)| kernel.clone().numbered(n);
        let kernels = self.subject.kernels.iter().enumerate().map(numbered).collect();
        Bench { builder, sampler, kernels }
    }
}

pub struct Bench<'a> {
    builder: Builder<'a>,
    sampler: ProcessSampler,
    kernels: Vec<Kernel>,
}

impl Bench<'_> {
    /// Links all operations under the base and under further flags.
    pub fn linked(&self, further: &[&str]) -> [PathBuf; 2] {
        [&[][..], further].map(|words: &[&str]| {
            let compile = words.iter().map(|w| w.to_string()).collect();
            let flags = Flags { compile, link: Vec::new() };
            let built = self.builder.build_all(&self.kernels, &flags);
            let built = built.unwrap_or_else(|(at, e)| panic!("{}: {e}", self.kernels[at].name));
            self.builder.link(&built, &Layout::draw(built.objects.len(), 1)).unwrap()
        })
    }

    /// Runs one against the other: an answer for each operation and data set.
    pub fn run(&self, [a, b]: [PathBuf; 2], asked: &[(usize, u32)]) -> Vec<Result<Samples, Fault>> {
        let entry = |(kernel, dataset): &(usize, u32)| {
            let kernel = *kernel as u32;
            Entry { kernel, dataset: *dataset, seed: 7, calls: 0, pairs: 1, planted: false, bounded: false }
        };
        let entries = asked.iter().map(entry).collect();
        let job = Job { a, b, warm_ns: 0, draw: 3, planted: Planted::NONE, entries };
        self.sampler.run(&job).unwrap()
    }
}
