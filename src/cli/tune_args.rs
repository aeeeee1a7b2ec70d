//! The arguments of `tune`.

use super::build::BuildArgs;
use super::common::duration;
use super::measuring;
use hwtune::experiment::Coupling;
use std::path::PathBuf;
use std::time::Duration;

/// The budget of a first impression.
const QUICK: Duration = Duration::from_secs(60);

/// The main job: detect, find accepted flags, time kernels, write the profile
///
/// Measures which flags help on this host and writes the profile. The profile goes to the file of -o (`-o -`: to
/// standard output), the table of verdicts to standard output. A profile of this host that is there keeps its other
/// sections, and a stronger result; what is no profile of this host is not replaced.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Packages of the catalogue and files with kernels to tune [default: host, glibc and zlib; host stands for everyday
    /// code]
    #[arg(value_name = "PACKAGE|FILE.c")]
    pub(super) what: Vec<String>,
    /// A package of the catalogue to tune, repeatable or with commas
    #[arg(long, value_name = "NAME")]
    pub(super) package: Vec<String>,
    /// Sources of a package, a tree or its archive: the real library is built and its operations are timed, repeatable or
    /// with commas
    #[arg(long, value_name = "PACKAGE=DIR")]
    pub(super) source: Vec<String>,
    /// A C file with probe_setup and probe_run to tune, repeatable or with commas
    #[arg(long, value_name = "FILE.c")]
    pub(super) kernel: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) build: BuildArgs,
    /// Base flags in place of the package's own; for --kernel the default is -O2
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub(super) base: Option<String>,
    /// Build packages as this nixpkgs release does, such as 25.11: what its compiler wrapper puts first comes before the base
    #[arg(long, value_name = "RELEASE")]
    pub(super) nixpkgs: Option<String>,
    /// What is tried: `catalogue`, `all` that the compiler lists, or a file with one flag a line
    #[arg(long, value_name = "FILE|all|catalogue", default_value = "catalogue")]
    pub(super) candidates: String,
    /// Wall time for the whole run
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub(super) budget: Duration,
    /// A first impression in 60 s: the levels and the names, and what else there is time for
    #[arg(long, conflicts_with = "budget")]
    pub(super) quick: bool,
    /// A profile of this or another host whose verdicts on the same packages say what to try first; nothing of it is taken
    /// over unmeasured, repeatable
    #[arg(long, value_name = "PROFILE")]
    pub(super) like: Vec<PathBuf>,
    /// Seed of every draw: the same seed draws the same layouts, orders and data [default: drawn, and recorded]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub(super) seed: Option<u64>,
    /// Logical CPU to measure on [default: the last that is allowed]
    #[arg(long, value_name = "N")]
    pub(super) cpu: Option<u32>,
    /// Allow a flag that policy writes only on request, or a class of risk (abi, semantics, security, global-state)
    /// for this run; recorded in the profile, repeatable or with commas
    #[arg(long, value_name = "PACKAGE:FLAG|CLASS", allow_hyphen_values = true)]
    pub(super) allow: Vec<String>,
    /// Results are to be the same bits even where a function's contract is the size of an error, as libm's are
    #[arg(long)]
    pub(super) exact: bool,
    /// Effects within this are equivalent, in % (100 * ln of the ratio of times)
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = positive)]
    pub(super) margin: f64,
    /// A set that makes one kernel slower than this is not written, in %
    #[arg(long, value_name = "EFFECT", default_value_t = 1.0, value_parser = positive)]
    pub(super) max_regression: f64,
    /// Name of this host in the profile [default: the host's name]
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Go on with the same run where it was interrupted or killed within the last six hours: what was measured is not
    /// measured again
    #[arg(long)]
    pub(super) resume: bool,
    /// How the two sides of a comparison are linked: by one draw (`coupled`, so that unchanged code keeps its place in its
    /// page on both sides) or each by its own (`independent`)
    #[arg(long, value_name = "coupled|independent", default_value = "coupled", value_parser = measuring::coupling)]
    pub(super) layouts: Coupling,
    /// Exit with 11 when a section stays inconclusive
    #[arg(long)]
    pub(super) strict: bool,
    /// Write over what is there whatever it is: a file that is no profile, another host's profile, a stronger result or one of
    /// another compiler. The old file is kept beside as FILE.bak
    #[arg(long)]
    pub(super) force: bool,
    /// Measure only where the profile is not there, lacks what is asked for, or is stale (see `hwtune check`)
    #[arg(long)]
    pub(super) if_stale: bool,
}

/// An effect of an option: a number above zero.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_string())?;
    if value > 0.0 && value <= 100.0 { Ok(value) } else { Err("must be above 0 and at most 100".into()) }
}

impl Args {
    /// Of the whole run.
    pub(super) fn budget(&self) -> Duration {
        if self.quick { QUICK } else { self.budget }
    }
}
