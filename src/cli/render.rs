//! The `render` command.

use super::common::Common;
use super::output::{self, Stop};
use super::terminal::Paper;
use super::{exit, forms};
use hwtune::catalogue::Catalogue;
use hwtune::profile::{self, Profile};
use hwtune::render::{self, Allow, Choice, Options, Rendered, Target};
use hwtune::report::short;
use hwtune::text::place;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A profile with nothing in it, for targets that hold nothing of one.
const BLANK: &str = "schema = 1\nfingerprint = \"\"\ncomplete = false\n\
    [host]\nname = \"\"\nvendor = \"\"\nfamily = 0\nmodel = 0\nstepping = 0\ncpu = \"\"\nmicroarchitecture = \"\"\n\
    features = []\nmasked = []\ncores = 0\nthreads = 0\n\
    [system]\nmemory_mib = 0\nmicrocode = \"\"\nkernel = \"\"\ngovernor = \"\"\nhypervisor = \"\"\nmeasured_at = \"\"\n\
    [names]\ngcc = \"\"\nrust = \"\"\ngo = \"\"\narchspec = \"\"\nnixpkgs = \"\"\n";

/// Write what another system reads, from a profile
#[derive(clap::Args)]
pub struct Args {
    /// The consumer; see --list
    #[arg(required_unless_present = "list")]
    target: Option<String>,
    /// The profile, as with --profile [default: this host's]
    #[arg(value_name = "PROFILE")]
    from: Option<PathBuf>,
    /// List the consumers
    #[arg(long, conflicts_with = "target")]
    list: bool,
    /// Tell which flags are kept and dropped, with the reasons, instead of rendering
    #[arg(long)]
    explain: bool,
    /// Only this package, repeatable or with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    package: Vec<String>,
    /// Also write flags that nobody measured, marked as such
    #[arg(long)]
    allow_unmeasured: bool,
    /// Opt in to a flag that a package takes only on request, such as glibc:-O3; repeatable or with commas
    #[arg(long, value_name = "PACKAGE:FLAG")]
    allow: Vec<String>,
    /// Check against the compilers of this nixpkgs release, such as 25.05
    #[arg(long, value_name = "RELEASE")]
    nixpkgs: Option<String>,
    /// Refuse whatever was not measured in exactly the form written
    #[arg(long)]
    strict: bool,
    /// A folder with templates of your own, NAME.j2
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

/// Rows of each kind that a package gets on a terminal.
const ROWS: usize = 4;

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let common = &super::named::profile(args.from.as_ref(), common)?;
    let targets = render::targets(args.templates.as_deref())?;
    let Some(name) = args.target.as_deref().filter(|_| !args.list) else {
        output::answer(common, &list(&targets, common)?)?;
        return Ok(exit::OK);
    };
    if !args.explain {
        let what = "the text is in the target's own syntax; --explain and --list have one";
        forms::text_only(common, "render", what)?;
    }
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let allow = super::named::allowed(&args.allow);
    let allow = allow.iter().map(|text| {
        text.parse::<Allow>().map_err(|what| Stop::usage(format!("--allow {}: {what}", render::line(text))))
    });
    let allow = allow.collect::<Result<Vec<Allow>, Stop>>()?;
    let options = Options {
        allow_unmeasured: args.allow_unmeasured,
        allow,
        packages: args.package.clone(),
        nixpkgs: args.nixpkgs.clone(),
        strict: args.strict,
        templates: args.templates.clone(),
    };
    let any = targets.iter().any(|t| t.name == name && t.front.any_profile);
    let known = targets.iter().any(|t| t.name == name);
    // An unknown target is reported before a profile is looked for.
    let profile = match any && common.profile.is_none() || !known {
        true => profile::parse(BLANK, "the blank profile")?,
        false => read(common)?,
    };
    let rendered = render::render(&profile, &catalogue, name, &options)?;
    let text = match args.explain {
        true => forms::document(common, &explanation(name, &rendered), "package", || {
            explain(name, &rendered, &Paper::of(common), common.verbose > 0)
        })?,
        false => {
            let told = rendered.choices.iter().filter(|c| !c.kept.is_empty() || !c.dropped.is_empty());
            for line in told.flat_map(|c| c.notes.iter().map(move |n| (c, n))) {
                output::note(common, &format!("{}: {}", line.0.package, render::line(line.1)));
            }
            rendered.text
        }
    };
    match args.explain {
        true => output::screenful(common, &text)?,
        false => output::file(common, &text)?,
    }
    Ok(exit::OK)
}

