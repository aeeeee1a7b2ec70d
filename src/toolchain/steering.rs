//! The files that decide how a compiler is called. Two commands with one driver behind them may make different code: a
//! Nix wrapper adds flags from its `nix-support` folder, a script what it likes, specs what they say.

use super::compiler::{Compiler, ToolchainError};
use std::path::{Path, PathBuf};

/// Programs in a compiler's place that hand its arguments on as they are; hwtune turns their caches off.
const TRANSPARENT: [&str; 4] = ["ccache", "distcc", "icecc", "sccache"];

/// No setting is larger, and no folder of settings holds more.
const MOST: usize = 1000;

/// The files, sorted: the command itself where it is not the driver, what lies in `nix-support`, and the specs and
/// configuration files that the driver says it reads.
pub(super) fn files(
    command: &Path,
    driver: Option<&Path>,
    nix_support: Option<&Path>,
    said: &str,
) -> Vec<PathBuf> {
    let stem = command.file_stem().unwrap_or_default().to_string_lossy();
    let wraps = driver.is_some_and(|driver| driver != command) && !TRANSPARENT.contains(&&*stem);
    let mut files: Vec<PathBuf> = wraps.then(|| command.to_path_buf()).into_iter().collect();
    let entries = nix_support.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten();
    files.extend(entries.flatten().map(|e| e.path()).filter(|p| p.is_file()).take(MOST));
    files.extend(said.lines().filter_map(read_by_driver).map(PathBuf::from).filter(|p| p.is_file()));
    files.sort();
    files.dedup();
    files
}

/// Refuses a compiler on x86-64 that builds for another CPU than the least one without being asked and was not configured so: a
/// script in its place adds `-march=native` or the like, and the base of every comparison would hold it.
pub fn plain(compiler: &Compiler) -> Result<(), ToolchainError> {
    if compiler.arch() != "x86_64" || compiler.nix_wrapper {
        return Ok(());
    }
    let said = compiler.question(&["-v", "-###", "-S", "-x", "c", "/dev/null", "-o", "/dev/null"], b"")?;
    let configured = said.stderr.contains("--with-arch=") || said.stderr.contains("Configuration file: ");
    match target_of(&said.stderr).filter(|name| !configured && name != "x86-64") {
        None => Ok(()),
        Some(name) => Err(ToolchainError::Unusable {
            path: compiler.path.display().to_string(),
            what: format!(
                "it adds -march={name} without being asked, and every figure would be against that"
            ),
        }),
    }
}

/// The CPU for which a driver would have code made, by the last command that it tells.
fn target_of(told: &str) -> Option<String> {
    let command = told.lines().rfind(|l| l.starts_with(' ') && l.contains("cc1"))?;
    let words: Vec<&str> = command.split_whitespace().map(|w| w.trim_matches('"')).collect();
    let gcc = words.iter().rev().find_map(|w| w.strip_prefix("-march="));
    let clang = words.windows(2).rev().find(|w| w[0] == "-target-cpu").map(|w| w[1]);
    gcc.or(clang).map(String::from)
}

/// What gcc and clang say of files that hold options of their own.
fn read_by_driver(line: &str) -> Option<&str> {
    line.strip_prefix("Reading specs from ").or(line.strip_prefix("Configuration file: ")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_is_read_from_the_command() {
        let gcc = "Target: x\n /usr/lib/cc1 -quiet /dev/null \"-march=znver3\" -O2\n";
        assert_eq!(target_of(gcc).as_deref(), Some("znver3"));
        let clang = " (in-process)\n \"/usr/bin/clang\" \"-cc1\" \"-target-cpu\" \"x86-64\"\n";
        assert_eq!(target_of(clang).as_deref(), Some("x86-64"));
        assert_eq!(target_of("Target: x86_64-linux-gnu\n"), None);
    }

    #[test]
    fn what_steers_a_compiler_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let support = at("nix-support");
        std::fs::create_dir(&support).unwrap();
        for name in ["gcc", "ccache", "wrapped", "specs", "nix-support/cc-cflags"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let driver = at("gcc");
        let of = |command: &str, support: Option<&Path>, said: &str| {
            files(&at(command), Some(&driver), support, said)
        };
        assert!(of("gcc", None, "Using built-in specs.\n").is_empty());
        assert!(of("ccache", None, "").is_empty(), "it hands everything on");
        assert_eq!(of("wrapped", None, ""), [at("wrapped")]);
        assert_eq!(of("wrapped", Some(&support), ""), [support.join("cc-cflags"), at("wrapped")]);
        let said = format!("Reading specs from {}\nReading specs from /nonexistent\n", at("specs").display());
        assert_eq!(of("gcc", None, &said), [at("specs")]);
        assert!(files(&at("wrapped"), None, None, "").is_empty(), "its own digest is that of the wrapper");
    }
}
