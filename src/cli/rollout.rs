use super::common::{Common, Format};
use super::output::{self, Stop};
pub use super::rollout_args::Args;
use super::rollout_args::{At, Look, PlanArgs, RouteName, SnippetArgs, Step};
use super::rollout_text as text;
use super::{exit, forms};
use hwtune::catalogue::Catalogue;
use hwtune::experiment::MachineLock;
use hwtune::files::Workspace;
use hwtune::profile::Profile;
use hwtune::render::{self, Options};
use hwtune::rollout::{
    self, Ask, Config, Kind, Machine, Places, Plan, Route, Script, Snippet, State, System, Timer, read_state,
    write_state,
};
use hwtune::text::place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    match &args.step {
        Step::Snippet(args) => snippet(args, common),
        Step::Imported { path } => imported(path, common),
        Step::Baseline { look, again } => baseline(look, *again, common),
        Step::Plan(args) => plan(args, common),
        Step::Verify { look, margin } => verify(look, *margin, common),
        Step::Back { at } => back(at, common),
    }
}

impl At {
    fn path(&self) -> PathBuf {
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

fn plan(args: &PlanArgs, common: &Common) -> anyhow::Result<u8> {
    if !args.at.dry_run {
        forms::text_only(common, "rollout plan", "the text is a shell script")?;
    }
    let route = match args.route {
        RouteName::Overlay => Route::Overlay,
        RouteName::Import => Route::Import,
        RouteName::Preload => Route::Preload,
        RouteName::Replace => Route::Replace,
        RouteName::Side => Route::Side,
        RouteName::Platform => Route::Platform,
    };
    let profile = super::render::read(common)?;
    let state_path = std::path::absolute(args.at.path())?;
    let mut state = read_state(&state_path)?.unwrap_or_default();
    let packages = packages(args, route, &profile, common)?;
    let flake = Path::new("/etc/nixos/flake.nix").is_file();
    let config = match (&args.flake, &args.config) {
        (Some(reference), _) => Config::Flake(reference.clone()),
        (None, Some(file)) => Config::Channel(Some(file.clone())),
        (None, None) if flake => Config::Flake(format!("/etc/nixos#{}", profile.host.name)),
        (None, None) => Config::Channel(None),
    };
    let consumers = match route {
        Route::Side => consumers(args, &config, &packages, &profile.host.name, common),
        _ => Vec::new(),
    };
    let script = rollout::script(&Script {
        route,
        config,
        host: &profile.host.name,
        microarchitecture: &profile.host.microarchitecture,
        arch: &profile.names.nixpkgs,
        fingerprint: &profile.fingerprint,
        glibc: packages.contains_key("glibc"),
        baseline: state.baseline.as_ref(),
        state: &state_path,
    })?;
    let to_file = common.output.as_ref().filter(|p| *p != Path::new("-"));
    if args.at.dry_run {
        let file = common.output.as_ref().map_or("standard output".into(), |p| place(p));
        let lines = script.lines().count();
        let mut steps = vec![format!("write  {file}   (the script, {lines} lines)")];
        steps.extend(to_file.is_some().then(|| format!("write  {}", place(&state_path))));
        return dry(&Common { output: None, ..common.clone() }, &steps);
    }
    output::file(common, &script)?;
    // Who looks at the script has not planned yet.
    let Some(file) = to_file else {
        output::note(
            common,
            "nothing is recorded of a plan on standard output; give -o FILE for one that is verified",
        );
        return Ok(exit::OK);
    };
    if let Ok(about) = std::fs::metadata(file) {
        use std::os::unix::fs::PermissionsExt as _;
        // Whoever may read it may run it, and nobody else.
        let mode = about.permissions().mode() & 0o777;
        let executable = std::fs::Permissions::from_mode(mode | (mode & 0o444) >> 2);
        std::fs::set_permissions(file, executable).ok();
    }
    state.plan = Some(Plan {
        at: jiff::Timestamp::from_second(Machine.now()).unwrap_or_default().to_string(),
        route: route.name().into(),
        fingerprint: profile.fingerprint.clone(),
        packages,
        consumers,
    });
    write_state(&state_path, &state)?;
    Ok(exit::OK)
}

/// The packages that the new system is to have, with their flags.
fn packages(
    args: &PlanArgs,
    route: Route,
    profile: &Profile,
    common: &Common,
) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let options = Options {
        allow_unmeasured: args.allow_unmeasured,
        packages: args.package.clone(),
        ..Options::default()
    };
    if route == Route::Platform {
        // Everything is built for the CPU; the flags come from the compiler's wrapper.
        let names = ["glibc", "zlib"].map(|name| (name.to_string(), Vec::new()));
        return Ok(names.into());
    }
    // The importing module applies the same rules at evaluation, and holds nothing of a profile.
    let target = if route == Route::Import { Route::Overlay.target() } else { route.target() };
    let options = match route {
        Route::Import if options.packages.is_empty() => {
            Options { packages: import_packages(profile), ..options }
        }
        _ => options,
    };
    let rendered = render::render(profile, &catalogue, target, &options)?;
    let off = render::targets(None)?
        .into_iter()
        .find(|t| t.name == target)
        .map(|t| t.front.off)
        .unwrap_or_default();
    let enabled =
        |name: &String| args.package.contains(name) || args.package.is_empty() && !off.contains(name);
    let chosen = rendered.choices.into_iter().filter(|c| !c.kept.is_empty() && enabled(&c.package));
    let packages: BTreeMap<_, _> = chosen.map(|c| (c.package, c.kept)).collect();
    if packages.is_empty() {
        let message = format!(
            "rollout plan: the profile has no flag to build with on this route; see `hwtune render {target} --explain`, or opt \
             in with --package or --allow-unmeasured"
        );
        return Err(Stop { code: exit::REFUSED, message }.into());
    }
    Ok(packages)
}

/// The packages of the importing module that the profile has flags for.
fn import_packages(profile: &Profile) -> Vec<String> {
    let own = render::targets(None).ok().and_then(|all| all.into_iter().find(|t| t.name == "nixos-import"));
    let own = own.map(|t| t.front.packages).unwrap_or_default();
    own.into_iter().filter(|name| profile.package.get(name).is_some_and(|s| !s.flags.is_empty())).collect()
}

/// The programs that get the libraries on the side route: those asked for, else those of the configuration, else those that
/// take one of the libraries in every release.
fn consumers(
    args: &PlanArgs,
    config: &Config,
    packages: &BTreeMap<String, Vec<String>>,
    host: &str,
    common: &Common,
) -> Vec<String> {
    if !args.consumer.is_empty() {
        return args.consumer.clone();
    }
    let (file, host) = match config {
        Config::Flake(reference) => {
            let (folder, name) = reference.split_once('#').unwrap_or((reference, host));
            (Path::new(folder.strip_prefix("path:").unwrap_or(folder)).join("flake.nix"), name)
        }
        Config::Channel(file) => {
            (PathBuf::from(file.as_deref().unwrap_or("/etc/nixos/configuration.nix")), host)
        }
    };
    let found = match std::path::absolute(&file) {
        Ok(file) if file.is_file() => rollout::evaluated(&Machine, &file, host),
        _ => Err(format!("{} is not there", place(&file))),
    };
    let why = match found {
        Ok(all) => match all.into_iter().find_map(|one| one.consumers) {
            Some(consumers) => return consumers,
            None => "it does not import the module yet".to_string(),
        },
        Err(why) => why,
    };
    let libraries: Vec<&str> = packages.keys().map(String::as_str).collect();
    let usual: Vec<String> =
        render::nixpkgs().consumers(&libraries, None).into_iter().map(String::from).collect();
    let names = if usual.is_empty() { "none".into() } else { usual.join(", ") };
    output::note(
        common,
        &format!("hwtune.consumers is not known from the configuration ({why}); taken: {names} (--consumer)"),
    );
    usual
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

fn dry(common: &Common, steps: &[String]) -> anyhow::Result<u8> {
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