/// The profile of `--profile`, or this host's own.
pub(super) fn read(common: &Common) -> anyhow::Result<Profile> {
    if let Some(path) = &common.profile {
        return believed(path);
    }
    let host = hwtune::host::own_name();
    let path = profile::default_path(&host, hwtune::host::is_root());
    if !path.exists() {
        let what = format!(
            "profile {}: there is none; write it with `hwtune tune`, or name one with --profile",
            place(&path)
        );
        return Err(Stop::usage(what).into());
    }
    profile::owned(&path)?;
    believed(&path)
}

/// A profile that is as hwtune wrote it, or was written by hand.
pub(super) fn believed(path: &std::path::Path) -> anyhow::Result<Profile> {
    let profile = profile::read(path)?;
    profile::sealed(&profile)?;
    Ok(profile)
}

/// What was decided, for people.
fn explain(target: &str, rendered: &Rendered, paper: &Paper, all: bool) -> String {
    // A line a row on a terminal, of which the flags are shortened: what is written is the file's matter.
    let line = |head: &str, flags: &str, rest: &str| match paper.width.filter(|_| !all) {
        None => format!("{head}{flags}{rest}\n"),
        Some(width) => {
            let room = width.saturating_sub(head.chars().count() + rest.chars().count()).max(30);
            paper.fit(&format!("{head}{}{rest}", short(flags, room)), 0) + "\n"
        }
    };
    let few = paper.width.is_some() && !all;
    let mut text = String::new();
    if rendered.choices.is_empty() {
        let _ = writeln!(text, "{target}: takes no compiler flags");
    }
    for choice in rendered.choices.iter().cloned().map(Choice::grouped) {
        let choice = &choice;
        text += &line("", &format!("{}: {}", render::line(&choice.package), standing(choice)), "");
        match few {
            true if !choice.kept.is_empty() => {
                text += &line("  keep ", &render::line(&choice.kept.join(" ")), "");
            }
            true => {}
            false => choice.kept.iter().for_each(|flag| text += &line("  keep ", &render::line(flag), "")),
        }
        let shown = if few { ROWS } else { usize::MAX };
        for dropped in choice.dropped.iter().take(shown) {
            text += &line(
                "  drop ",
                &render::line(&dropped.flag),
                &format!(": {}", render::line(&dropped.reason)),
            );
        }
        for note in choice.notes.iter().take(shown) {
            let told = paper.wrap(&format!("note: {}", render::line(note)), 4);
            let lines = if few { 2 } else { usize::MAX };
            let told: Vec<&str> = told.lines().take(lines).collect();
            let _ = writeln!(text, "  {}", told.join("\n"));
        }
        let more = choice.dropped.len().saturating_sub(shown) + choice.notes.len().saturating_sub(shown);
        if more > 0 {
            let _ = writeln!(text, "  and {more} more rows; -v lists each");
        }
    }
    text
}

/// Whether the flags kept were measured, on a few words.
fn standing(choice: &Choice) -> String {
    match (&choice.figures, choice.kept.is_empty()) {
        (_, true) => "nothing kept".into(),
        (Some(f), _) => {
            format!("effect {:+.2} ({:+.2} to {:+.2}), evidence {}", f.effect, f.low, f.high, f.evidence)
        }
        (None, _) => "not measured in this form".into(),
    }
}

/// What was decided, for programs.
fn explanation(target: &str, rendered: &Rendered) -> serde_json::Value {
    serde_json::json!({ "target": target, "file": rendered.file_name, "packages": rendered.choices })
}

/// The consumers.
fn list(targets: &[Target], common: &Common) -> anyhow::Result<String> {
    let row = |t: &Target| serde_json::json!({ "name": t.name, "title": t.front.title, "file": t.front.file, "syntax": t.front.syntax });
    let rows: Vec<_> = targets.iter().map(row).collect();
    let width = targets.iter().map(|t| t.name.len()).max().unwrap_or(0);
    forms::document(common, &rows, "consumer", || {
        targets.iter().map(|t| format!("{:width$}  {}\n", t.name, t.front.title)).collect()
    })
}
