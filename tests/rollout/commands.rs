//! The commands as their user meets them.

use crate::rollout::world::{World, profile, stderr, stdout, text};
use hwtune::rollout::{read_state, write_state};

fn baseline(world: &World, system: &str, more: &[&str]) -> std::process::Output {
    let args = ["rollout", "baseline", "--state", "state.toml", "--system", system, "--samples", "3"];
    world.hwtune(&[&args, more].concat())
}

fn verify(world: &World, system: &str, more: &[&str]) -> std::process::Output {
    let args = ["rollout", "verify", "--state", "state.toml", "--system", system, "--samples", "3"];
    world.hwtune(&[&args, more].concat())
}

#[test]
fn from_the_baseline_to_the_verdict_and_back() {
    let world = World::new();
    let (old, good, slow) =
        (world.system("old", false), world.system("good", false), world.system("slow", true));
    world.closure(&[&old, &good, &slow]);

    // A dry run says what the real one does, and does nothing.
    let listed = stdout(&baseline(&world, text(&old), &["--dry-run"]));
    assert!(world.calls().is_empty() && !world.path("state.toml").exists());
    let out = baseline(&world, text(&old), &[]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(
        stdout(&out).contains("zlib-compress") && stdout(&out).contains("generation 42"),
        "{}",
        stdout(&out)
    );
    for call in world.calls() {
        let call = call.replace(text(&old), "SYSTEM");
        // The clock moves between the two.
        let call = call.split("--since=@").next().unwrap();
        assert!(listed.replace(text(&old), "SYSTEM").contains(call.trim()), "{call}\n{listed}");
    }
    let state = read_state(&world.path("state.toml")).unwrap().unwrap();
    let base = state.baseline.as_ref().unwrap();
    assert!(base.complete && base.generation == Some(42) && base.libraries.libz.starts_with(text(&old)));
    assert!(base.timing.iter().all(|t| t.n == 3 && t.low <= t.ns && t.ns <= t.high), "{:?}", base.timing);
    assert_eq!((base.top[0].name.as_str(), base.closure.len()), ("Web Content", 7));

    // The same system again: kept as it is. Another one: refused.
    let again = baseline(&world, text(&old), &[]);
    assert!(again.status.code() == Some(0) && stderr(&again).contains("is kept"), "{}", stderr(&again));
    assert_eq!(read_state(&world.path("state.toml")).unwrap().unwrap(), state);
    assert_eq!(baseline(&world, text(&good), &[]).status.code(), Some(22));

    // The plan asks for zlib; the derivation tells the flags.
    let plan = world.hwtune(&[
        "rollout",
        "plan",
        "--route",
        "side",
        "--consumer",
        "git",
        "--profile",
        &profile(),
        "--state",
        "state.toml",
        "-o",
        "rollout.sh",
    ]);
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
    let drv = world.write(
        "zlib.drv",
        r#"Derive([],[("NIX_CFLAGS_COMPILE","-static-libgcc -march=skylake -mtune=skylake")])"#,
    );
    world.write("deriver", &format!("{}\n", drv.display()));

    let same = verify(&world, text(&old), &[]);
    assert!(same.status.code() == Some(2) && stderr(&same).contains("switch first"), "{}", stderr(&same));
    let keep = verify(&world, text(&good), &["--margin", "60"]);
    assert_eq!(keep.status.code(), Some(0), "{}{}", stdout(&keep), stderr(&keep));
    let said = stdout(&keep);
    assert!(said.contains("built with -march=skylake -mtune=skylake") && said.contains("\nkeep: "), "{said}");
    assert!(said.contains("git cat-file") && said.contains("in turns"), "{said}");

    let roll = verify(&world, text(&slow), &[]);
    let said = stdout(&roll);
    assert_eq!(roll.status.code(), Some(12), "{said}{}", stderr(&roll));
    assert!(said.contains("slower than before") && said.contains("roll back: "), "{said}");

    // Built without the flags.
    world.write("zlib.drv", r#"Derive([],[("NIX_CFLAGS_COMPILE","-static-libgcc -march=skylake-avx512")])"#);
    let wrong = verify(&world, text(&good), &["--margin", "60", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!((wrong.status.code(), &json["keep"]), (Some(12), &false.into()));
    assert!(stdout(&wrong).contains("was built without -march=skylake "), "{}", stdout(&wrong));

    // Libraries of before that are gone: the stored figures serve.
    world.write("zlib.drv", r#"Derive([],[("NIX_CFLAGS_COMPILE","-march=skylake -mtune=skylake")])"#);
    std::fs::remove_dir_all(&old).unwrap();
    let stored = verify(&world, text(&slow), &[]);
    assert!(
        stored.status.code() == Some(12) && stdout(&stored).contains("the baseline's figures"),
        "{}",
        stdout(&stored)
    );
}

#[test]
fn the_way_back_is_the_rollback_or_the_recorded_generation() {
    let world = World::new();
    let state = world.path("state.toml");
    let back = |more: &[&str]| world.hwtune(&[&["rollout", "back", "--state", "state.toml"], more].concat());
    let none = back(&[]);
    assert!(none.status.code() == Some(2) && stderr(&none).contains("no baseline"), "{}", stderr(&none));
    let of = |generation: u64| {
        let text = format!(
            "schema = 1\n[baseline]\nat = \"x\"\ncomplete = true\nsystem = \"\"\ngeneration = {generation}\n"
        );
        std::fs::write(&state, text).unwrap();
        std::fs::remove_file(world.path("calls")).ok();
    };
    for (generation, listed, expected) in [
        (41, "41 d t\n42 d t (current)\n", vec!["nixos-rebuild switch --rollback"]),
        (
            40,
            "40 d t\n41 d t\n42 d t (current)\n",
            vec!["nix-env --profile /nix/var/nix/profiles/system --switch-generation 40"],
        ),
    ] {
        of(generation);
        world.write("nix-env.out", listed);
        let dry = back(&["--dry-run"]);
        assert!(expected.iter().all(|call| stdout(&dry).contains(call)), "{}{}", stdout(&dry), stderr(&dry));
        assert!(!stdout(&dry).is_empty() && world.calls().iter().all(|c| c.contains("--list-generations")));
        let out = back(&[]);
        for call in &expected {
            assert!(world.calls().iter().any(|c| c == call), "{:?} {}", world.calls(), stderr(&out));
        }
        // This machine has no /nix/var/nix/profiles/system to activate, which the second way needs.
        assert_eq!(out.status.code(), Some(if generation == 41 { 0 } else { 1 }), "{}", stderr(&out));
        let kept = read_state(&state).unwrap().unwrap().back.unwrap();
        assert_eq!(kept.complete, generation == 41, "an interrupted way back is seen");
    }
    of(7);
    let gone = back(&[]);
    assert!(
        gone.status.code() == Some(2) && stderr(&gone).contains("generation 7 is gone"),
        "{}",
        stderr(&gone)
    );
    of(41);
    world.write("nix-env.out", "41 d t\n42 d t (current)\n");
    world.write("nixos-rebuild.fail", "");
    let failed = back(&[]);
    assert!(failed.status.code() == Some(1) && stderr(&failed).contains("boot menu"), "{}", stderr(&failed));
}

#[test]
fn a_state_that_is_broken_or_newer_is_told() {
    let world = World::new();
    for (text, code, words) in [
        ("schema = 2\n", 21, "newer than 1"),
        ("schema = 0\n", 2, "never existed"),
        ("a = ", 2, "line 1"),
        ("[baseline]\n", 2, "schema"),
        ("schema = 1\nbase = 1\n", 2, "line 2"),
        ("schema = 1\n[baseline]\nat = 1\n", 2, "line 3"),
    ] {
        world.write("state.toml", text);
        for command in ["baseline", "verify", "back"] {
            let out = world.hwtune(&["rollout", command, "--state", "state.toml"]);
            assert_eq!(out.status.code(), Some(code), "{text:?} {command}: {}", stderr(&out));
            assert!(stderr(&out).contains(words) && stderr(&out).contains("state.toml"), "{}", stderr(&out));
            assert_eq!(stderr(&out).lines().count(), 1);
            assert_eq!(std::fs::read_to_string(world.path("state.toml")).unwrap(), text, "never overwritten");
        }
    }
    std::fs::write(world.path("state.toml"), [0xff, 0xfe]).unwrap();
    assert_eq!(world.hwtune(&["rollout", "back", "--state", "state.toml"]).status.code(), Some(2));
    let nowhere = world.hwtune(&["rollout", "baseline", "--state", "/proc/hwtune/state.toml"]);
    assert!(
        nowhere.status.code() == Some(30) && stderr(&nowhere).contains("--state"),
        "{}",
        stderr(&nowhere)
    );
}

#[test]
fn what_cannot_be_measured_is_said_and_an_interrupted_baseline_is_resumed() {
    let world = World::new();
    let old = world.system("old", false);
    world.closure(&[&old]);
    for name in ["nix-env", "nix-store", "journalctl", "ps"] {
        world.write(&format!("{name}.fail"), "");
    }
    let out = baseline(&world, text(&old), &["--cc", "/nonexistent/cc"]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    for what in ["closure", "generation", "crashing", "top", "timing"] {
        assert!(stdout(&out).contains(&format!("not recorded: {what}: ")), "{what}: {}", stdout(&out));
    }
    // Interrupted between its two stages.
    let path = world.path("state.toml");
    let mut state = read_state(&path).unwrap().unwrap();
    let base = state.baseline.as_mut().unwrap();
    (base.complete, base.at) = (false, "earlier".into());
    base.missing.remove("timing");
    write_state(&path, &state).unwrap();
    let resumed = baseline(&world, text(&old), &[]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    let base = read_state(&path).unwrap().unwrap().baseline.unwrap();
    assert!(
        base.complete
            && base.at == "earlier"
            && !base.timing.is_empty()
            && !base.missing.contains_key("timing")
    );
    // No system at all, as on other distributions.
    let nowhere = world.hwtune(&[
        "rollout",
        "baseline",
        "--state",
        "b.toml",
        "--system",
        "/nonexistent",
        "--samples",
        "2",
    ]);
    assert!(
        nowhere.status.code() == Some(0) && stdout(&nowhere).contains("not recorded: system: /nonexistent")
    );
}
