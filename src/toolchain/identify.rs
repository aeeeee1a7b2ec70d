//! This module identifies a compiler by its macros.

use super::compiler::{Compiler, Family, ToolchainError};
use super::digest::Digest;
use super::invoke::run_beside;
use super::plan::{PLAN, Plan};
use super::steering;
use super::words;
use std::path::{Path, PathBuf};

/// Tells the dialect and the version by macros: names, banners and `--version` texts differ by distribution.
const PROBE: &[u8] =
    b"#if defined __clang__\nhwtune clang __clang_major__ __clang_minor__ __clang_patchlevel__\n\
    #elif defined __INTEL_COMPILER\nhwtune icc 0 0 0\n\
    #elif defined __GNUC__\nhwtune gcc __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__\n#endif\n";

/// Dialect, version in three numbers, what `-v` tells, and the plan where there is one.
type Identity = (Family, [String; 3], Verbose, Option<Plan>);

impl Compiler {
    /// Asks the command at `path` (a file, or a name on PATH) who it is: one call of gcc; of others, one that must really
    /// preprocess.
    pub fn ask(path: &Path) -> Result<Compiler, ToolchainError> {
        Compiler::ask_beside(path, &mut || {})
    }

    /// The same with something to do while the first question is answered; it may be called again with each further one,
    /// and is not called where none is put.
    pub(super) fn ask_beside(path: &Path, meanwhile: &mut dyn FnMut()) -> Result<Compiler, ToolchainError> {
        let unusable = |what: String| ToolchainError::Unusable { path: path.display().to_string(), what };
        let found = which::which(path).map_err(|_| unusable("no such executable".into()))?;
        let real = std::fs::canonicalize(&found).map_err(|e| unusable(e.to_string()))?;
        let nix_support = [&found, &real].into_iter().find_map(|p| {
            let folder = p.parent()?.parent()?.join("nix-support");
            folder.is_dir().then_some(folder)
        });
        let (family, numbers, verbose, plan) = match planned(&found, &real, nix_support.is_some(), meanwhile)?
        {
            Some(known) => known,
            None => probed(&found, &unusable, meanwhile)?,
        };
        let version = numbers.join(".");
        let major = numbers[0].parse().map_err(|_| unusable(format!("odd version {version}")))?;
        let driver = verbose.driver.and_then(|d| which::which(d).ok()?.canonicalize().ok());
        let beside = steering::files(&real, driver.as_deref(), nix_support.as_deref(), &verbose.files);
        let unwrapped = match &nix_support {
            Some(folder) => orig_cc(folder, family),
            None => Some(found.clone()),
        };
        Ok(Compiler {
            family,
            path: found,
            version,
            major,
            target: verbose.target.ok_or_else(|| unusable("it does not tell its target (-v)".into()))?,
            digest: Digest::with(driver.clone().unwrap_or_else(|| real.clone()), beside),
            nix_wrapper: nix_support.is_some(),
            engine: verbose.engine.and_then(|e| e.canonicalize().ok()).or(driver).unwrap_or(real),
            unwrapped,
            plan,
            hardening: None,
        })
    }
}

/// Who gcc says it is, by its plan: what it says counts only where it is plainly gcc's own and the program it names is
/// there. `None` where that does not tell, and the probe decides.
fn planned(
    found: &Path,
    real: &Path,
    wrapped: bool,
    meanwhile: &mut dyn FnMut(),
) -> Result<Option<Identity>, ToolchainError> {
    // clang takes as long to plan as to preprocess.
    let is_clang = |p: &Path| p.file_name().is_some_and(|n| n.to_string_lossy().contains("clang"));
    if is_clang(found) || is_clang(real) {
        return Ok(None);
    }
    // A Nix wrapper has its own mind about `native`.
    let plan = &PLAN[usize::from(wrapped)..];
    let answer = run_beside(found, plan, b"", meanwhile)?;
    let verbose = Verbose::parse(&answer.stderr);
    let there = verbose.engine.as_ref().is_some_and(|e| e.is_absolute() && e.is_file());
    let known = answer.ok() && verbose.target.is_some() && there;
    let version = banner(&answer.stderr).filter(|_| known);
    Ok(version.map(|version| (Family::Gcc, version, verbose, Plan::of(&answer.stderr))))
}

/// The version in the line `gcc version 12.2.0 (Debian 12.2.0-14)`; other compilers put another name first.
fn banner(verbose: &str) -> Option<[String; 3]> {
    let line = verbose.lines().find_map(|l| l.strip_prefix("gcc version "))?;
    let numbers: Vec<&str> = line.split(' ').next()?.split('.').collect();
    let number = |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    let numbers: [&str; 3] = numbers.try_into().ok()?;
    numbers.iter().all(number).then(|| numbers.map(String::from))
}

