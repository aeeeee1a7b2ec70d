//! What is tuned.

use super::prior::Prior;
use super::rows::Row;
use crate::build::Flags;
use crate::build::recorded::{CLibrary, Replay};
use crate::catalogue::{Catalogue, Kernel, Package, Risk};
use crate::experiment::BenchPlan;
use crate::profile::Evidence;
use std::sync::Arc;

/// What is tuned: a package through its kernels, or one kernel of the user's.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Package or kernel name.
    pub name: String,
    /// The package's row; `None` for a user's own kernel.
    pub package: Option<Package>,
    /// The flags it is built with anyway.
    pub base: Flags,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// Candidates for it, with what the compiler said of each.
    pub rows: Vec<Row>,
    /// What is known of it beforehand.
    pub prior: Prior,
    /// Flags that policy wants to be asked for and the user allowed.
    pub opted_in: Vec<String>,
    /// Classes of risk that this run is allowed.
    pub allowed: Vec<Risk>,
    /// Whether results have to be the same bits where a contract is the size of an error.
    pub exact: bool,
    /// What its kernels are: stand-ins, or operations of the real package.
    pub evidence: Evidence,
    /// Options that every unit needs beside the base: include folders and macros of the package's own sources.
    pub needed: Vec<String>,
    /// Which sources were built, `zlib 1.3.1 sha256:…`; empty for kernels.
    pub sources: String,
    /// The recorded build whose commands compile its units.
    pub replay: Option<Arc<Replay>>,
    /// What runs it, where it is a program and not linked with a driver.
    pub bench: Option<BenchPlan>,
    /// What drives it, where it is a C library, which runs under its own loader alone.
    pub loaded: Option<LoadedPlan>,
}

/// How a C library is measured.
#[derive(Clone, Debug)]
pub struct LoadedPlan {
    /// What was built with it.
    pub library: CLibrary,
    /// The drivers of its operations, in the order of the subject's kernels.
    pub drivers: Vec<Kernel>,
}

impl Subject {
    /// Kernels under base flags, of which nothing else is known.
    pub(super) fn new(name: &str, base: Flags, kernels: Vec<Kernel>) -> Subject {
        Subject {
            name: name.into(),
            package: None,
            base,
            prior: Prior::of(&kernels),
            kernels,
            rows: Vec::new(),
            opted_in: Vec::new(),
            allowed: Vec::new(),
            exact: false,
            evidence: Evidence::Kernel,
            needed: Vec::new(),
            sources: String::new(),
            replay: None,
            bench: None,
            loaded: None,
        }
    }

    /// A package of the catalogue with all its kernels.
    pub fn package(catalogue: &Catalogue, name: &str) -> Option<Subject> {
        let package = catalogue.packages.get(name)?.clone();
        let kernels =
            catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(name)).cloned().collect();
        let base = Flags { compile: package.base.clone(), link: package.link.clone() };
        Some(Subject { package: Some(package), ..Subject::new(name, base, kernels) })
    }

    /// A user's own kernel under base flags of their choice.
    pub fn kernel(kernel: Kernel, base: &[String]) -> Subject {
        // A shared object is what is measured, whatever the kernel's owner builds in the end.
        let base = Flags { compile: position_independent(base.to_vec()), link: Vec::new() };
        Subject::new(&kernel.name.clone(), base, vec![kernel])
    }

    /// The flags every build begins with: the base, then what the sources need.
    pub fn build_base(&self) -> Flags {
        Flags { compile: [&self.base.compile[..], &self.needed].concat(), link: self.base.link.clone() }
    }

    /// Shares of the kernels; equal where the package gives none.
    pub fn weights(&self) -> Vec<f64> {
        let of = |k: &Kernel| {
            let short = k.name.rsplit('/').next().unwrap_or(&k.name);
            self.package.as_ref().and_then(|p| p.kernels.get(short)).map_or(0.0, |w| w.weight)
        };
        let weights: Vec<f64> = self.kernels.iter().map(of).collect();
        let sum: f64 = weights.iter().sum();
        if sum > 0.0 {
            weights.iter().map(|w| w / sum).collect()
        } else {
            vec![1.0 / weights.len().max(1) as f64; weights.len()]
        }
    }
}

/// Flags for an object that goes into a shared one.
pub(super) fn position_independent(mut compile: Vec<String>) -> Vec<String> {
    if !compile.iter().any(|f| f == "-fPIC" || f == "-fpic") {
        compile.push("-fPIC".into());
    }
    compile
}
