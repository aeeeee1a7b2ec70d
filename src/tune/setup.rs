//! What measuring begins with: a directory to build in, and the process that measures.

use super::bench::MeasureError;
use crate::build::Builder;
use crate::catalogue::{Catalogue, Unit, embedded};
use crate::experiment::{BenchPlan, CommandSampler, ProcessSampler};
use crate::files::Workspace;
use crate::toolchain::Compiler;
use std::time::Duration;

/// Longest a single measuring process may take.
const PROCESS_LIMIT: Duration = Duration::from_secs(300);

/// Longest a single command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// A private directory to build in. Builders number their files: each that is used beside another needs its own.
pub fn workspace() -> Result<Workspace, MeasureError> {
    Workspace::new().map_err(|e| {
        let place = crate::text::place(&std::env::temp_dir());
        MeasureError::Machine(format!("no build directory under {place}: {e}; point TMPDIR elsewhere"))
    })
}

/// The measuring process, built by the compiler at hand; it pins itself to `cpu`.
pub fn process_sampler(
    builder: &Builder,
    catalogue: &Catalogue,
    compiler: &Compiler,
    cpu: u32,
) -> Result<ProcessSampler, MeasureError> {
    let executable = builder.program(&catalogue.runner).map_err(|e| {
        let compiler = crate::text::place(&compiler.path);
        MeasureError::Machine(format!("the measuring process does not build with {compiler}: {e}"))
    })?;
    Ok(ProcessSampler { executable, cpu, limit: PROCESS_LIMIT })
}

/// What runs the commands of a plan; they write to a folder of the build directory alone.
pub(super) fn command_sampler(
    builder: &Builder,
    workspace: &Workspace,
    plan: &BenchPlan,
    cpu: u32,
) -> Result<CommandSampler, MeasureError> {
    let text = embedded("bench.c").unwrap_or_default().to_string();
    let executable = builder
        .program(&Unit { file: "bench.c".into(), text })
        .map_err(|e| MeasureError::Machine(format!("the process that runs commands does not build: {e}")))?;
    let folder = workspace.path().join("bench");
    std::fs::create_dir_all(&folder).map_err(|e| MeasureError::Machine(e.to_string()))?;
    Ok(CommandSampler { executable, plan: plan.clone(), cpu, folder, limit: COMMAND_LIMIT })
}
