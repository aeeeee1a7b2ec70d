//! The `render` command.

use super::common::{Common, Format};
use super::exit;
use super::output::{self, Stop};
use hwtune::catalogue::Catalogue;
use hwtune::profile::{self, Profile};
use hwtune::render::{self, Allow, Choice, Options, Rendered, Target};
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
    /// Only this package; several with commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    package: Vec<String>,
    /// Also write flags that nobody measured, marked as such
    #[arg(long)]
    allow_unmeasured: bool,
    /// Opt in to a flag that a package takes only on request, such as glibc:-O3
    #[arg(long, value_name = "PACKAGE:FLAG")]
    allow: Vec<Allow>,
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

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let common = &super::named::profile(args.from.as_ref(), common)?;
    let targets = render::targets(args.templates.as_deref())?;
    let Some(name) = args.target.as_deref().filter(|_| !args.list) else {
        output::answer(common, &list(&targets, common.format)?)?;
        return Ok(exit::OK);
    };
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let options = Options {
        allow_unmeasured: args.allow_unmeasured,
        allow: args.allow.clone(),
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
    let text = match (args.explain, common.format) {
        (true, Format::Json) => serde_json::to_string_pretty(&explanation(name, &rendered))? + "\n",
        (true, _) => explain(name, &rendered),
        (false, _) => {
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
fn explain(target: &str, rendered: &Rendered) -> String {
    let mut text = String::new();
    if rendered.choices.is_empty() {
        let _ = writeln!(text, "{target}: takes no compiler flags");
    }
    for choice in rendered.choices.iter().cloned().map(Choice::grouped) {
        let choice = &choice;
        let _ = writeln!(text, "{}: {}", render::line(&choice.package), standing(choice));
        for flag in &choice.kept {
            let _ = writeln!(text, "  keep {}", render::line(flag));
        }
        for dropped in &choice.dropped {
            let _ =
                writeln!(text, "  drop {}: {}", render::line(&dropped.flag), render::line(&dropped.reason));
        }
        for note in &choice.notes {
            let _ = writeln!(text, "  note: {}", render::line(note));
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
fn list(targets: &[Target], format: Format) -> anyhow::Result<String> {
    if format == Format::Json {
        let rows: Vec<_> = targets
            .iter()
            .map(|t| serde_json::json!({ "name": t.name, "title": t.front.title, "file": t.front.file, "syntax": t.front.syntax }))
            .collect();
        return Ok(serde_json::to_string_pretty(&rows)? + "\n");
    }
    let width = targets.iter().map(|t| t.name.len()).max().unwrap_or(0);
    Ok(targets.iter().map(|t| format!("{:width$}  {}\n", t.name, t.front.title)).collect())
}
