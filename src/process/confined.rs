//! Starting a program through the launcher (`probes/launcher.h`), which sets limits and restricts reading and writing.

use super::program::Program;
use std::path::{Path, PathBuf};

/// CPU time of one process that the launcher starts, s.
const CPU_SECONDS: &str = "60";

/// What the launcher says where it could not start the program.
const NOT_STARTED: &str = "hwtune-launch: ";

/// How the launcher confines a program.
#[derive(Clone, Debug)]
pub struct Confinement<'a> {
    /// The launcher: the runner as it was built on this host. It must not lie in the folder.
    pub launcher: &'a Path,
    /// The folder beneath which the program writes.
    pub folder: &'a Path,
    /// What it may read beside that folder: files, and folders with all that lies beneath them. A relative path is passed over.
    pub readable: Vec<PathBuf>,
}

/// A program that the launcher starts, with an empty environment.
pub fn confined(program: &Path, by: &Confinement<'_>) -> Program {
    Program::clean(by.launcher)
        .args(["launch", &std::process::id().to_string()])
        .args([by.folder])
        .args([CPU_SECONDS])
        .args(by.readable.iter().filter(|path| path.is_absolute()))
        .args(["--"])
        .args([program])
}

/// Why the launcher could not start the program, by the exit code and what was said on standard error.
pub fn not_confined(code: Option<i32>, said: &str) -> Option<&str> {
    said.strip_prefix(NOT_STARTED).filter(|_| code == Some(127)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_launcher_itself_says_that_it_started_nothing() {
        assert_eq!(not_confined(Some(127), "hwtune-launch: cc: none\n"), Some("cc: none"));
        assert_eq!(not_confined(Some(1), "hwtune-launch: cc: none\n"), None);
        assert_eq!(not_confined(Some(127), "cc: not found\n"), None);
    }
}
