use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Which command-line dialect a compiler speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// GNU C.
    Gcc,
    /// LLVM's clang.
    Clang,
}

impl Family {
    /// `gcc` or `clang`.
    pub fn name(self) -> &'static str {
        match self {
            Family::Gcc => "gcc",
            Family::Clang => "clang",
        }
    }
}

/// An installed compiler that has been asked who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiler {
    /// Dialect.
    pub family: Family,
    /// The command as it will be run.
    pub path: PathBuf,
    /// Full version, `12.2.0`.
    pub version: String,
    /// First number of the version.
    pub major: u32,
    /// `-dumpmachine`.
    pub target: String,
    /// SHA-256 of the executable, hexadecimal.
    pub sha256: String,
    /// True for a Nix cc-wrapper (a `nix-support` folder beside `bin`).
    pub nix_wrapper: bool,
}

/// Why a compiler cannot be used.
#[derive(Debug, Error)]
pub enum ToolchainError {
    /// No compiler was found at all.
    #[error("no usable compiler: {looked}; install gcc or clang, or name one with --cc")]
    None {
        /// Where it was looked for.
        looked: String,
    },
    /// The command is there and is no C compiler that can be used.
    #[error("compiler {path}: {what}; name another with --cc")]
    Unusable {
        /// The command.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// The command did not come back.
    #[error("compiler {path}: no answer to `{args}` within {seconds} s; name another with --cc")]
    Hung {
        /// The command.
        path: String,
        /// Its arguments.
        args: String,
        /// The limit.
        seconds: u64,
    },
}

impl Compiler {
    /// `gcc-12.2.0`: refers to this compiler in a profile.
    pub fn id(&self) -> String {
        format!("{}-{}", self.family.name(), self.version)
    }

    /// Asks the command at `path` who it is.
    pub fn ask(path: &Path) -> Result<Compiler, ToolchainError> {
        let unusable = |what: String| ToolchainError::Unusable { path: path.display().to_string(), what };
        let found = which::which(path).map_err(|e| unusable(e.to_string()))?;
        let real = std::fs::canonicalize(&found).map_err(|e| unusable(e.to_string()))?;
        let bytes = std::fs::read(&real).map_err(|e| unusable(e.to_string()))?;
        let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |t, b| t + &format!("{b:02x}"));
        let nix_wrapper =
            found.parent().and_then(Path::parent).is_some_and(|p| p.join("nix-support").is_dir());
        let mut compiler = Compiler {
            family: Family::Gcc,
            path: found,
            version: String::new(),
            major: 0,
            target: String::new(),
            sha256,
            nix_wrapper,
        };
        let source =
            b"#if defined __clang__\nhwtune clang __clang_major__ __clang_minor__ __clang_patchlevel__\n\
            #elif defined __GNUC__\nhwtune gcc __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__\n#endif\n";
        let answer = compiler.invoke(
            &["-E", "-P", "-x", "c", "-"],
            source,
            Path::new("/"),
            Duration::from_secs(10),
        )?;
        let text = String::from_utf8_lossy(&answer.stdout).into_owned();
        let words: Vec<&str> = text
            .lines()
            .find_map(|l| l.trim().strip_prefix("hwtune "))
            .map(|l| l.split_whitespace().collect())
            .unwrap_or_default();
        let [family, major, minor, patch] = words[..] else {
            return Err(unusable("it is neither gcc nor clang (it did not preprocess a probe)".into()));
        };
        compiler.family = if family == "clang" { Family::Clang } else { Family::Gcc };
        compiler.version = format!("{major}.{minor}.{patch}");
        compiler.major = major.parse().map_err(|_| unusable(format!("odd version {}", compiler.version)))?;
        let machine = compiler.invoke(&["-dumpmachine"], b"", Path::new("/"), Duration::from_secs(10))?;
        compiler.target = String::from_utf8_lossy(&machine.stdout).trim().to_string();
        Ok(compiler)
    }
}
