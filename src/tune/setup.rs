//! What measuring begins with: a directory to build in, and the process that measures.

use super::bench::Trouble;
use crate::build::Builder;
use crate::catalogue::Catalogue;
use crate::experiment::ProcessRunner;
use crate::files::Workspace;
use crate::toolchain::Compiler;
use std::time::Duration;

/// Longest a single measuring process may take.
const PROCESS_LIMIT: Duration = Duration::from_secs(60);

/// A private directory to build in. Builders number their files: each that is used beside another needs its own.
pub fn workspace() -> Result<Workspace, Trouble> {
    Workspace::new().map_err(|e| {
        let place = crate::text::place(&std::env::temp_dir());
        Trouble::Machine(format!("no build directory under {place}: {e}; point TMPDIR elsewhere"))
    })
}

/// The measuring process, built by the compiler at hand; it pins itself to `cpu`.
pub fn process_runner(
    builder: &Builder,
    catalogue: &Catalogue,
    compiler: &Compiler,
    cpu: u32,
) -> Result<ProcessRunner, Trouble> {
    let executable = builder.program(&catalogue.runner).map_err(|e| {
        let compiler = crate::text::place(&compiler.path);
        Trouble::Machine(format!("the measuring process does not build with {compiler}: {e}"))
    })?;
    Ok(ProcessRunner { executable, cpu, limit: PROCESS_LIMIT })
}
