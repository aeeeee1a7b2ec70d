//! The `rollout` commands, except `plan`.

use super::common::{Common, Format};
use super::output::{self, Stop};
pub use super::rollout_args::Args;
use super::rollout_args::{At, Look, SnippetArgs, Step};
use super::rollout_text as text;
use super::{exit, forms};
use hwtune::catalogue::Catalogue;
use hwtune::experiment::MachineLock;
use hwtune::files::Workspace;
use hwtune::profile::Profile;
use hwtune::render::{self, Options};
use hwtune::rollout::{
    self, Ask, Kind, Machine, Places, Route, Snippet, State, System, Timer, read_state, write_state,
};
use hwtune::text::place;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    match &args.step {
        Step::Snippet(args) => snippet(args, common),
        Step::Imported { path } => imported(path, common),
        Step::Baseline { look, again } => baseline(look, *again, common),
        Step::Plan(args) => super::rollout_plan::plan(args, common),
        Step::Verify { look, margin } => verify(look, *margin, common),
        Step::Back { at } => back(at, common),
    }
}

impl At {
    pub(super) fn path(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| rollout::default_state(hwtune::host::is_root()))
    }
}

fn this_host() -> String {
    hwtune::host::own_name()
}

fn snippet(args: &SnippetArgs, common: &Common) -> anyhow::Result<u8> {
    let targets = render::targets(None)?;
    let module = |t: &&render::Target| t.name.starts_with("nixos-") || t.name.starts_with("home-manager-");
    let Some(target) = targets.iter().filter(module).find(|t| t.name == args.target) else {
        let names: Vec<&str> = targets.iter().filter(module).map(|t| t.name.as_str()).collect();
        return Err(Stop::usage(format!("--target {}: give one of {}", args.target, names.join(", "))).into());
    };
    let profile = super::render::read(common);
    let profile = if common.profile.is_some() { Some(profile?) } else { profile.ok() };
    let host = args.host.clone().or_else(|| profile.as_ref().map(|p| p.host.name.clone()));
    let held = profile.as_ref().and_then(|p| held(p, &target.name, common)).unwrap_or_default();
    let off: Vec<String> = held.iter().filter(|name| target.front.off.contains(name)).cloned().collect();
    let libraries: Vec<&str> = held.iter().map(String::as_str).collect();
    let consumers = render::nixpkgs().consumers(&libraries, None);
    let machine = profile.as_ref().and_then(|p| p.toolchain.first()).and_then(|t| t.target.split('-').next());
    forms::text_only(common, "rollout snippet", "the text is a part of a Nix file")?;
    let made = rollout::snippet(&Snippet {
        kind: if args.kind.flake { Kind::Flake } else { Kind::Channel },
        target: &target.name,
        file_name: &target.front.file,
        off: &off,
        consumers: &consumers,
        host: &hwtune::text::host_name(&host.unwrap_or_else(this_host)),
        system: &format!("{}-linux", machine.unwrap_or(std::env::consts::ARCH)),
        layout: &args.layout,
        into: args.into.as_deref(),
    })?;
    output::file(common, &made)?;
    Ok(exit::OK)
}

/// The packages for which a module of this profile has flags.
fn held(profile: &Profile, target: &str, common: &Common) -> Option<Vec<String>> {
    let catalogue = Catalogue::load(common.probes.as_deref()).ok()?;
    // The importing module holds none itself: it takes those of the profile by the overlay's rules.
    let target = if target == Route::Import.target() { Route::Overlay.target() } else { target };
    let options = Options { allow_unmeasured: true, ..Options::default() };
    let choices = render::render(profile, &catalogue, target, &options).ok()?.choices;
    Some(choices.into_iter().filter(|c| !c.kept.is_empty()).map(|c| c.package).collect())
}

fn imported(path: &Path, common: &Common) -> anyhow::Result<u8> {
    let found = rollout::imported_by(&Machine, path, &this_host())?;
    let shown = forms::document(common, &found, "module", || text::found(path, &found))?;
    output::answer(common, &shown)?;
    if common.format == Format::Human || common.verbose > 0 {
        found.notes.iter().for_each(|note| output::note(common, note));
    }
    Ok(if found.modules.is_empty() { exit::NOT_IMPORTED } else { exit::OK })
}

