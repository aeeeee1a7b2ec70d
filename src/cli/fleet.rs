//! The `fleet` command.

use super::common::{Common, Format};
use super::exit;
use super::output::{self, Stop};
use super::terminal::Paper;
use anstyle::Style;
use clap::{Subcommand, ValueEnum};
use hwtune::fleet::{self, Group};
use hwtune::profile::{self, Profile};
use hwtune::render::line;
use hwtune::text::place;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Entries that a folder of profiles may have.
const MOST: usize = 100_000;
/// Bytes of all profiles together.
const MOST_BYTES: u64 = 1 << 30;

/// Merge the profiles of many hosts
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Merge(Merge),
}

/// By what hosts are put together.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum By {
    /// All hosts of an instruction set: one set of packages for all
    Architecture,
    /// The psABI level
    #[default]
    Level,
    /// The microarchitecture
    Microarchitecture,
}

/// Group hosts by what they can share, and write one profile a group
///
/// Each group becomes a profile that `render` takes: the nearest common ancestor of its CPUs with the features that all
/// offer, which flags each compiler gets for it, and the flags that help on all hosts measured and harm on none. A set that
/// was not timed as a whole on all of them is listed as not measured.
///
/// The profiles go to the file or folder of -o, the summary to standard output; --format toml prints the profile
/// instead, --format json both.
#[derive(clap::Args, Debug)]
struct Merge {
    /// Profiles, and folders of them (*.toml)
    #[arg(required = true, value_name = "PROFILE|DIR")]
    paths: Vec<PathBuf>,
    /// How wide a group is
    #[arg(long, value_enum, default_value_t)]
    by: By,
    /// Only the group of this name
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let Command::Merge(args) = &args.command;
    let profiles = read(&args.paths)?;
    let by = match args.by {
        By::Architecture => fleet::By::Architecture,
        By::Level => fleet::By::Level,
        By::Microarchitecture => fleet::By::Microarchitecture,
    };
    let groups = chosen(fleet::merge(&profiles, by), args.group.as_deref())?;
    match (common.format, &common.output) {
        (Format::Json, _) => output::answer(common, &json(&groups)?)?,
        (Format::Toml, None) => output::print(&only(&groups)?)?,
        (_, Some(path)) => {
            written(&groups, path, &args.paths)?;
            if common.format == Format::Human && path != Path::new("-") && !common.quiet {
                output::print(&super::shown::text(
                    &Paper::of_stdout().screen(&human(&groups), common.verbose > 0),
                ))?;
            }
        }
        (Format::Human, None) => output::print(&super::shown::text(
            &Paper::of_stdout().screen(&human(&groups), common.verbose > 0),
        ))?,
    }
    Ok(exit::OK)
}

/// All profiles, in the order given; a folder's by their names.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Profile>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable =
            |e: String| Stop::usage(format!("folder {}: cannot list: {e}; name another", place(path)));
        let toml = |path: &Path| path.extension().is_some_and(|e| e == "toml");
        let (own, _) = hwtune::files::list(path, MOST, toml).map_err(unreadable)?;
        if own.is_empty() {
            let what =
                format!("folder {}: no profile in it (*.toml); name a folder with profiles", place(path));
            return Err(Stop::usage(what).into());
        }
        files.extend(own);
    }
    let size = |file: &PathBuf| std::fs::metadata(file).map_or(0, |about| about.len());
    if files.iter().map(size).sum::<u64>() > MOST_BYTES {
        let what =
            format!("more than {} MiB of profiles; merge a part of the fleet at a time", MOST_BYTES >> 20);
        return Err(Stop::usage(what).into());
    }
    let read: Vec<_> = files.par_iter().map(|file| super::render::believed(file)).collect();
    let (good, bad): (Vec<_>, Vec<_>) = read.into_iter().partition(Result::is_ok);
    let mut bad: Vec<anyhow::Error> = bad.into_iter().filter_map(Result::err).collect();
    match bad.len() {
        0 => Ok(good.into_iter().flatten().collect()),
        1 => Err(bad.remove(0)),
        // All at once: whoever corrects one would otherwise meet the next.
        n => Err(Stop::usage(format!(
            "{n} of {} profiles cannot be used: {}",
            files.len(),
            bad.iter().map(|e| format!("{e:#}")).collect::<Vec<_>>().join("\n")
        ))
        .into()),
    }
}

fn chosen(groups: Vec<Group>, name: Option<&str>) -> anyhow::Result<Vec<Group>> {
    let Some(name) = name else { return Ok(groups) };
    let known = names(&groups);
    let groups: Vec<Group> = groups.into_iter().filter(|g| g.name == name).collect();
    match groups.is_empty() {
        true => Err(Stop::usage(format!("--group {}: there is none; there are {known}", line(name))).into()),
        false => Ok(groups),
    }
}

