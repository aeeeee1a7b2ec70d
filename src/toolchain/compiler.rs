//! A compiler is a program that was identified, with its dialect, version and target.

use super::cache;
use super::digest::Digest;
use super::invoke::Finished;
use super::plan::Plan;
use super::stamp::Stamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Which command-line dialect a compiler speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// Target triple: `-dumpmachine`, or `Target:` as `-v` prints it.
    pub target: String,
    /// Of the driver's executable; behind a wrapper (ccache, a script) that of the real driver where it can be found. See
    /// [`Compiler::sha256`].
    pub digest: Digest,
    /// True for a Nix cc-wrapper (a `nix-support` folder beside `bin`).
    pub nix_wrapper: bool,
    /// The program that does the work: gcc's `cc1`, clang's own binary. Two commands with the same one are the same
    /// compiler.
    pub engine: PathBuf,
    /// The unwrapped driver to ask about `native`; `None` where a wrapper hides it.
    pub unwrapped: Option<PathBuf>,
    /// gcc's plan under `-march=native`, where it was just asked for; what is missing is asked again.
    pub plan: Option<Plan>,
    /// `NIX_HARDENING_ENABLE` for each call; only a Nix wrapper reads it. `None` leaves the wrapper's own default.
    pub hardening: Option<String>,
}

impl Compiler {
    /// `gcc-12.2.0`: refers to this compiler in a profile.
    pub fn id(&self) -> String {
        format!("{}-{}", self.family.name(), self.version)
    }

    /// SHA-256 of its driver, and of what decides how that is called (a wrapper with its settings, specs), hexadecimal: empty
    /// where the driver cannot be read. Taken once, and remembered with the compiler.
    pub fn sha256(&self) -> &str {
        let known = self.digest.found().is_some();
        let hex = self.digest.hex();
        if !known {
            cache::keep(self);
        }
        hex
    }

    /// All that may change the code it makes, as text: its digest, the programs behind the driver as they are now, the
    /// hardening that a Nix wrapper is given, and the commands that it would run. The environment is scrubbed for each call.
    pub fn fingerprint(&self) -> String {
        let now = |path: &Path| serde_json::to_string(&Stamp::of(path)).unwrap_or_default();
        let asked = |args: &[&str]| self.question(args, b"").ok().filter(Finished::ok);
        let assembler =
            asked(&["-print-prog-name=as"]).map(|a| a.text().trim().to_string()).unwrap_or_default();
        let assembler = which::which(&assembler).map(|path| now(&path)).unwrap_or_default();
        let commands = asked(&["-###", "-O2", "-S", "-x", "c", "/dev/null", "-o", "/dev/null"])
            .map(|a| a.stderr.lines().filter(|l| l.starts_with(' ')).collect::<Vec<_>>().join("\n"));
        let hardening = self.hardening.clone().unwrap_or_default();
        let own =
            [&self.id(), &self.target, self.sha256(), &now(&self.engine), &assembler, &hardening].join("\n");
        own + "\n" + &commands.unwrap_or_default()
    }

    /// The architecture it compiles for, in the terms of [`std::env::consts::ARCH`] (`x86_64`, `x86`, `aarch64`).
    pub fn arch(&self) -> &str {
        match self.target.split('-').next().unwrap_or_default() {
            "i386" | "i486" | "i586" | "i686" => "x86",
            "amd64" => "x86_64",
            "arm64" => "aarch64",
            "ppc64le" => "powerpc64le",
            other => other,
        }
    }
}

/// Why a compiler cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ToolchainError {
    /// No compiler was found at all.
    #[error("no usable compiler: {looked}; install gcc or clang, or name one with --cc")]
    None {
        /// Where it was looked for.
        looked: String,
    },
    /// There is no room for what compilers write.
    #[error("no place for what compilers write under {folder}: {what}; point TMPDIR elsewhere")]
    Place {
        /// The folder for temporary files.
        folder: String,
        /// What the system said.
        what: String,
    },
    /// The command is there and is not a C compiler that can be used.
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
    /// A `COMPILER@VERSION` that no table covers.
    #[error("--for {spec}: {what}")]
    Spec {
        /// As given.
        spec: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// The base options alone do not compile.
    #[error("compiler {path} fails under the base options `{base}`: {words}; correct --base")]
    Base {
        /// The command.
        path: String,
        /// The options.
        base: String,
        /// The compiler's message.
        words: String,
    },
}
