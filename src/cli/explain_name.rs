//! The `explain` command.

use super::common::Common;
use super::entry::{self, Entry, Kind};
use super::output::{self, Stop};
use super::{exit, forms, here};
use anstyle::Style;
use clap::ValueEnum;
use hwtune::catalogue::Catalogue;
use hwtune::profile::{self, Profile};
use std::fmt::Write as _;

/// Explain a flag, kernel, package, microarchitecture, consumer, compiler, verdict or exit code
///
/// What a name stands for, why the tables say so and where that is written; with a profile, also this host's figures.
/// Consumers are the targets of `render`, compilers are named as in gcc-12.2. A name that is several things is shown as
/// each of them.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The name; see `hwtune list`
    #[arg(allow_hyphen_values = true)]
    name: String,
    /// Take the name for this kind of thing alone
    #[arg(long, value_name = "WHAT", hide_possible_values = true)]
    kind: Option<Kind>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let profile = profile(common)?;
    let name = args.name.trim();
    let kinds: Vec<Kind> =
        Kind::value_variants().iter().copied().filter(|k| args.kind.is_none_or(|a| a == *k)).collect();
    let mut known = Vec::new();
    for kind in &kinds {
        known.extend(entry::all(*kind, &catalogue)?);
    }
    let mut found: Vec<Entry> = known.iter().filter(|e| names(e, name)).cloned().collect();
    if found.is_empty() && kinds.contains(&Kind::Flag) && name.starts_with('-') {
        found.extend(entry::flag_by_rule(&catalogue, name));
    }
    // A compiler without its release is the newest of its tables.
    let stem = format!("{name}-");
    let numbers = |e: &Entry| -> Vec<u32> {
        let version = e.name.strip_prefix(&stem).unwrap_or_default();
        version.split('.').filter_map(|n| n.parse().ok()).collect()
    };
    let releases = known.iter().filter(|e| e.kind == Kind::Compiler && e.name.starts_with(&stem));
    found.extend(releases.max_by_key(|e| numbers(e)).cloned());
    if found.is_empty() {
        return Err(Stop::usage(unknown(name, &known, args.kind)).into());
    }
    let here: Vec<Vec<String>> = found
        .iter()
        .map(|e| profile.as_ref().map(|p| here::figures(p, &catalogue, e, name)).unwrap_or_default())
        .collect();
    let told: Vec<(&Entry, &Vec<String>)> = found.iter().zip(&here).collect();
    let text = forms::document(common, &document(profile.as_ref(), &told)?, "entries", || {
        if found.len() > 1 {
            let all: Vec<String> = found.iter().map(|e| format!("{} {}", e.kind.name(), e.name)).collect();
            output::note(common, &format!("{name} is several: {}; --kind chooses one", all.join(", ")));
        }
        let host = profile.as_ref().map(|p| p.host.name.as_str()).unwrap_or_default();
        told.iter().map(|(e, h)| human(e, h, host)).collect::<Vec<_>>().join("\n")
    })?;
    output::answer(common, &text)?;
    Ok(exit::OK)
}

/// The profile asked for; this host's own where there is one.
fn profile(common: &Common) -> anyhow::Result<Option<Profile>> {
    if let Some(path) = &common.profile {
        return super::render::believed(path).map(Some);
    }
    let host = hwtune::host::own_name();
    let path = profile::default_path(&host, hwtune::host::is_root());
    if !path.exists() {
        return Ok(None);
    }
    // A name is explained also beside a profile that cannot be read.
    let believed = profile::owned(&path).map_err(anyhow::Error::from);
    match believed.and_then(|()| super::render::believed(&path)) {
        Ok(profile) => Ok(Some(profile)),
        Err(error) => {
            output::note(common, &format!("without this host's figures: {error}"));
            Ok(None)
        }
    }
}

/// Whether an entry bears the name: a kernel also without its package, a flag of the CPU also by the CPU's name.
fn names(entry: &Entry, name: &str) -> bool {
    match entry.kind {
        Kind::Kernel => entry.name == name || entry.name.rsplit('/').next() == Some(name),
        Kind::Flag => {
            let stands_for = |stem: &str| {
                entry.name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('{') && !rest.contains(' '))
                    && name.starts_with(stem)
                    && !name.contains(' ')
                    && !name.ends_with("=native")
            };
            entry.name == name || stands_for("-march=") || stands_for("-mtune=")
        }
        _ => entry.name == name,
    }
}

/// The error for a name that nothing bears, with those that look like it.
fn unknown(name: &str, known: &[Entry], kind: Option<Kind>) -> String {
    let lower = name.to_lowercase();
    let likeness = |e: &Entry| {
        let short = e.name.rsplit('/').next().unwrap_or_default();
        let of = |n: &str| strsim::normalized_damerau_levenshtein(&lower, &n.to_lowercase());
        of(&e.name).max(of(short))
    };
    let mut near: Vec<(f64, &Entry)> =
        known.iter().map(|e| (likeness(e), e)).filter(|(l, _)| *l >= 0.5).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let what = kind.map_or("a name", Kind::name);
    let shown = hwtune::render::line(name);
    match near.is_empty() {
        true => format!(
            "{shown}: not {what} that hwtune knows; see `hwtune list packages`, `list flags` and so on"
        ),
        false => {
            let near: Vec<String> =
                near.iter().take(3).map(|(_, e)| format!("{} ({})", e.name, e.kind.name())).collect();
            format!("{shown}: not {what} that hwtune knows; did you mean {}?", near.join(", "))
        }
    }
}

fn human(entry: &Entry, here: &[String], host: &str) -> String {
    let bold = Style::new().bold();
    let mut text = format!("{} {bold}{}{bold:#}: {}\n", entry.kind.name(), entry.name, entry.title);
    let width = entry.facts.keys().map(|k| k.len()).max().unwrap_or(0).max(6);
    let mut row = |key: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "  {key:width$}  {value}");
        }
    };
    for (key, values) in &entry.facts {
        let long = values.iter().map(String::len).sum::<usize>() > 90;
        if long && values.len() > 1 {
            values.iter().enumerate().for_each(|(i, v)| row(if i == 0 { key } else { "" }, v));
        } else {
            row(key, &values.join(", "));
        }
    }
    if !entry.title.ends_with(&entry.why) || entry.why.is_empty() {
        row("why", &entry.why);
    }
    row("source", &entry.source);
    for (i, line) in here.iter().enumerate() {
        row(
            if i == 0 { "here" } else { "" },
            &if i == 0 { format!("on {host}: {line}") } else { line.clone() },
        );
    }
    text
}

fn document(profile: Option<&Profile>, told: &[(&Entry, &Vec<String>)]) -> anyhow::Result<serde_json::Value> {
    let rows = told.iter().map(|(entry, here)| {
        let mut row = serde_json::to_value(entry)?;
        row["here"] = serde_json::to_value(here)?;
        Ok(row)
    });
    let entries: Vec<serde_json::Value> = rows.collect::<anyhow::Result<_>>()?;
    let host = profile.map(|p| &p.host.name);
    Ok(serde_json::json!({ "host": host, "entries": entries }))
}
