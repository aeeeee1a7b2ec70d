//! Kernels built by the compiler at hand and measured by the real process, outside the scheduler.

use hwtune::build::{BuildError, Builder, Built, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel, Unit};
use hwtune::experiment::{Entry, Job, Layout, Planted, ProcessSampler};
use hwtune::files::Workspace;
use hwtune::toolchain::Compiler;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub fn kernel(name: &str, text: &str) -> Kernel {
    Kernel { units: vec![Unit { file: format!("{name}.c"), text: text.into() }], ..Kernel::named(name) }
}

/// A kernel of one call.
pub fn body(run: &str) -> String {
    format!(
        "#include \"probe.h\"\nvoid probe_setup(uint64_t seed) {{ (void)seed; }}\nuint64_t probe_run(void) {{ {run} }}\n"
    )
}

/// The first data set of a kernel, its calls to be learnt.
pub fn entry(kernel: u32, pairs: u32) -> Entry {
    Entry { kernel, dataset: 0, seed: 7, calls: 0, pairs, planted: false, bounded: false }
}

pub fn job([a, b]: [PathBuf; 2], entries: &[Entry]) -> Job {
    Job { a, b, warm_ns: 0, draw: 3, planted: Planted::NONE, entries: entries.to_vec() }
}

/// Kernels as those of one shared object.
pub fn numbered(kernels: &[Kernel]) -> Vec<Kernel> {
    kernels.iter().cloned().enumerate().map(|(n, k)| k.numbered(n)).collect()
}

pub fn flags(further: &[&str]) -> Flags {
    Flags { compile: further.iter().map(|w| w.to_string()).collect(), link: Vec::new() }
}

pub struct Bench {
    pub compiler: Compiler,
    pub workspace: Workspace,
    pub catalogue: Catalogue,
    pub cache: CodeCache,
}

impl Bench {
    pub fn new() -> Bench {
        Bench {
            compiler: Compiler::ask(Path::new("gcc")).unwrap(),
            workspace: Workspace::new().unwrap(),
            catalogue: Catalogue::load(None).unwrap(),
            cache: CodeCache::default(),
        }
    }

    pub fn builder(&self) -> Builder<'_> {
        let (support, probe_h) = (self.catalogue.support.clone(), self.catalogue.probe_h.clone());
        Builder::new(&self.compiler, &self.workspace, &self.cache, flags(&["-O2", "-fPIC"]), support, probe_h)
    }

    pub fn sampler(&self, builder: &Builder) -> ProcessSampler {
        let executable = builder.program(&self.catalogue.runner).unwrap();
        ProcessSampler { executable, cpu: hwtune::host::allowed_cpus()[0], limit: Duration::from_secs(120) }
    }
}

/// Kernels, not yet numbered, as one shared object.
pub fn linked(builder: &Builder, kernels: &[Kernel], further: &[&str]) -> PathBuf {
    let built = built(builder, kernels, further).unwrap();
    builder.link(&built, &Layout::draw(built.objects.len(), 1)).unwrap()
}

pub fn built(builder: &Builder, kernels: &[Kernel], further: &[&str]) -> Result<Built, (usize, BuildError)> {
    builder.build_all(&numbered(kernels), &flags(further))
}
