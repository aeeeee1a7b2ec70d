//! This module runs a compiler with a time limit and a scrubbed environment.

use super::compiler::{Compiler, ToolchainError};
use super::readable;
use crate::process::{Confinement, Pipes, Program, confined, not_confined};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a question that compiles next to nothing may take.
pub const ASK_LIMIT: Duration = Duration::from_secs(10);

/// What a compiler call left behind.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, lossy UTF-8, in the C locale.
    pub stderr: String,
}

impl Finished {
    /// Exit code 0.
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as lossy UTF-8.
    pub fn text(&self) -> String {
        // Checking whether it is UTF-8 first is ten times as fast.
        let whole = str::from_utf8(&self.stdout).map(String::from);
        whole.unwrap_or_else(|_| String::from_utf8_lossy(&self.stdout).into_owned())
    }
}

impl Compiler {
    /// Runs the compiler with a scrubbed environment (PATH, TMPDIR, LC_ALL=C; in a Nix wrapper also the hardening
    /// list) in a process group of its own. Errors when it cannot be started or exceeds `limit`; a failing exit code
    /// is an answer.
    pub fn invoke<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: &[S],
        stdin: &[u8],
        cwd: &Path,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        let setting = Setting { hardening: self.hardening.as_deref(), scratch: None };
        run_with(&self.path, &setting, args, stdin, cwd, limit, || {})
    }

    /// The same with a directory of the caller's for the compiler's temporary files: one that is killed leaves
    /// them there.
    pub(super) fn invoke_in<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: &[S],
        cwd: &Path,
        scratch: Scratch<'_>,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        let setting = Setting { hardening: self.hardening.as_deref(), scratch: Some(scratch) };
        run_with(&self.path, &setting, args, b"", cwd, limit, || {})
    }

    /// Runs one of the programs behind the driver (`cc1`, `as`) in the same environment, and tells no more than
    /// whether it succeeded: for its messages, ask the driver.
    pub(super) fn run_part<S: AsRef<std::ffi::OsStr>>(
        &self,
        program: &Path,
        args: &[S],
        cwd: &Path,
        scratch: Scratch<'_>,
        limit: Duration,
    ) -> bool {
        let setting = Setting { hardening: self.hardening.as_deref(), scratch: Some(scratch) };
        let running = called(program, &setting, args, cwd).start(Pipes::None);
        let ended = running.and_then(|running| running.wait(limit));
        matches!(ended, Ok(Some(status)) if status.success())
    }

    /// A question in the root directory within [`ASK_LIMIT`].
    pub(crate) fn question<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: &[S],
        stdin: &[u8],
    ) -> Result<Finished, ToolchainError> {
        self.invoke(args, stdin, Path::new("/"), ASK_LIMIT)
    }
}

/// Runs one command as [`Compiler::invoke`] does, in the root directory within [`ASK_LIMIT`], with something to do once it has
/// started: a thread of its own would compete with it for a CPU before it has.
pub(super) fn run_beside<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    args: &[S],
    stdin: &[u8],
    meanwhile: &mut dyn FnMut(),
) -> Result<Finished, ToolchainError> {
    let setting = Setting { hardening: None, scratch: None };
    run_with(program, &setting, args, stdin, Path::new("/"), ASK_LIMIT, meanwhile)
}

/// The same with a directory for what it writes; see [`super::Launcher::run`].
pub(super) fn run_in<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    args: &[S],
    cwd: &Path,
    scratch: Scratch<'_>,
    limit: Duration,
) -> Result<Finished, ToolchainError> {
    run_with(program, &Setting { hardening: None, scratch: Some(scratch) }, args, b"", cwd, limit, || {})
}

/// A directory of the caller's for what a command writes. Where there is a launcher it starts the command, sets limits,
/// and lets nothing be written but beneath the directory, in which it must not lie itself.
#[derive(Clone, Debug)]
pub(super) struct Scratch<'a> {
    pub(super) folder: &'a Path,
    pub(super) launcher: Option<Confined<'a>>,
}

