//! The script: clean, executable, resumable.

use crate::rollout::world::{World, profile, stderr, stdout, text};
use std::process::{Command, Output};

const ROUTES: [&str; 6] = ["overlay", "import", "replace", "side", "preload", "platform"];

fn plan(world: &World, route: &str, more: &[&str]) -> Output {
    let profile = profile();
    let args = [
        "rollout",
        "plan",
        "--route",
        route,
        "--profile",
        &profile,
        "--state",
        "s t/state.toml",
        "-o",
        "rollout.sh",
    ];
    world.hwtune(&[&args, more].concat())
}

#[test]
fn every_route_is_clean_and_names_its_ways_back() {
    let world = World::new();
    for route in ROUTES {
        for flake in ["/etc/nixos#shoshin", "/a b/$(touch x)`y`'\"#h"] {
            let out = plan(&world, route, &["--flake", flake]);
            assert_eq!(out.status.code(), Some(0), "{route}: {}", stderr(&out));
            let check = Command::new("shellcheck").arg(world.path("rollout.sh")).output().unwrap();
            assert!(check.status.success(), "{route}: {}", stdout(&check));
        }
        let script = std::fs::read_to_string(world.path("rollout.sh")).unwrap();
        for words in ["at once", "boot menu", "live USB", "nixos-enter", "build-vm", "Way back", "--rollback"]
        {
            assert!(script.contains(words), "{route}: {words}");
        }
        assert_eq!(script.contains("gccarch-skylake"), route == "platform");
        assert!(script.is_ascii() && script.lines().all(|l| l.len() < 200));
    }
    let refused = world.hwtune(&[
        "rollout",
        "plan",
        "--route",
        "side",
        "--state",
        "x.toml",
        "--profile",
        &profile().replace("measured", "unmeasured"),
    ]);
    assert!(
        refused.status.code() == Some(22) && stderr(&refused).contains("--explain"),
        "{}",
        stderr(&refused)
    );
    let dry = plan(&world, "side", &["--dry-run"]);
    assert!(
        stdout(&dry).contains("write  rollout.sh") && stdout(&dry).contains("state.toml"),
        "{}",
        stdout(&dry)
    );
}

/// A hwtune that records what the script asks of it, and answers with the code in a file.
const FAKE: &str = "#!/bin/sh\necho \"hwtune $*\" >>\"$FAKE/calls\"\nexit \"$(cat \"$FAKE/$2.code\" 2>/dev/null || echo 0)\"\n";

fn run(world: &World, args: &[&str]) -> Output {
    let mut command = world.command("bash");
    command.arg("rollout.sh").args(args).env("HWTUNE", world.path("bin/hwtune")).env("HWTUNE_YES", "1");
    command.env("HWTUNE_SKIP_VM", "1").output().unwrap()
}

#[test]
fn the_script_goes_step_by_step_and_resumes_where_it_stopped() {
    let world = World::new();
    world.program("bin/hwtune", FAKE);
    assert!(plan(&world, "side", &["--config", "/etc/nixos/configuration.nix"]).status.success());
    world.write("nixos-rebuild.fail", "");
    let stopped = run(&world, &[]);
    assert_eq!(stopped.status.code(), Some(1), "{}", stderr(&stopped));
    let state = text(&world.path("s t/state.toml")).to_string();
    let args = "-I nixos-config=/etc/nixos/configuration.nix";
    let begun = [format!("hwtune rollout baseline --state {state}"), format!("nixos-rebuild build {args}")];
    assert_eq!(world.calls(), begun);

    std::fs::remove_file(world.path("nixos-rebuild.fail")).unwrap();
    world.write("verify.code", "12");
    let advised = run(&world, &[]);
    assert_eq!(
        advised.status.code(),
        Some(12),
        "try fails before anything is switched: {}",
        stderr(&advised)
    );
    assert!(!world.calls().iter().any(|c| c.contains("switch")), "{:?}", world.calls());

    std::fs::remove_file(world.path("verify.code")).unwrap();
    let done = run(&world, &[]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let calls = world.calls();
    assert_eq!(
        calls[calls.len() - 2..],
        [format!("nixos-rebuild switch {args}"), format!("hwtune rollout verify --state {state}"),]
    );
    assert_eq!(calls.iter().filter(|c| c.contains("rollout baseline")).count(), 1, "done steps stay done");
    assert!(stdout(&run(&world, &[])).contains("switch: done"));
    assert!(run(&world, &["back"]).status.success());
    assert!(world.calls().last().unwrap().starts_with("hwtune rollout back"));
    assert_eq!(run(&world, &["nonsense"]).status.code(), Some(2));
    assert!(run(&world, &["build"]).status.success());
    // Without consent nothing is switched.
    let mut asked = world.command("bash");
    let no = asked.args(["rollout.sh", "switch"]).env("HWTUNE", world.path("bin/hwtune")).output().unwrap();
    assert_eq!(no.status.code(), Some(1));
    assert!(!world.calls().last().unwrap().contains("switch"));
}

#[test]
fn what_the_script_was_given_stays_what_it_is() {
    let world = World::new();
    world.program("bin/hwtune", FAKE);
    let hostile = "/a b/$(touch x)`touch x`'; touch x; '\"#h\\";
    assert!(plan(&world, "side", &["--flake", hostile]).status.success());
    let out = run(&world, &["build"]);
    assert!(out.status.success(), "{}", stderr(&out));
    assert_eq!(world.calls(), [format!("nixos-rebuild build --flake {hostile}")]);
    assert!(!world.path("x").exists() && !world.path("s t/rollout/system/x").exists());
}
