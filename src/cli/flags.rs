//! The `flags` command.

use super::common::Common;
use super::output::{self, Stop};
use super::{exit, forms};
use hwtune::catalogue::Catalogue;
use hwtune::profile::Profile;
use hwtune::render::{self, Choice, Options};
use serde::Serialize;

/// Print the flags for this host, or for a package, on one line
///
/// For `CFLAGS=$(hwtune flags)`: the level of the base where the flags found name none, and what was measured to help.
/// Without a package, those for everyday code as a whole. Fails where nothing was measured, so that a build does not go on with less than it
/// was promised.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The package [default: the whole host]
    #[arg(value_name = "PACKAGE", default_value = "host")]
    package: String,
    /// Also flags that nobody measured
    #[arg(long)]
    allow_unmeasured: bool,
}

/// The same for programs.
#[derive(Serialize)]
struct FlagLine<'a> {
    package: &'a str,
    /// Whether exactly the flags found were measured to help here.
    measured: bool,
    flags: &'a [String],
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let profile = super::render::read(common)?;
    let options = Options { allow_unmeasured: args.allow_unmeasured, ..Options::default() };
    if !catalogue.packages.contains_key(&args.package) {
        let what = format!("package {}: unknown; see `hwtune list packages`", args.package);
        return Err(Stop::usage(what).into());
    }
    let choice = render::flags(&profile, &catalogue, &args.package, &options);
    let measured = profile.package.contains_key(&args.package);
    if choice.kept.is_empty() && !measured {
        let remedy = format!("measure it with `hwtune tune --package {}`", args.package);
        return Err(Stop::usage(format!("package {}: not in the profile; {remedy}", args.package)).into());
    }
    let line = one_line(&profile, &choice);
    for note in choice.notes.iter().chain(choice.dropped.iter().map(|d| &d.reason)) {
        output::note(common, &format!("{}: {}", args.package, render::line(note)));
    }
    let document = FlagLine { package: &args.package, measured: choice.measured, flags: &line };
    let text = forms::document(common, &document, "flags", || format!("{}\n", line.join(" ")))?;
    output::answer(common, &text)?;
    Ok(exit::OK)
}

/// The base's last level where the flags have none of their own, then the flags.
fn one_line(profile: &Profile, choice: &Choice) -> Vec<String> {
    let is_level = |f: &&String| f.starts_with("-O") && f.len() > 2;
    let base = profile.package.get(&choice.package).map(|s| &s.base[..]).unwrap_or_default();
    let level = base.iter().rfind(is_level).filter(|_| !choice.kept.iter().any(|f| is_level(&f))).cloned();
    level.into_iter().chain(choice.kept.iter().cloned()).collect()
}
