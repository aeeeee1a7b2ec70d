//! A program that is about to be started.

use super::running::Running;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

/// Which of its three streams are pipes to this process; the others lead nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipes {
    /// None.
    None,
    /// Standard output.
    Answer,
    /// Standard output and standard error.
    Outputs,
    /// All three.
    All,
}

/// What of a program's output its user sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All three streams are the caller's own.
    All,
    /// The same, but what it prints goes to standard error.
    OnStandardError,
    /// Standard error alone; it reads nothing.
    Errors,
}

/// A program with its arguments, environment and folder.
#[derive(Debug)]
pub struct Program {
    command: Command,
}

impl Program {
    /// One that gets this process's environment, folder and process group.
    pub fn new(path: impl AsRef<OsStr>) -> Program {
        Program { command: Command::new(path) }
    }

    /// One without an environment but the C locale, in a process group of its own.
    pub fn clean(path: impl AsRef<OsStr>) -> Program {
        Program::new(path).without_environment().in_own_group()
    }

    /// The same without an environment but the C locale.
    pub fn without_environment(mut self) -> Program {
        self.command.env_clear().env("LC_ALL", "C");
        self
    }

    /// The same in a process group of its own, with which everything that it starts can be ended.
    pub fn in_own_group(mut self) -> Program {
        self.command.process_group(0);
        self
    }

    /// With further arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Program {
        self.command.args(args);
        self
    }

    /// In a folder.
    pub fn folder(mut self, folder: &Path) -> Program {
        self.command.current_dir(folder);
        self
    }

    /// With a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// With these variables as this process has them.
    pub fn keeping(mut self, names: &[&str]) -> Program {
        for name in names {
            if let Some(value) = std::env::var_os(name) {
                self.command.env(name, value);
            }
        }
        self
    }

    /// Without these variables.
    pub fn without(mut self, names: &[&str]) -> Program {
        for name in names {
            self.command.env_remove(name);
        }
        self
    }

    /// Starts it with these pipes.
    pub fn start(mut self, pipes: Pipes) -> std::io::Result<Running> {
        let pipe = |wanted: bool| if wanted { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(pipe(pipes == Pipes::All));
        self.command.stdout(pipe(pipes != Pipes::None));
        self.command.stderr(pipe(matches!(pipes, Pipes::Outputs | Pipes::All)));
        Ok(Running::new(self.command.spawn()?))
    }

    /// Runs it to its end, however long that takes, and collects what it says; it reads nothing.
    pub fn collected(mut self) -> std::io::Result<Output> {
        self.command.stdin(Stdio::null()).output()
    }

    /// The same of standard output alone.
    pub fn printed(mut self) -> std::io::Result<Output> {
        self.command.stdin(Stdio::null()).stderr(Stdio::null()).output()
    }

    /// Runs it to its end in sight of the user, whose ctrl-C reaches it as well.
    pub fn shown(mut self, shown: Shown) -> std::io::Result<ExitStatus> {
        match shown {
            Shown::All => {}
            Shown::OnStandardError => {
                self.command.stdout(std::io::stderr());
            }
            Shown::Errors => {
                self.command.stdin(Stdio::null()).stdout(Stdio::null());
            }
        }
        self.command.status()
    }

    /// Becomes the program; comes back with the error where that fails.
    pub fn replace(mut self) -> std::io::Error {
        self.command.exec()
    }
}
