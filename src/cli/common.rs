//! These options are common to all commands.

use super::output::Stop;
use clap::{ColorChoice, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// In which form the answer is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// The profile's own form.
    Toml,
}

/// What `--format` takes: the forms of every command, and those that only `report` has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
    /// The profile's own form
    Toml,
    /// A page (report)
    Html,
    /// Markdown (report)
    Md,
    /// A plot (report)
    Svg,
}

impl Form {
    /// The form for a command other than `report`.
    pub fn format(self) -> Option<Format> {
        match self {
            Form::Human => Some(Format::Human),
            Form::Json => Some(Format::Json),
            Form::Toml => Some(Format::Toml),
            Form::Html | Form::Md | Form::Svg => None,
        }
    }
}

/// Options every command takes.
#[derive(clap::Args, Clone, Debug)]
pub struct Common {
    /// Write the answer to FILE instead of standard output; `-` is standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(long = "format", id = "format", global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub form: Form,
    /// The same for every command but `report`.
    #[arg(skip)]
    pub format: Format,
    /// Say nothing but errors on standard error
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on standard error; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// The profile to read; `-` is standard input [default: ./profiles/HOST.toml where ./profiles exists, else the state directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// The compiler to use, a name or a path [default: $CC, cc, gcc, clang]
    #[arg(long, global = true, value_name = "CC")]
    pub cc: Option<PathBuf>,
    /// A folder with further flags, packages and kernels
    #[arg(long, global = true, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// A folder that compilers and kernels may read beside their own and the sources, repeatable
    #[arg(long, global = true, value_name = "DIR")]
    pub allow_read: Vec<PathBuf>,
}

impl Common {
    /// Applies `--color` to everything printed from here on.
    pub fn apply_color(&self) {
        match self.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }

    /// Applies `--allow-read` to everything started from here on.
    pub fn apply_readable(&self) -> Result<(), Stop> {
        for folder in &self.allow_read {
            if !hwtune::files::allow_reading(folder) {
                let why = match folder.exists() {
                    true => "the root directory, or a whole home; name a folder below it",
                    false => "not there; name a folder that is",
                };
                return Err(Stop::usage(format!("--allow-read {}: {why}", hwtune::text::place(folder))));
            }
        }
        Ok(())
    }
}

/// Reads `90`, `90s`, `5m`, `1h 30m` as a duration of a second or more.
pub fn duration(text: &str) -> Result<Duration, String> {
    let parsed = match text.trim().parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            humantime::parse_duration(text.trim()).map_err(|e| format!("{e}; write it like 90s or 5m"))?
        }
    };
    let sensible = Duration::from_secs(1)..=Duration::from_secs(7 * 24 * 3600);
    if sensible.contains(&parsed) { Ok(parsed) } else { Err("must be 1s to 7d".into()) }
}
