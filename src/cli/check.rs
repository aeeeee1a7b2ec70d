//! The `check` command.

use super::common::Common;
use super::terminal::Paper;
use super::{exit, forms, output};
use anstyle::{AnsiColor, Style};
use hwtune::catalogue::{Catalogue, user_kernel};
use hwtune::check::{Asked, Change, Class, Here, Staleness, compare};
use hwtune::host::Detected;
use hwtune::profile::{self, Profile};
use hwtune::text::place;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Check whether the profile is still true here
///
/// Tells whether the profile is still true here: CPU, features, compilers and hwtune's own catalogue. Exits with 10 when
/// something stable changed. Memory, kernel, microcode and governor are volatile: they are shown and make nothing stale.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile, as with --profile [default: this host's]
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    file: Option<PathBuf>,
    /// The C file of a kernel of your own that the profile has, repeatable or with commas
    #[arg(long, value_name = "FILE.c")]
    kernel: Vec<PathBuf>,
    /// Volatile changes make it stale as well
    #[arg(long)]
    strict: bool,
    /// Compare no compilers
    #[arg(long, conflicts_with = "cc")]
    no_toolchains: bool,
    /// Ask the compilers again instead of remembering what they said
    #[arg(long)]
    no_cache: bool,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    hwtune::toolchain::use_cache(!args.no_cache);
    let detected = hwtune::host::live()?;
    let (path, profile) = match args.file.as_ref().or(common.profile.as_ref()) {
        Some(path) => (path.clone(), profile::read(path)?),
        None => {
            let path = profile::default_path(&detected.host.name, hwtune::host::is_root());
            let profile = profile::read(&path)?;
            (path, profile)
        }
    };
    if let Err(changed) = profile::sealed(&profile) {
        output::note(common, &changed.to_string());
    }
    let other = profile::other_host(&profile.host, &detected.host);
    let mut found = staleness(args, common, detected, &profile)?;
    found.stale |= args.strict && !found.changes.is_empty();
    let text = forms::document(common, &found, "change", || match other {
        Some(other) if common.verbose == 0 => {
            let (place, here) = (place(&path), hwtune::host::own_name());
            format!("{place}: {other}; check it there, -v compares it with {here}\n")
        }
        _ => human(&place(&path), &profile, &found, &Paper::of(common)),
    })?;
    output::answer(common, &text)?;
    Ok(if found.stale { exit::STALE } else { exit::OK })
}

/// The profile against this machine.
fn staleness(
    args: &Args,
    common: &Common,
    detected: Detected,
    profile: &Profile,
) -> anyhow::Result<Staleness> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let kernels =
        super::named::files(&args.kernel).iter().map(|file| user_kernel(file)).collect::<Result<_, _>>()?;
    let asked = match &common.cc {
        _ if args.no_toolchains => Asked::Nobody,
        Some(cc) => Asked::Only(cc),
        None => Asked::Found,
    };
    Ok(compare(
        profile,
        &Here::now(detected, profile, asked, (catalogue, kernels), hwtune::experiment::METHOD)?,
    ))
}

fn human(place: &str, profile: &Profile, found: &Staleness, paper: &Paper) -> String {
    let of = |c: AnsiColor| Style::new().bold().fg_color(Some(c.into()));
    let (style, word) = match found.stale {
        true => (of(AnsiColor::Yellow), "stale"),
        false => (of(AnsiColor::Green), "still true here"),
    };
    let mut text =
        format!("{} ({}): {style}{word}{style:#}\n", paper.plain(place), paper.plain(&profile.host.name));
    let stable: Vec<&Change> = found.of(Class::Stable).collect();
    let volatile: Vec<&Change> = found.of(Class::Volatile).collect();
    for (title, list) in [("changed", stable), ("also changed, without effect on the verdicts", volatile)] {
        if list.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n{title}");
        let width = list.iter().map(|c| c.key.len()).max().unwrap_or(0);
        for change in list {
            let _ = writeln!(
                text,
                "  {:<width$}  {}",
                paper.plain(&change.key),
                paper.wrap(&change.what, width + 4)
            );
        }
    }
    let touched = found.touched(Class::Stable);
    if !touched.is_empty() {
        let _ = writeln!(text, "\nverdicts to be measured again");
        for at in touched {
            let at_plain = paper.plain(at);
            let _ = writeln!(
                text,
                "  {at_plain}  {}",
                paper.fit(&verdict(profile, at), at_plain.chars().count() + 4)
            );
        }
    }
    let moved = found.touched(Class::Volatile);
    if !moved.is_empty() && found.touched(Class::Stable).is_empty() {
        let _ = writeln!(text, "\nverdicts whose figures may have moved: {}", paper.plain(&moved.join(", ")));
    }
    if !found.unchecked.is_empty() {
        let _ = writeln!(text, "\nnot compared");
        found.unchecked.iter().for_each(|line| text += &format!("  {}\n", paper.wrap(line, 2)));
    }
    if found.stale {
        text += "\nMeasure again with `hwtune tune`.\n";
    }
    text
}

/// A section's verdict and flags.
fn verdict(profile: &Profile, at: &str) -> String {
    let section = match at.split_once('.') {
        Some(("package", name)) => profile.package.get(name),
        Some((_, name)) => profile.kernel.get(name),
        None => None,
    };
    section.map(|s| format!("{}: {}", s.verdict, flags(&s.flags))).unwrap_or_default()
}

fn flags(flags: &[String]) -> String {
    if flags.is_empty() { "nothing to append".into() } else { flags.join(" ") }
}