/// How a launcher confines a command.
#[derive(Clone, Debug)]
pub(super) struct Confined<'a> {
    /// The launcher.
    pub(super) program: &'a Path,
    /// What the command may read beside the directory that it writes beneath.
    pub(super) readable: Vec<PathBuf>,
    /// False where this system cannot restrict reading: a file that was not read then has another reason.
    pub(super) restricts: bool,
}

/// What a command finds in its environment beside PATH and the locale.
struct Setting<'a> {
    hardening: Option<&'a str>,
    scratch: Option<Scratch<'a>>,
}

/// Bytes of an answer that are kept; no compiler needs more.
const KEPT: usize = 64 << 20;

/// A program with the scrubbed environment, in a process group of its own; confined where there is a launcher.
fn called<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    setting: &Setting<'_>,
    args: &[S],
    cwd: &Path,
) -> Program {
    let mut call = match &setting.scratch {
        Some(Scratch { folder, launcher: Some(by) }) => {
            let readable = by.readable.clone();
            confined(program, &Confinement { launcher: by.program, folder, readable })
        }
        _ => Program::clean(program),
    };
    call = call.args(args).folder(cwd).keeping(&["PATH", "TMPDIR"]);
    // A cache or another machine must not answer for the compiler at hand.
    call = call.env("CCACHE_DISABLE", "1").env("SCCACHE_DISABLE", "1").env("DISTCC_HOSTS", "localhost");
    if let Some(scratch) = &setting.scratch {
        call = call.env("TMPDIR", scratch.folder);
        // ccache ends where it finds no home, and /etc/passwd, which has it, is not to be read.
        if scratch.launcher.is_some() {
            call = call.env("HOME", scratch.folder);
        }
    }
    match setting.hardening {
        Some(list) => call.env("NIX_HARDENING_ENABLE", list),
        None => call,
    }
}

fn run_with<S: AsRef<std::ffi::OsStr>>(
    program: &Path,
    setting: &Setting<'_>,
    args: &[S],
    stdin: &[u8],
    cwd: &Path,
    limit: Duration,
    meanwhile: impl FnOnce(),
) -> Result<Finished, ToolchainError> {
    let path = program.display().to_string();
    let unusable = |what: String| ToolchainError::Unusable { path: path.clone(), what };
    let pipes = if stdin.is_empty() { Pipes::Outputs } else { Pipes::All };
    let running = called(program, setting, args, cwd)
        .start(pipes)
        .map_err(|e| unusable(format!("cannot be started: {e}")))?;
    meanwhile();
    let ended = running.attend(stdin, limit, KEPT).map_err(|e| unusable(e.to_string()))?;
    let Some(status) = ended.status else {
        let args: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
        return Err(ToolchainError::Hung { path, args: args.join(" "), seconds: limit.as_secs() });
    };
    let mut stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    if let Some(why) = not_confined(status.code(), &stderr) {
        return Err(unusable(format!("cannot be started: {why}")));
    }
    if let (false, Some(path)) = (status.success(), withheld(setting, &stderr, cwd)) {
        stderr = format!("{}\n{stderr}", unreadable(&path));
    }
    Ok(Finished { code: status.code(), stdout: ended.stdout, stderr })
}

/// The file that the confinement kept a command from reading, where that is why it failed.
fn withheld(setting: &Setting<'_>, said: &str, cwd: &Path) -> Option<PathBuf> {
    let scratch = setting.scratch.as_ref()?;
    let confined = scratch.launcher.as_ref().filter(|launcher| launcher.restricts)?;
    let own = [scratch.folder.to_path_buf()];
    readable::withheld(said, cwd, &[&confined.readable[..], &own].concat())
}

/// What is said first of a command that failed for a file which it was kept from reading.
fn unreadable(path: &Path) -> String {
    format!(
        "error: {}: a compiler may not read it, since it lies outside of the sources and of what is installed; put it beside \
         the source, or allow its folder with --allow-read DIR",
        crate::text::place(path)
    )
}
