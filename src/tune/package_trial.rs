//! A package's own sources as a subject: its real operations are the kernels.

use super::prior::Prior;
use super::subject::Subject;
use crate::build::{Flags, SourceTree};
use crate::catalogue::{Catalogue, Kernel, Trial};
use crate::profile::Evidence;

impl Subject {
    /// A package through its own sources. The driver is built with the base flags whatever the variant, so that a
    /// flag is timed for what it does to the library alone; `None` where the catalogue has no such package.
    pub fn package_trial(
        catalogue: &Catalogue,
        name: &str,
        trial: &Trial,
        tree: &SourceTree,
    ) -> Option<Subject> {
        let mut package = catalogue.packages.get(name)?.clone();
        let own_base = trial.build.as_ref().and_then(|b| b.base.clone());
        package.base = own_base.unwrap_or(package.base);
        package.kernels = trial.weights();
        let kernels = (0..trial.operation.len()).map(|at| operation(name, trial, tree, at)).collect();
        let stand_ins: Vec<Kernel> =
            catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(name)).cloned().collect();
        let base = Flags { compile: package.base.clone(), link: package.link.clone() };
        Some(Subject {
            prior: Prior::of(&stand_ins),
            package: Some(package),
            evidence: Evidence::Package,
            needed: tree.options.clone(),
            sources: format!("{name} {} sha256:{}", tree.version, tree.sha256).replace("  ", " "),
            ..Subject::new(name, base, kernels)
        })
    }
}

/// One operation as a kernel.
fn operation(package: &str, trial: &Trial, tree: &SourceTree, at: usize) -> Kernel {
    let driver = trial.driver_kernel(package, at);
    Kernel {
        title: format!("{}: {}", trial.title, trial.operation[at].name),
        units: tree.units.clone(),
        headers: tree.headers.iter().chain(&driver.headers).cloned().collect(),
        setup: driver.units,
        ..driver
    }
}
