//! What measuring begins with: a directory to build in, and the process that measures.

use super::bench::MeasureError;
use crate::build::Builder;
use crate::catalogue::Catalogue;
use crate::experiment::ProcessSampler;
use crate::files::Workspace;
use crate::toolchain::Compiler;
use std::time::Duration;

/// Longest a single measuring process may take.
const PROCESS_LIMIT: Duration = Duration::from_secs(300);

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
