//! A package trial outside the scheduler: built, linked and run once.

use hwtune::build::{Builder, CodeCache, Flags, SourceTree};
use hwtune::catalogue::{Catalogue, Kernel};
use hwtune::experiment::{Fault, Job, Layout, Planted, ProcessRunner, Runner, Samples};
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
        let runner = ProcessRunner { executable, cpu, limit: Duration::from_secs(60) };
        Bench { builder, runner }
    }
}

pub struct Bench<'a> {
    builder: Builder<'a>,
    runner: ProcessRunner,
}

impl Bench<'_> {
    /// Links an operation under the base and under further flags.
    pub fn linked(&self, kernel: &Kernel, further: &[&str]) -> (PathBuf, PathBuf) {
        let link = |words: &[&str], seed: u64| {
            let compile = words.iter().map(|w| w.to_string()).collect();
            let built = self.builder.build(kernel, &Flags { compile, link: Vec::new() }).unwrap();
            self.builder.link(&built, &Layout::draw(built.objects.len(), seed)).unwrap()
        };
        (link(&[], 1), link(further, 2))
    }

    /// Runs one against the other on a data set.
    pub fn run(&self, linked: &(PathBuf, PathBuf), dataset: u32) -> Result<Samples, Fault> {
        let (a, b) = linked.clone();
        self.runner.run(&Job {
            a,
            b,
            dataset,
            seed: 7,
            pairs: 1,
            warm_ns: 0,
            draw: 3,
            planted: Planted::NONE,
        })
    }
}