fn names(groups: &[Group]) -> String {
    groups.iter().map(|g| g.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The profile of the one group.
fn only(groups: &[Group]) -> anyhow::Result<String> {
    match groups {
        [one] => text(one),
        several => Err(Stop::usage(format!(
            "{} groups, {}: choose one with --group, write each to a folder with -o DIR/, or join them with --by architecture",
            several.len(),
            names(several)
        ))
        .into()),
    }
}

/// The profile with its hosts on top.
fn text(group: &Group) -> anyhow::Result<String> {
    let mut text = format!(
        "# Merged by hwtune from {}: {}\n",
        count(group.hosts.len(), "host"),
        line(&group.hosts.join(" "))
    );
    for note in &group.notes {
        let _ = writeln!(text, "# {}", line(note));
    }
    Ok(text + &profile::to_toml(&group.profile)?)
}

/// Writes the one profile to a file, or each to a folder: one that is there, or a path that ends with a slash.
fn written(groups: &[Group], path: &Path, sources: &[PathBuf]) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return output::print(&only(groups)?);
    }
    if !path.is_dir() && !path.as_os_str().to_string_lossy().ends_with('/') {
        return Ok(profile::write(path, &only(groups)?)?);
    }
    let real = |p: &Path| std::fs::canonicalize(p).ok();
    if path.exists() && sources.iter().any(|s| real(s) == real(path)) {
        let what = format!(
            "folder {}: the hosts' own profiles are there, and the next merge would take the groups for hosts; name another with -o",
            place(path)
        );
        return Err(Stop::usage(what).into());
    }
    for group in groups {
        profile::write(&path.join(format!("{}.toml", group.name)), &text(group)?)?;
    }
    Ok(())
}

fn human(groups: &[Group]) -> String {
    let bold = Style::new().bold();
    let mut text = String::new();
    for group in groups {
        let host = &group.profile.host;
        let _ = writeln!(
            text,
            "{bold}{}{bold:#}  {}: {}",
            line(&group.name),
            count(group.hosts.len(), "host"),
            shortened(&group.hosts)
        );
        let masked = if host.masked.is_empty() {
            String::new()
        } else {
            format!(", without {}", host.masked.join(" "))
        };
        let _ = writeln!(text, "  common CPU  {}{}", line(&host.microarchitecture), line(&masked));
        for chain in &group.profile.toolchain {
            // There the name is a CPU for -mcpu, which sets both.
            let arm = chain.target.starts_with("aarch64") || chain.target.starts_with("arm");
            let option = if arm { "-mcpu" } else { "-march" };
            let march =
                if chain.march.is_empty() { "no name".into() } else { format!("{option}={}", chain.march) };
            let tune =
                if chain.mtune.is_empty() || arm { String::new() } else { format!("-mtune={}", chain.mtune) };
            let flags = [vec![march], chain.add.clone(), chain.drop.clone(), vec![tune]].concat().join(" ");
            let _ = writeln!(text, "  {}  {}", line(&chain.id), line(flags.trim_end()));
        }
        for (name, section) in group.profile.package.iter().chain(&group.profile.kernel) {
            let flags = if section.flags.is_empty() { "nothing".into() } else { section.flags.join(" ") };
            let figures = match (section.effect, section.low, section.high) {
                (Some(e), Some(l), Some(h)) => format!(" {e:+.2} [{l:+.2}, {h:+.2}]"),
                _ => String::new(),
            };
            let standing = match section.evidence {
                profile::Evidence::None if section.flags.is_empty() => "not measured".to_string(),
                profile::Evidence::None => "NOT MEASURED in this form".to_string(),
                _ => format!("{}{figures}", section.verdict),
            };
            let reason =
                if section.reason.is_empty() { String::new() } else { format!("; {}", section.reason) };
            let _ = writeln!(
                text,
                "  {bold}{}{bold:#}: append {}: {standing}{}",
                line(name),
                line(&flags),
                line(&reason)
            );
        }
        for ((subject, reason), hosts) in &reasons(group) {
            let _ = writeln!(text, "  to tune: {}, {}: {}", line(subject), line(reason), shortened(hosts));
        }
        for note in &group.notes {
            let _ = writeln!(text, "  note: {}", line(note));
        }
    }
    text
}

/// Hosts to tune, those of one reason together.
fn reasons(group: &Group) -> BTreeMap<(&str, &str), Vec<String>> {
    let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for retune in &group.retune {
        reasons.entry((&retune.subject, &retune.reason)).or_default().push(retune.host.clone());
    }
    reasons
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(8).map(|n| line(n)).collect::<Vec<_>>().join(" ");
    if names.len() > 8 { format!("{shown} and {} more", names.len() - 8) } else { shown }
}

fn json(groups: &[Group]) -> anyhow::Result<String> {
    let rows: Vec<_> = groups
        .iter()
        .map(|g| {
            serde_json::json!({
                "name": g.name, "hosts": g.hosts, "retune": g.retune, "notes": g.notes, "profile": g.profile,
            })
        })
        .collect();
    Ok(serde_json::to_string_pretty(&serde_json::json!({ "groups": rows }))? + "\n")
}
