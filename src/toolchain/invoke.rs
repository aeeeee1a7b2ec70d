use super::compiler::{Compiler, ToolchainError};
use std::io::{Read, Write};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use wait_timeout::ChildExt;

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
}

impl Compiler {
    /// Runs the compiler with a scrubbed environment (PATH, TMPDIR, LC_ALL=C) in a process group of its own.
    /// Errors when it cannot be started or exceeds `limit`; a failing exit code is an answer.
    pub fn invoke<S: AsRef<std::ffi::OsStr>>(
        &self,
        args: &[S],
        stdin: &[u8],
        cwd: &Path,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        let path = self.path.display().to_string();
        let unusable = |what: String| ToolchainError::Unusable { path: path.clone(), what };
        let mut command = Command::new(&self.path);
        command.args(args).current_dir(cwd).env_clear().env("LC_ALL", "C").process_group(0);
        for kept in ["PATH", "TMPDIR"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| unusable(format!("cannot be started: {e}")))?;
        let (mut input, mut out, mut err) =
            match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
                (Some(i), Some(o), Some(e)) => (i, o, e),
                _ => return Err(unusable("no pipes".into())),
            };
        std::thread::scope(|scope| {
            // A compiler that never reads its input closes the pipe: not an error.
            scope.spawn(move || input.write_all(stdin).ok());
            let stdout = scope.spawn(move || {
                let mut bytes = Vec::new();
                out.read_to_end(&mut bytes).ok();
                bytes
            });
            let stderr = scope.spawn(move || {
                let mut bytes = Vec::new();
                err.read_to_end(&mut bytes).ok();
                bytes
            });
            let status = child.wait_timeout(limit).map_err(|e| unusable(e.to_string()))?;
            let Some(status) = status else {
                // The driver's own children (cc1, as, ld) share its group and hold the pipes.
                Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status().ok();
                child.kill().ok();
                child.wait().ok();
                let args: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
                return Err(ToolchainError::Hung {
                    path: path.clone(),
                    args: args.join(" "),
                    seconds: limit.as_secs(),
                });
            };
            Ok(Finished {
                code: status.code(),
                stdout: stdout.join().unwrap_or_default(),
                stderr: String::from_utf8_lossy(&stderr.join().unwrap_or_default()).into_owned(),
            })
        })
    }
}
