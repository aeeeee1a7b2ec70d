//! `hwtune rollout plan`: decides which packages and programs the new system changes, and writes the script that switches.

use super::common::Common;
use super::output::{self, Stop};
use super::rollout::dry;
use super::rollout_args::{PlanArgs, RouteName};
use super::{exit, forms};
use hwtune::catalogue::Catalogue;
use hwtune::profile::Profile;
use hwtune::render::{self, Options};
use hwtune::rollout::{self, Config, Machine, Plan, Route, Script, System, read_state, stamp, write_state};
use hwtune::text::place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Writes the script and records the plan in the state file.
pub(super) fn plan(args: &PlanArgs, common: &Common) -> anyhow::Result<u8> {
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
    // To print the script is not to plan yet.
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
        at: stamp(Machine.now()),
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
