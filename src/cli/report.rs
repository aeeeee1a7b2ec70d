//! The `report` command.

use super::common::{Common, Form};
use super::exit;
use super::output::{self, Stop};
use clap::ValueEnum;
use hwtune::catalogue::Catalogue;
use hwtune::profile::Profile;
use hwtune::report::{self, Adr, Plot, Source, adr};
use hwtune::rollout::{Route, State, default_state, read_state};
use hwtune::text::place;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum SectionName {
    /// Risks of this host and route, and expected against measured, in Markdown
    Adr,
}

#[derive(Clone, Copy, ValueEnum)]
enum PlotName {
    /// Flags and kernels with their intervals
    Forest,
    /// Each kernel, layout by layout
    Layouts,
    /// Where the time went
    Time,
}

/// Write a report: a page with plots, Markdown, or one plot
///
/// Writes what a profile says, for people: `--format html` is one page that needs nothing else, `md` is for a decision
/// record or a pull request, `svg` is one plot. Without --format the name of -o decides, and Markdown is the default. Several
/// profiles are compared.
#[derive(clap::Args)]
pub struct Args {
    /// Profiles; several are compared [default: --profile]
    #[arg(value_name = "PROFILE", conflicts_with = "profile")]
    files: Vec<PathBuf>,
    /// A section alone
    #[arg(long, value_enum)]
    section: Option<SectionName>,
    /// With --format svg, which plot
    #[arg(long, value_enum, default_value = "forest", conflicts_with = "section")]
    plot: PlotName,
    /// With --format svg, the package or kernel [default: the first that was measured]
    #[arg(long, value_name = "NAME", conflicts_with = "section")]
    of: Option<String>,
    /// What is rendered into the report; see `hwtune render --list`
    #[arg(long, value_name = "TARGET", default_value = "nixos-overlay", conflicts_with = "section")]
    render: String,
    /// Also render flags that nobody measured, marked as such
    #[arg(long, conflicts_with = "section")]
    allow_unmeasured: bool,
    /// The route to the system: overlay, replace, side or platform [default: the rollout's, else overlay]
    #[arg(long, value_name = "ROUTE", value_parser = route)]
    route: Option<Route>,
    /// The rollout's state, whose figures are reported as well [default: rollout.toml in the state directory]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

fn route(name: &str) -> Result<Route, String> {
    let names: Vec<&str> = Route::ALL.iter().map(|r| r.name()).collect();
    Route::ALL
        .into_iter()
        .find(|r| r.name() == name)
        .ok_or_else(|| format!("give one of {}", names.join(", ")))
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let form = form(args, common)?;
    let files = super::named::files(&args.files);
    let text = match &files[..] {
        [_, _, ..] if args.section.is_some() => {
            return Err(Stop::usage("report --section: takes one profile").into());
        }
        [_, _, ..] => several(args, &profiles(&files)?, form)?,
        [file] => one(args, common, &super::render::believed(file)?, form)?,
        [] => one(args, common, &super::render::read(common)?, form)?,
    };
    output::answer(common, &text)?;
    Ok(exit::OK)
}

/// The form asked for, else the one that the file's name tells, else Markdown.
fn form(args: &Args, common: &Common) -> anyhow::Result<Form> {
    let ending =
        common.output.as_deref().and_then(Path::extension).and_then(|e| e.to_str()).unwrap_or_default();
    let form = match (common.form, ending.to_ascii_lowercase().as_str()) {
        (Form::Json | Form::Toml, _) => {
            let what = "report: gives html, md or svg; programs read the profile itself";
            return Err(Stop::usage(what).into());
        }
        (Form::Human, "html" | "htm") => Form::Html,
        (Form::Human, "svg") => Form::Svg,
        (Form::Human, _) => Form::Md,
        (form, _) => form,
    };
    if args.section.is_some() && form != Form::Md {
        return Err(Stop::usage("report --section adr: is Markdown; leave --format out, or give md").into());
    }
    Ok(form)
}

fn profiles(files: &[PathBuf]) -> anyhow::Result<Vec<Profile>> {
    if files.iter().filter(|f| f.as_path() == Path::new("-")).count() > 1 {
        return Err(Stop::usage("report: standard input holds one profile; give files for the others").into());
    }
    files.iter().map(|f| super::render::believed(f)).collect()
}

fn several(args: &Args, profiles: &[Profile], form: Form) -> anyhow::Result<String> {
    Ok(match form {
        Form::Html => report::html_of_several(profiles)?,
        Form::Svg => report::plot_of_several(profiles, args.of.as_deref()).map_err(missing)?,
        _ => report::markdown_of_several(profiles),
    })
}

fn one(args: &Args, common: &Common, profile: &Profile, form: Form) -> anyhow::Result<String> {
    if form == Form::Svg {
        let which = match args.plot {
            PlotName::Forest => Plot::Forest,
            PlotName::Layouts => Plot::Layouts,
            PlotName::Time => Plot::Time,
        };
        return Ok(report::plot(profile, which, args.of.as_deref()).map_err(missing)?);
    }
    let rollout = rollout(args)?;
    let planned = rollout.as_ref().and_then(|s| s.plan.as_ref()).and_then(|p| route(&p.route).ok());
    let route = args.route.or(planned).unwrap_or(Route::Overlay);
    if args.section == Some(SectionName::Adr) {
        return Ok(adr(&Adr { profile, route, rollout: rollout.as_ref() }));
    }
    let targets = hwtune::render::targets(None)?;
    if !targets.iter().any(|t| t.name == args.render) {
        let what = format!("--render {}: no such target; see `hwtune render --list`", args.render);
        return Err(Stop::usage(what).into());
    }
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let source = Source {
        profile,
        catalogue: &catalogue,
        target: &args.render,
        allow_unmeasured: args.allow_unmeasured,
        route,
        rollout: rollout.as_ref(),
    };
    Ok(match form {
        Form::Html => report::html(&source)?,
        _ => report::markdown(&source),
    })
}

fn rollout(args: &Args) -> anyhow::Result<Option<State>> {
    let path = args.state.clone().unwrap_or_else(|| default_state(hwtune::host::is_root()));
    let state = read_state(&path)?;
    if args.state.is_some() && state.is_none() {
        let what = format!("rollout state {}: there is none; run `hwtune rollout baseline`", place(&path));
        return Err(Stop::usage(what).into());
    }
    Ok(state)
}

fn missing(what: String) -> Stop {
    Stop::usage(format!("report --format svg: {what}"))
}