/// Who a compiler is by what it preprocesses.
fn probed(
    found: &Path,
    unusable: &impl Fn(String) -> ToolchainError,
    meanwhile: &mut dyn FnMut(),
) -> Result<Identity, ToolchainError> {
    let answer = run_beside(found, &["-v", "-E", "-P", "-x", "c", "-"], PROBE, meanwhile)?;
    let text = answer.text();
    let said: Vec<&str> = text
        .lines()
        .find_map(|l| l.trim().strip_prefix("hwtune "))
        .map(|l| l.split_whitespace().collect())
        .unwrap_or_default();
    let (family, numbers) = match said[..] {
        ["gcc", a, b, c] => (Family::Gcc, [a, b, c]),
        ["clang", a, b, c] => (Family::Clang, [a, b, c]),
        _ if !answer.ok() => return Err(unusable(words::first_error(&answer.stderr))),
        _ => return Err(unusable("it is neither gcc nor clang (it did not preprocess a probe)".into())),
    };
    Ok((family, numbers.map(String::from), Verbose::parse(&answer.stderr), None))
}

/// What `-v` tells on standard error.
#[derive(Debug, Default, PartialEq)]
struct Verbose {
    target: Option<String>,
    driver: Option<PathBuf>,
    engine: Option<PathBuf>,
    /// Lines about files that hold options of their own.
    files: String,
}

impl Verbose {
    fn parse(text: &str) -> Verbose {
        let mut told = Verbose::default();
        for line in text.lines() {
            if let Some(target) = line.strip_prefix("Target: ") {
                told.target = Some(target.trim().to_string());
            } else if let Some(driver) = line.strip_prefix("COLLECT_GCC=") {
                told.driver = Some(driver.trim().into());
            } else if line.starts_with("Reading specs from ") || line.starts_with("Configuration file: ") {
                told.files += &format!("{line}\n");
            } else if told.engine.is_none()
                && let Some(command) = line.strip_prefix(' ')
            {
                let program = match command.strip_prefix('"') {
                    Some(quoted) => quoted.split('"').next(),
                    None => command.split(' ').next(),
                };
                let is_engine = command.contains(" -cc1 ") || command.contains("cc1 -E");
                if is_engine {
                    told.engine = program.map(PathBuf::from);
                }
            }
        }
        told
    }
}

/// The driver that a Nix cc-wrapper calls.
fn orig_cc(nix_support: &Path, family: Family) -> Option<PathBuf> {
    let store = crate::files::text(&nix_support.join("orig-cc"), 4096).ok()?;
    [family.name(), "cc"].iter().map(|n| Path::new(store.trim()).join("bin").join(n)).find(|p| p.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners() {
        let version = |text: &str| banner(text).map(|v| v.join("."));
        assert_eq!(version("x\ngcc version 12.2.0 (Debian 12.2.0-14) \n").as_deref(), Some("12.2.0"));
        assert_eq!(version("gcc version 15.0.1 20250312 (experimental)").as_deref(), Some("15.0.1"));
        for other in [
            "icc version 19.1 (gcc version 9.3.0 compatibility)",
            "clang version 14.0.6",
            "gcc version 12",
            "gcc version 12.2.x",
            "gcc version 1..2",
            " gcc version 12.2.0",
            "",
        ] {
            assert_eq!(version(other), None, "{other}");
        }
    }

    #[test]
    fn the_plan_and_the_probe_agree() {
        for name in ["gcc", "gcc-11", "clang"] {
            let Ok(found) = which::which(name) else { continue };
            let unusable = |what: String| ToolchainError::Unusable { path: name.into(), what };
            let (family, version, verbose, _) = probed(&found, &unusable, &mut || {}).unwrap();
            let plan = planned(&found, &std::fs::canonicalize(&found).unwrap(), false, &mut || {}).unwrap();
            assert_eq!(plan.is_some(), family == Family::Gcc, "{name}");
            if let Some((own, number, told, _)) = plan {
                assert_eq!((own, number, told), (family, version, verbose), "{name}");
            }
        }
    }

    #[test]
    fn verbose_of_gcc_and_clang() {
        let gcc = "Using built-in specs.\nCOLLECT_GCC=/usr/bin/gcc-12\nTarget: x86_64-linux-gnu\n \
                   /usr/lib/gcc/x86_64-linux-gnu/12/cc1 -E -quiet -v -P - -mtune=generic\n";
        assert_eq!(
            Verbose::parse(gcc),
            Verbose {
                target: Some("x86_64-linux-gnu".into()),
                driver: Some("/usr/bin/gcc-12".into()),
                engine: Some("/usr/lib/gcc/x86_64-linux-gnu/12/cc1".into()),
                files: String::new(),
            }
        );
        let clang =
            "Target: x86_64-pc-linux-gnu\n (in-process)\n \"/usr/lib/llvm-14/bin/clang\" -cc1 -triple x\n";
        let told = Verbose::parse(clang);
        assert_eq!(told.engine, Some("/usr/lib/llvm-14/bin/clang".into()));
        assert_eq!(told.target, Some("x86_64-pc-linux-gnu".into()));
    }
}
