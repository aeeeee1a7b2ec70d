//! One call of the compiler, and whose fault it is where it fails.

use super::builder::{BuildError, Builder};
use super::rejection::Rejection;
use crate::toolchain::{CallPlace, Finished, ToolchainError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest a single compiler or linker call may take: SQLite in one file takes half a minute on an idle machine.
const CALL_LIMIT: Duration = Duration::from_secs(180);

/// What every compiler takes, with more room on disk than a kernel needs.
const CONTROL: &[u8] = b"char hwtune_control[1 << 18] = {1};\n";

/// Messages of compilers whose helper was killed, by the kernel that ran out of memory or by a user.
const KILLED: [&str; 3] =
    ["Killed signal terminated program", "Killed (program", "Terminated signal terminated program"];

/// Words of a disk that cannot be written.
const NO_ROOM: [&str; 3] = ["No space left", "Read-only file system", "quota exceeded"];

/// Why a call failed.
struct Failure {
    why: Rejection,
    /// Whether it may go well another time.
    passing: bool,
}

impl Builder<'_> {
    /// Calls the compiler. Where that fails, a unit that every compiler takes decides whose fault it is: the machine's
    /// (no room, no memory, no assembler), or the flags'. A compiler that was killed is called once more.
    pub(super) fn call(&self, args: &[String], cwd: &Path) -> Result<(), BuildError> {
        let Err(failure) = self.call_once(args, cwd) else { return Ok(()) };
        self.control()?;
        match failure.passing {
            true => self.call_once(args, cwd).map_err(|again| BuildError::Rejected(again.why)),
            false => Err(BuildError::Rejected(failure.why)),
        }
    }

    /// Calls a recorded program in the folder where it ran: it writes to the build directory alone.
    pub(super) fn call_recorded(
        &self,
        program: &Path,
        args: &[String],
        cwd: &Path,
        out: &Path,
    ) -> Result<(), BuildError> {
        let readable = self.replay.map(|replay| &replay.readable[..]).unwrap_or_default();
        let at = CallPlace { cwd, scratch: self.workspace().path(), readable };
        let once = || {
            let said = self.launcher().run_at(program, args, &at, CALL_LIMIT);
            judged(said, args, Some(out.to_path_buf()))
        };
        let Err(failure) = once() else { return Ok(()) };
        self.control()?;
        match failure.passing {
            true => once().map_err(|again| BuildError::Rejected(again.why)),
            false => Err(BuildError::Rejected(failure.why)),
        }
    }

    fn control(&self) -> Result<(), BuildError> {
        let source = self.workspace().write("control.c", CONTROL)?;
        let out = self.fresh("control");
        let args = ["-shared", "-fPIC", "-o", &out.display().to_string(), &source.display().to_string()];
        let done = self.call_once(&args.map(String::from), self.workspace().path());
        std::fs::remove_file(&out).ok();
        done.map_err(|failure| match NO_ROOM.iter().any(|words| failure.why.said().contains(words)) {
            true => BuildError::Disk(failure.why.to_string()),
            false => BuildError::Compiler(format!(
                "compiler {}: compiles nothing any more, whatever the flags: {}",
                crate::text::place(&self.compiler().path),
                failure.why
            )),
        })
    }

    fn call_once(&self, args: &[String], cwd: &Path) -> Result<(), Failure> {
        let scratch = self.workspace().path();
        let said = self.launcher().invoke(args, cwd, scratch, CALL_LIMIT);
        let out = args.iter().position(|a| a == "-o").and_then(|i| args.get(i + 1)).map(PathBuf::from);
        judged(said, args, out)
    }
}

/// Whether a call did what it was to do.
fn judged(
    said: Result<Finished, ToolchainError>,
    args: &[String],
    out: Option<PathBuf>,
) -> Result<(), Failure> {
    let finished = match said {
        Ok(finished) => finished,
        Err(ToolchainError::Hung { seconds, .. }) => {
            return Err(Failure {
                why: format!("the compiler had no end after {seconds} s").into(),
                passing: false,
            });
        }
        Err(error) => return Err(Failure { why: error.to_string().into(), passing: true }),
    };
    if !finished.ok() {
        let passing = finished.code.is_none() || KILLED.iter().any(|k| finished.stderr.contains(k));
        return Err(Failure { why: first_error(&finished, args), passing });
    }
    match out.is_none_or(|path| std::fs::metadata(path).is_ok_and(|m| m.len() > 0)) {
        true => Ok(()),
        false => {
            let why = "the compiler reported success and wrote nothing".to_string();
            Err(Failure { why: why.into(), passing: false })
        }
    }
}

/// The first line of a compiler's answer that tells an error.
fn first_error(finished: &Finished, args: &[String]) -> Rejection {
    let telling =
        ["error", "undefined reference", "multiple definition", "cannot", "unrecognized", "No space left"];
    let line = finished.stderr.lines().find(|l| telling.iter().any(|t| l.contains(t)));
    match line.or_else(|| finished.stderr.lines().find(|l| !l.trim().is_empty())) {
        Some(line) => Rejection::by_compiler(line.trim().chars().take(300).collect(), args),
        None => Rejection::from(match finished.code {
            Some(code) => format!("the compiler failed with exit code {code}"),
            None => "the compiler was killed".into(),
        }),
    }
}
