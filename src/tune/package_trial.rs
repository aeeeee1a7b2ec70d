//! A package's own sources as a subject: its real operations are the kernels.

use super::prior::Prior;
use super::subject::Subject;
use crate::build::{Flags, SourceTree};
use crate::catalogue::{Catalogue, Kernel, Role, Trial, Weight};
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
        package.kernels = trial
            .operation
            .iter()
            .filter(|o| !o.control)
            .map(|o| (o.name.clone(), Weight { weight: o.weight, source: o.source.clone() }))
            .collect();
        let kernels = (0..trial.operation.len()).map(|at| operation(name, trial, tree, at)).collect();
        let stand_ins: Vec<Kernel> =
            catalogue.kernels.iter().filter(|k| k.package.as_deref() == Some(name)).cloned().collect();
        Some(Subject {
            name: name.into(),
            prior: Prior::of(&stand_ins),
            base: Flags { compile: package.base.clone(), link: package.link.clone() },
            package: Some(package),
            kernels,
            rows: Vec::new(),
            opted_in: Vec::new(),
            allowed: Vec::new(),
            exact: false,
            evidence: Evidence::Package,
            needed: tree.options.clone(),
            sources: format!("{name} {} sha256:{}", tree.version, tree.sha256).replace("  ", " "),
            replay: None,
            bench: None,
            loaded: None,
        })
    }
}

/// One operation as a kernel.
fn operation(package: &str, trial: &Trial, tree: &SourceTree, at: usize) -> Kernel {
    let operation = &trial.operation[at];
    Kernel {
        name: format!("{package}/{}", operation.name),
        package: Some(package.into()),
        title: format!("{}: {}", trial.title, operation.name),
        role: if operation.control { Role::NegativeControl } else { Role::Kernel },
        stands_for: format!("{package} itself"),
        domain: String::new(),
        code: Vec::new(),
        linkage: Default::default(),
        contraction: String::new(),
        bounds: operation.bounds(),
        source: trial.source.clone(),
        datasets: trial.datasets.clone(),
        units: tree.units.clone(),
        setup: vec![trial.driver_unit(at)],
        headers: tree.headers.iter().chain(trial.driver_header_units()).cloned().collect(),
    }
}