fn baseline(look: &Look, again: bool, common: &Common) -> anyhow::Result<u8> {
    let (path, places) =
        (look.at.path(), Places { system: std::path::absolute(&look.system)?, ..Places::default() });
    let samples = look.samples as usize;
    if look.at.dry_run {
        let consumers = planned(&path)?;
        return dry(common, &rollout::baseline_steps(&places, &consumers, samples, Machine.now(), &path));
    }
    let mut state = read_state(&path)?.unwrap_or_default();
    // Before anything is measured: a figure that cannot be kept is lost.
    write_state(&path, &state)?;
    let _alone = alone(common);
    let timer = Timer::build(common.cc.as_deref());
    let ask = Ask { places: &places, samples, again, timer: timer.as_ref().map_err(String::as_str) };
    let new = rollout::baseline(&Machine, &ask, &mut state, &mut |state| write_state(&path, state))?;
    if !new {
        output::note(common, "this system's baseline is there already and is kept; --again takes a new one");
    }
    let base = state.baseline.unwrap_or_default();
    give(common, &base, || text::baseline(&base, &path))?;
    Ok(exit::OK)
}

fn verify(look: &Look, margin: f64, common: &Common) -> anyhow::Result<u8> {
    if !(margin.is_finite() && margin >= 0.0) {
        return Err(Stop::usage("--margin: give a number from 0").into());
    }
    let (path, places) =
        (look.at.path(), Places { system: std::path::absolute(&look.system)?, ..Places::default() });
    let samples = look.samples as usize;
    if look.at.dry_run {
        let consumers = planned(&path)?;
        let scratch = Path::new("SCRATCH");
        return dry(common, &rollout::verify_steps(&places, &consumers, samples, scratch, &path));
    }
    let mut state = read_state(&path)?.unwrap_or_default();
    let _alone = alone(common);
    let timer = Timer::build(common.cc.as_deref());
    let scratch = Workspace::new()?;
    let folder = scratch.path().join("smoke");
    std::fs::create_dir(&folder)?;
    let ask = Ask { places: &places, samples, again: false, timer: timer.as_ref().map_err(String::as_str) };
    let verified = rollout::verify(&Machine, &ask, &state, &folder, margin)?;
    state.verified = Some(verified.clone());
    write_state(&path, &state)?;
    give(common, &verified, || text::verified(&verified))?;
    Ok(if verified.keep { exit::OK } else { exit::ROLL_BACK })
}

fn back(at: &At, common: &Common) -> anyhow::Result<u8> {
    let (path, places) = (at.path(), Places::default());
    let mut state = read_state(&path)?.unwrap_or_default();
    if at.dry_run {
        let calls = rollout::back_steps(&Machine, &places, &state)?;
        let mut steps: Vec<String> = calls.iter().map(|call| format!("run    {call}")).collect();
        steps.push(format!("write  {}", place(&path)));
        return dry(common, &steps);
    }
    let done = rollout::back(&Machine, &places, &mut state, &mut |state: &State| write_state(&path, state))?;
    let number = state.baseline.as_ref().and_then(|b| b.generation).unwrap_or_default();
    let how = if done.is_empty() { "was current already" } else { "is current again" };
    let value = serde_json::json!({ "generation": number, "done": !done.is_empty() });
    give(common, &value, || {
        format!("generation {number} {how}; set hwtune.enable = false before the next rebuild\n")
    })?;
    Ok(exit::OK)
}

/// The programs that a plan gives the libraries to.
fn planned(state: &Path) -> anyhow::Result<Vec<String>> {
    Ok(read_state(state)?.and_then(|state| state.plan).map(|plan| plan.consumers).unwrap_or_default())
}

/// Prints the steps that the command would take.
pub(super) fn dry(common: &Common, steps: &[String]) -> anyhow::Result<u8> {
    let text = forms::document(common, &steps, "step", || steps.iter().map(|s| format!("{s}\n")).collect())?;
    output::answer(common, &text)?;
    Ok(exit::OK)
}

/// The answer in the form that was asked for.
fn give(
    common: &Common,
    value: &impl serde::Serialize,
    human: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    output::answer(common, &forms::document(common, value, "value", human)?)
}

/// The machine to ourselves. An interrupt while waiting ends the process.
fn alone(common: &Common) -> MachineLock {
    let waiting = || output::note(common, "waiting for another measurement to end");
    MachineLock::take(waiting, &AtomicBool::new(false))
}
