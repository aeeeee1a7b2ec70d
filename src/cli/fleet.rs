//! The `fleet` command.

use super::common::{Common, Format};
use super::exit;
use super::fleet_table::{self, count};
use super::output::{self, Stop};
use super::terminal::Paper;
use clap::{Subcommand, ValueEnum};
use hwtune::fleet::{self, Group};
use hwtune::profile::{self, Profile};
use hwtune::render::line;
use hwtune::text::place;
use rayon::prelude::*;
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
    /// Profiles, and folders of them (*.toml), with blanks or commas
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
    let paths = super::named::files(&args.paths);
    let profiles = read(&paths)?;
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
            written(&groups, path, &paths)?;
            if common.format == Format::Human && path != Path::new("-") && !common.quiet {
                summary(common, &groups)?;
            }
        }
        (Format::Human, None) => summary(common, &groups)?,
    }
    Ok(exit::OK)
}

/// Prints what the groups are.
fn summary(common: &Common, groups: &[Group]) -> anyhow::Result<()> {
    let paper = Paper::of_stdout();
    let all = common.verbose > 0;
    output::print(&super::shown::text(&paper.screen(&fleet_table::table(groups, &paper, all), all)))
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
