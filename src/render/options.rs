//! These options of `render` change what is written.

use super::error::RenderError;
use std::path::PathBuf;
use std::str::FromStr;

/// A flag that the user opts in to, `PACKAGE:FLAG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// Package.
    pub package: String,
    /// Flag.
    pub flag: String,
}

impl FromStr for Allow {
    type Err = String;

    fn from_str(text: &str) -> Result<Allow, String> {
        match text.split_once(':') {
            Some((package, flag)) if !package.is_empty() && flag.starts_with('-') => {
                Ok(Allow { package: package.into(), flag: flag.into() })
            }
            _ => Err("give PACKAGE:FLAG, such as glibc:-O3".into()),
        }
    }
}

/// What the user asks of a rendering.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Write flags that nobody measured, marked as such.
    pub allow_unmeasured: bool,
    /// Flags opted in to.
    pub allow: Vec<Allow>,
    /// Only these packages; empty for all that the target takes.
    pub packages: Vec<String>,
    /// The nixpkgs release whose compilers will build.
    pub nixpkgs: Option<String>,
    /// Refuse whatever was not measured in exactly the form written.
    pub strict: bool,
    /// A directory of the user's own templates.
    pub templates: Option<PathBuf>,
}

impl Options {
    /// Checks that each opt-in names a package in question.
    pub(super) fn check(&self, known: impl Fn(&str) -> bool) -> Result<(), RenderError> {
        match self.allow.iter().find(|a| !known(&a.package)) {
            None => Ok(()),
            Some(a) => Err(RenderError::Option {
                option: format!("--allow {}:{}", a.package, a.flag),
                what: format!("no package {:?} here; see `hwtune list packages`", a.package),
            }),
        }
    }
}
