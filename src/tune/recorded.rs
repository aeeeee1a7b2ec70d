//! A recorded build as a subject: a package's operations, a user's driver, or a program that a command runs.

use super::subject::{LoadedPlan, Subject, position_independent};
use crate::build::Flags;
use crate::build::recorded::{CLibrary, Replay, kernel};
use crate::catalogue::{Catalogue, Kernel, Role, Trial};
use crate::experiment::BenchPlan;
use crate::profile::Evidence;
use std::sync::Arc;

impl Subject {
    /// A package through its recorded build: its trial's operations drive it. `None` where the catalogue has no such package.
    pub fn recorded_package(
        catalogue: &Catalogue,
        name: &str,
        trial: &Trial,
        replay: &Arc<Replay>,
    ) -> Option<Subject> {
        let mut package = catalogue.packages.get(name)?.clone();
        package.kernels = trial.weights();
        let kernel = |at: usize| {
            let operation = &trial.operation[at];
            let mut kernel = blank(replay, &format!("{name}/{}", operation.name));
            kernel.package = Some(name.into());
            kernel.title = format!("{}: {}", trial.title, operation.name);
            kernel.role = if operation.control { Role::NegativeControl } else { Role::Kernel };
            kernel.datasets = trial.datasets.clone();
            kernel.setup.push(trial.driver_unit(at));
            kernel.headers = trial.driver_header_units().to_vec();
            kernel
        };
        let kernels = (0..trial.operation.len()).map(kernel).collect();
        let subject = made(name, kernels, replay);
        Some(Subject { package: Some(package), ..subject })
    }

    /// A recorded C library, linked as it was, under its own loader: those operations drive it whose work it does. `None` where
    /// the catalogue has no such package.
    pub fn recorded_c_library(
        catalogue: &Catalogue,
        name: &str,
        trial: &Trial,
        replay: &Arc<Replay>,
        library: CLibrary,
    ) -> Option<Subject> {
        let operations = trial.operations_of(&library.soname);
        let drivers = operations.iter().map(|at| trial.driver_kernel(name, *at)).collect();
        let whole = Subject::recorded_package(catalogue, name, trial, replay)?;
        let mut kernels: Vec<Kernel> = operations.iter().map(|at| whole.kernels[*at].clone()).collect();
        kernels.iter_mut().for_each(|kernel| kernel.setup.clear());
        Some(Subject { kernels, loaded: Some(LoadedPlan { library, drivers }), ..whole })
    }

    /// A recorded library under a driver of the user's, which is built with the base flags whatever the variant.
    pub fn recorded_kernel(driver: Kernel, replay: &Arc<Replay>) -> Subject {
        let mut kernel = driver;
        let own = std::mem::replace(&mut kernel.units, replay.units());
        kernel.setup.splice(0..0, own);
        kernel.setup.extend(replay.assembled());
        made(&kernel.name.clone(), vec![kernel], replay)
    }

    /// A recorded program, or a library of one, that commands run: each of them is a data set.
    pub fn recorded_program(name: &str, replay: &Arc<Replay>, plan: BenchPlan) -> Subject {
        let mut kernel = blank(replay, name);
        kernel.datasets = (1..=plan.commands.len()).map(|n| format!("bench-{n}")).collect();
        let lines = plan.commands.iter().map(|c| c.join(" "));
        kernel.source = lines.collect::<Vec<_>>().join("; ");
        Subject { bench: Some(plan), ..made(name, vec![kernel], replay) }
    }
}

fn blank(replay: &Replay, name: &str) -> Kernel {
    Kernel { source: "a recorded build".into(), datasets: Vec::new(), ..kernel(replay, name) }
}

fn made(name: &str, kernels: Vec<Kernel>, replay: &Arc<Replay>) -> Subject {
    let mut compile = replay.flags().to_vec();
    // A driver is a shared object, however the program itself is linked.
    if !replay.is_product() {
        compile = position_independent(compile);
    }
    let link = if replay.is_product() { Vec::new() } else { replay.libraries() };
    Subject {
        evidence: Evidence::Package,
        sources: format!("{name} recorded sha256:{}", replay.sha256()),
        replay: Some(Arc::clone(replay)),
        ..Subject::new(name, Flags { compile, link }, kernels)
    }
}
