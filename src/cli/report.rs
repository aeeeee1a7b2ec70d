use super::common::Common;
use super::exit;
use super::output;
use clap::ValueEnum;
use hwtune::report::{Adr, adr};
use hwtune::rollout::{Route, default_state, read_state};
use std::path::PathBuf;

#[derive(Clone, Copy, ValueEnum)]
enum SectionName {
    /// Risks of this host and route, and expected against measured, in Markdown
    Adr,
}

/// Write a section of a report, from a profile
#[derive(clap::Args)]
pub struct Args {
    /// The section
    #[arg(long, value_enum)]
    section: SectionName,
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
    let SectionName::Adr = args.section;
    let profile = super::render::read(common)?;
    let path = args.state.clone().unwrap_or_else(|| default_state(hwtune::host::is_root()));
    let state = read_state(&path)?;
    if args.state.is_some() && state.is_none() {
        let what = format!("rollout state {}: there is none; run `hwtune rollout baseline`", path.display());
        return Err(output::Stop::usage(what).into());
    }
    let planned = state.as_ref().and_then(|s| s.plan.as_ref()).and_then(|p| route(&p.route).ok());
    let route = args.route.or(planned).unwrap_or(Route::Overlay);
    output::answer(common, &adr(&Adr { profile: &profile, route, rollout: state.as_ref() }))?;
    Ok(exit::OK)
}
