//! What measuring begins with: a directory to build in, and the process that measures.

use super::bench::MeasureError;
use super::subject::Subject;
use crate::build::recorded::CLibrary;
use crate::build::{Builder, CodeCache, Flags};
use crate::catalogue::{Catalogue, Unit, embedded};
use crate::experiment::{CommandSampler, Layout, LoadedSampler, ProcessSampler};
use crate::files::Workspace;
use crate::toolchain::{Compiler, confinement};
use std::path::{Path, PathBuf};
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
    confinement::missing(&executable).map_err(|e| {
        let place = executable.parent().map(crate::text::place).unwrap_or_default();
        MeasureError::Machine(format!(
            "programs cannot be started in {place}: {e}; point TMPDIR to a place that is not mounted noexec"
        ))
    })?;
    Ok(ProcessSampler { executable, cpu, limit: PROCESS_LIMIT })
}

/// What runs a program's commands, where they are what is measured; they write to a folder of the build directory alone.
pub(super) fn command_sampler(
    builder: &Builder,
    workspace: &Workspace,
    subject: &Subject,
    cpu: u32,
) -> Result<Option<CommandSampler>, MeasureError> {
    let Some(plan) = &subject.bench else { return Ok(None) };
    let text = embedded("bench.c").unwrap_or_default().to_string();
    let executable = builder
        .program(&Unit { file: "bench.c".into(), text })
        .map_err(|e| MeasureError::Machine(format!("the process that runs commands does not build: {e}")))?;
    let folder = workspace.path().join("bench");
    std::fs::create_dir_all(&folder).map_err(|e| MeasureError::Machine(e.to_string()))?;
    Ok(Some(CommandSampler { executable, plan: plan.clone(), cpu, folder, limit: COMMAND_LIMIT }))
}

/// What measures rebuilt C libraries, where the subject is one: the drivers of its operations are built once, with no builtin in the
/// place of a call, in a workspace of their own beside that of the rebuilt libraries.
pub(super) fn loaded_sampler(
    catalogue: &Catalogue,
    (compiler, cache): (&Compiler, &CodeCache),
    (apart, rebuilt): (Option<&Workspace>, &Workspace),
    subject: &Subject,
    cpu: u32,
) -> Result<Option<LoadedSampler>, MeasureError> {
    let (Some(plan), Some(workspace)) = (&subject.loaded, apart) else { return Ok(None) };
    let trouble = |e: String| MeasureError::Machine(format!("the drivers of a C library do not build: {e}"));
    let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
    let builder = Builder::new(compiler, workspace, cache, Flags::of_drivers(), support, probe_h);
    let drivers: Vec<_> = plan.drivers.iter().enumerate().map(|(n, one)| one.clone().numbered(n)).collect();
    let built = builder.build_all(&drivers, &Flags::default()).map_err(|(_, e)| trouble(e.to_string()))?;
    let drivers =
        builder.link(&built, &Layout::canonical(built.objects.len())).map_err(|e| trouble(e.to_string()))?;
    // The program of the two processes includes the one of the single process.
    let runner = catalogue.runner.text.as_bytes();
    let included = Path::new("runner").join(&catalogue.runner.file);
    workspace.write(included, runner).map_err(|e| trouble(e.to_string()))?;
    let executable = builder.program(&catalogue.lockstep).map_err(|e| trouble(e.to_string()))?;
    for folder in plan.library.folders().chain([workspace.path(), rebuilt.path()]) {
        crate::files::allow_reading(folder);
    }
    let CLibrary { soname, loader, files, modules } = plan.library.clone();
    let modules = modules.map(|(list, built)| collected(&list, &built, &workspace.path().join("modules")));
    let modules = modules.transpose().map_err(|e| trouble(e.to_string()))?;
    let (folder, limit) = (workspace.path().join("sides"), PROCESS_LIMIT);
    Ok(Some(LoadedSampler { executable, drivers, soname, loader, files, modules, cpu, folder, limit }))
}

/// A folder that holds links to the list of `iconv`'s modules and to the modules, as they lie together where they are installed.
fn collected(list: &Path, built: &Path, folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let modules = std::fs::read_dir(built)?.flatten().map(|entry| entry.path());
    let modules = modules.filter(|path| path.extension().is_some_and(|e| e == "so"));
    for file in modules.chain([list.to_path_buf()]) {
        std::os::unix::fs::symlink(&file, folder.join(file.file_name().unwrap_or_default()))?;
    }
    Ok(folder.to_path_buf())
}
