//! The snippet, and the question whether it was taken.

use crate::world::{World, profile, stderr, stdout};

#[test]
fn a_snippet_that_was_taken_is_found_and_evaluates() {
    for (kind, into) in [("--flake", "flake.nix"), ("--channel", "configuration.nix")] {
        let world = World::new();
        let file = "hosts/shoshin/nixos/modules/system/overlays/hwtune-overlay.nix";
        let rendered = world.hwtune(&["render", "nixos-overlay", "--profile", &profile(), "-o", file]);
        assert!(rendered.status.success());
        world.write(into, "{ ... }: { imports = [ ]; }\n");
        let before = world.hwtune(&["rollout", "imported", "."]);
        assert!(
            before.status.code() == Some(13) && stdout(&before).starts_with("no: "),
            "{}",
            stdout(&before)
        );
        let layout = "hosts/HOST/nixos/modules/system/overlays/";
        let out = world.hwtune(&[
            "rollout",
            "snippet",
            kind,
            "--layout",
            layout,
            "--profile",
            &profile(),
            "-o",
            into,
        ]);
        assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
        let after = world.hwtune(&["rollout", "imported", "."]);
        assert_eq!(after.status.code(), Some(0), "{}{}", stdout(&after), stderr(&after));
        assert!(
            stdout(&after).contains("nixos-overlay") && stdout(&after).contains("hwtune.enable = true: ")
        );
        let parsed = world.command("nix-instantiate").args(["--parse", into]).output().unwrap();
        assert!(parsed.status.success(), "{}", stderr(&parsed));
    }
}

#[test]
fn what_a_snippet_sets_is_what_the_module_of_its_target_declares() {
    let system = format!("{}/tests/nix/system.nix", env!("CARGO_MANIFEST_DIR"));
    let nixos = ["nixos-overlay", "nixos-replace", "nixos-side", "nixos-platform", "nixos-import"];
    for target in nixos.into_iter().chain(["home-manager-overlay", "home-manager-runtimes"]) {
        for kind in ["--flake", "--channel"] {
            let world = World::new();
            let list = stdout(&world.hwtune(&["render", "--list", "--format", "json"]));
            let list: serde_json::Value = serde_json::from_str(&list).unwrap();
            let row = list.as_array().unwrap().iter().find(|r| r["name"] == target).unwrap();
            let file = format!("hw/{}", row["file"].as_str().unwrap());
            let rendered = world.hwtune(&["render", target, "--profile", &profile(), "-o", &file]);
            assert!(rendered.status.success(), "{}", stderr(&rendered));
            std::fs::copy(profile(), world.path("hw/shoshin.toml")).unwrap();
            let args = [
                "rollout",
                "snippet",
                kind,
                "--target",
                target,
                "--layout",
                "hw/",
                "--profile",
                &profile(),
                "-o",
                "s.nix",
            ];
            assert!(world.hwtune(&args).status.success());
            let taken = match kind {
                "--flake" if target.starts_with("nixos") => {
                    "let all = ((import ./s.nix).outputs { nixpkgs.lib.nixosSystem = x: x; }).nixosConfigurations.shoshin.modules; \
                     in { module = builtins.head all; settings = builtins.elemAt all 1; }"
                }
                _ => {
                    "let c = import ./s.nix { }; in { module = builtins.head c.imports; \
                     settings = removeAttrs c [ \"imports\" ]; }"
                }
            };
            let expr = format!(
                "let taken = {taken}; s = import {system} {{ module = import taken.module; settings = taken.settings; }}; \
                 in builtins.deepSeq s.config.hwtune.enable s.config.hwtune.enable"
            );
            let out = world.command("nix-instantiate").args(["--eval", "-E", &expr]).output().unwrap();
            assert_eq!(stdout(&out).trim(), "true", "{target} {kind}: {}", stderr(&out));
        }
    }
}

#[test]
fn imports_are_followed_and_two_modules_are_a_clash() {
    let world = World::new();
    world.write("configuration.nix", "{ imports = [ ./modules ./gone.nix ]; hwtune.enable = true; }\n");
    world.write("modules/default.nix", "{ lib, ... }: { imports = lib.optionals true [ ../hw/a.nix ]; }\n");
    let module = "# Made by hwtune 0.1.0 (render nixos-side).\n{ options.hwtune.enable = 1; }\n";
    world.write("hw/a.nix", module);
    world.write("hw/b.nix", module);
    let out = world.hwtune(&["rollout", "imported", "configuration.nix", "--format", "json", "-v"]);
    let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!((out.status.code(), json["modules"].as_array().unwrap().len()), (Some(0), 1), "{json}");
    assert!(stderr(&out).contains("./gone.nix is not there"), "{}", stderr(&out));
    world.write("modules/default.nix", "{ imports = [ ../hw/a.nix ../hw/b.nix ]; }\n");
    assert!(stdout(&world.hwtune(&["rollout", "imported", "."])).contains("one at a time"));
    world.write("modules/default.nix", "{ imports = [ ../hw/a.nix ]; disabledModules = [ ../hw/a.nix ]; }\n");
    assert_eq!(world.hwtune(&["rollout", "imported", "."]).status.code(), Some(13));
    // What is filled in, and folders that a function lists.
    for (text, code) in [
        ("{ host, ... }: { imports = [ ../${host}/a.nix ]; }", 0),
        ("{ host, ... }: { imports = [ (./. + \"/../hw/${host}.nix\") ]; }", 0),
        ("{ host, ... }: { imports = [ ../${host}/c.nix ]; }", 13),
        ("{ lib, ... }: { imports = lib.filesystem.listFilesRecursive ../hw; }", 0),
        ("{ lib, ... }: { x = builtins.readDir ../hw; }", 13),
    ] {
        world.write("modules/default.nix", text);
        let out = world.hwtune(&["rollout", "imported", "."]);
        assert_eq!(out.status.code(), Some(code), "{text}: {}{}", stdout(&out), stderr(&out));
        assert_eq!(code == 0, stderr(&out).contains("that fits was followed"), "{text}: {}", stderr(&out));
    }
    for (name, text, words) in [("broken.nix", "{ a = ; }", "no Nix"), ("x/y.txt", "", "x:")] {
        let path = world.write(name, text);
        let at = if name.starts_with('x') { path.parent().unwrap().to_path_buf() } else { path };
        let out = world.hwtune(&["rollout", "imported", at.to_str().unwrap()]);
        assert!(out.status.code() == Some(2) && stderr(&out).contains(words), "{}", stderr(&out));
    }
    assert_eq!(world.hwtune(&["rollout", "imported", "/nonexistent"]).status.code(), Some(2));
}

#[test]
fn a_path_that_breaks_the_line_is_told_on_one() {
    let world = World::new();
    world.write("configuration.nix", "{ imports = [ (./. + \"/gone\nhwtune: error: b.nix\") ]; }\n");
    let out = world.hwtune(&["rollout", "imported", "configuration.nix", "-v"]);
    assert!(stderr(&out).contains("gone\\nhwtune: error: b.nix is not there"), "{}", stderr(&out));
    assert!(!stderr(&out).lines().any(|line| line.starts_with("hwtune: error")), "{}", stderr(&out));
}
