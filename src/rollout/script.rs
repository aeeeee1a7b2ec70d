//! This module writes the script that carries out a rollout.

use super::error::RolloutError;
use super::state::Baseline;
use super::system::quoted;
use crate::text::{hidden, place};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, context};
use std::path::Path;

/// A way from a profile to a running system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// An overlay on the bootstrap's packages: the whole system is built.
    Overlay,
    /// The same overlay, which reads the profile at evaluation.
    Import,
    /// Grafts at activation.
    Replace,
    /// Side attributes for chosen programs.
    Side,
    /// Loaded before every program's own.
    Preload,
    /// `hostPlatform.gcc.arch`.
    Platform,
}

impl Route {
    /// All of them, cheapest last switch first.
    pub const ALL: [Route; 6] =
        [Route::Preload, Route::Side, Route::Replace, Route::Overlay, Route::Import, Route::Platform];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Route::Overlay => "overlay",
            Route::Import => "import",
            Route::Preload => "preload",
            Route::Replace => "replace",
            Route::Side => "side",
            Route::Platform => "platform",
        }
    }

    /// Its render target.
    pub fn target(self) -> &'static str {
        match self {
            Route::Overlay => "nixos-overlay",
            Route::Import => "nixos-import",
            Route::Preload => "nixos-preload",
            Route::Replace => "nixos-replace",
            Route::Side => "nixos-side",
            Route::Platform => "nixos-platform",
        }
    }

    fn cost(self) -> &'static str {
        match self {
            Route::Preload => "the libraries are built; all else comes from the binary cache.",
            Route::Overlay | Route::Import => {
                "every package of the system is built here, for hours; nothing comes from the binary cache."
            }
            Route::Replace => "a few packages are built, and a second copy of most of the system is made.",
            Route::Side => {
                "the libraries and the programs chosen are built; all else comes from the binary cache."
            }
            Route::Platform => {
                "every package of the system is built here, for hours, and some packages' tests fail."
            }
        }
    }
}

/// Where the configuration lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Config {
    /// A flake reference, `/etc/nixos#shoshin`.
    Flake(String),
    /// A `configuration.nix`; NixOS's own where absent.
    Channel(Option<String>),
}

/// What the script is made of.
#[derive(Debug)]
pub struct Script<'a> {
    /// The route.
    pub route: Route,
    /// The configuration.
    pub config: Config,
    /// Host name.
    pub host: &'a str,
    /// Canonical processor name.
    pub microarchitecture: &'a str,
    /// nixpkgs' name of the architecture, for the platform route.
    pub arch: &'a str,
    /// The profile's fingerprint.
    pub fingerprint: &'a str,
    /// Whether glibc is among what is built.
    pub glibc: bool,
    /// The baseline, where there is one.
    pub baseline: Option<&'a Baseline>,
    /// The state file.
    pub state: &'a Path,
}

const TEMPLATE: &str = include_str!("templates/rollout.sh.j2");

/// The script's text.
pub fn script(of: &Script<'_>) -> Result<String, RolloutError> {
    let internal = |e: Error| RolloutError::failed(format!("rollout plan: the script's template: {e:#}"));
    let platform = of.route == Route::Platform;
    if platform && of.arch.is_empty() {
        return Err(RolloutError::refused(
            "rollout plan: the profile has no name of this CPU for nixpkgs (names.nixpkgs); take --route side or replace",
        ));
    }
    let rebuild = match &of.config {
        Config::Flake(reference) => vec!["--flake".to_string(), reference.clone()],
        Config::Channel(Some(path)) => vec!["-I".to_string(), format!("nixos-config={path}")],
        Config::Channel(None) => Vec::new(),
    };
    let mut steps = vec!["baseline", "build", "try", "vm", "switch", "verify"];
    if platform {
        steps.insert(1, "announce");
    }
    let number = of.baseline.and_then(|b| b.generation).map(|n| n.to_string());
    let words = match &number {
        Some(n) => format!("generation {n}, the one of the baseline"),
        None => "the generation before; `switch` prints its number (NUMBER below)".into(),
    };
    let work = of.state.parent().unwrap_or(Path::new("/")).join("rollout");
    let mut engine = environment();
    engine.add_template("rollout.sh.j2", TEMPLATE).map_err(internal)?;
    let values = context! {
        version => env!("CARGO_PKG_VERSION"),
        route => of.route.name(),
        target => of.route.target(),
        host => of.host,
        microarchitecture => of.microarchitecture,
        arch => of.arch,
        feature => format!("gccarch-{}", of.arch),
        fingerprint => of.fingerprint,
        glibc => of.glibc && !platform,
        platform,
        cost => of.route.cost(),
        steps => steps.join(" "),
        step_names => steps,
        generation => number.unwrap_or_else(|| "NUMBER".into()),
        generation_words => words,
        state => named(of.state)?,
        work => named(&work)?,
        rebuild,
    };
    engine.get_template("rollout.sh.j2").and_then(|t| t.render(values)).map(|t| t + "\n").map_err(internal)
}

/// A path as the script names it.
fn named(path: &Path) -> Result<&str, RolloutError> {
    let odd = || {
        let what = "its name has characters that the script could not name; give another --state";
        RolloutError::usage(format!("rollout state {}: {what}", place(path)))
    };
    let plain = |text: &&str| !text.contains(|c: char| c.is_control() || hidden(c));
    path.to_str().filter(plain).ok_or_else(odd)
}

/// An engine in which a value without a quoting filter is an error.
fn environment() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        engine.set_syntax(syntax);
    }
    engine.set_auto_escape_callback(|_| AutoEscape::Custom("quote".into()));
    engine.set_formatter(|out, _, value| match value.kind() {
        ValueKind::String if value.is_safe() => Ok(write!(out, "{value}")?),
        _ => Err(Error::new(ErrorKind::BadEscape, "a value without a quoting filter")),
    });
    // In a comment.
    engine.add_filter("line", |text: String| Value::from_safe_string(crate::render::line(&text)));
    engine.add_filter("sh", |text: String| Value::from_safe_string(quoted(&text)));
    engine.add_filter("sh_list", |words: Vec<String>| {
        Value::from_safe_string(words.iter().map(|w| quoted(w)).collect::<Vec<_>>().join(" "))
    });
    engine
}
