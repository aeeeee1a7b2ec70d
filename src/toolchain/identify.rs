use super::compiler::{Compiler, Family, ToolchainError};
use super::invoke::{ASK_LIMIT, run};
use super::words;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Tells the dialect and the version by macros: names, banners and `--version` texts differ by distribution.
const PROBE: &[u8] =
    b"#if defined __clang__\nhwtune clang __clang_major__ __clang_minor__ __clang_patchlevel__\n\
    #elif defined __INTEL_COMPILER\nhwtune icc 0 0 0\n\
    #elif defined __GNUC__\nhwtune gcc __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__\n#endif\n";

impl Compiler {
    /// Asks the command at `path` (a file, or a name on PATH) who it is: one call, which must really preprocess.
    pub fn ask(path: &Path) -> Result<Compiler, ToolchainError> {
        let unusable = |what: String| ToolchainError::Unusable { path: path.display().to_string(), what };
        let found = which::which(path).map_err(|_| unusable("no such executable".into()))?;
        let real = std::fs::canonicalize(&found).map_err(|e| unusable(e.to_string()))?;
        let nix_support = [&found, &real].into_iter().find_map(|p| {
            let folder = p.parent()?.parent()?.join("nix-support");
            folder.is_dir().then_some(folder)
        });
        // The digest takes as long as the call: side by side.
        let (digest, answer) = std::thread::scope(|scope| {
            let digest = scope.spawn(|| sha256(&real));
            let answer =
                run(&found, None, &["-v", "-E", "-P", "-x", "c", "-"], PROBE, Path::new("/"), ASK_LIMIT);
            (digest.join().unwrap_or_default(), answer)
        });
        let answer = answer?;
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
        let version = numbers.join(".");
        let major = numbers[0].parse().map_err(|_| unusable(format!("odd version {version}")))?;
        let verbose = Verbose::parse(&answer.stderr);
        let driver = verbose.driver.and_then(|d| which::which(d).ok()?.canonicalize().ok());
        let sha256 = match &driver {
            Some(driver) if *driver != real => sha256(driver),
            _ => digest,
        };
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
            sha256,
            nix_wrapper: nix_support.is_some(),
            engine: verbose.engine.and_then(|e| e.canonicalize().ok()).or(driver).unwrap_or(real),
            unwrapped,
            hardening: None,
        })
    }
}

/// What `-v` tells on standard error.
#[derive(Debug, Default, PartialEq)]
struct Verbose {
    target: Option<String>,
    driver: Option<PathBuf>,
    engine: Option<PathBuf>,
}

impl Verbose {
    fn parse(text: &str) -> Verbose {
        let mut told = Verbose::default();
        for line in text.lines() {
            if let Some(target) = line.strip_prefix("Target: ") {
                told.target = Some(target.trim().to_string());
            } else if let Some(driver) = line.strip_prefix("COLLECT_GCC=") {
                told.driver = Some(driver.trim().into());
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

fn sha256(path: &Path) -> String {
    use std::fmt::Write as _;
    let digest = std::fs::read(path).map(|bytes| Sha256::digest(&bytes));
    digest.map_or_else(
        |_| String::new(),
        |d| {
            d.iter().fold(String::with_capacity(64), |mut text, byte| {
                write!(text, "{byte:02x}").ok();
                text
            })
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
            }
        );
        let clang =
            "Target: x86_64-pc-linux-gnu\n (in-process)\n \"/usr/lib/llvm-14/bin/clang\" -cc1 -triple x\n";
        let told = Verbose::parse(clang);
        assert_eq!(told.engine, Some("/usr/lib/llvm-14/bin/clang".into()));
        assert_eq!(told.target, Some("x86_64-pc-linux-gnu".into()));
    }
}
