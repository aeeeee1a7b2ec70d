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
    for (name, text, words) in [("broken.nix", "{ a = ; }", "no Nix"), ("x/y.txt", "", "x:")] {
        let path = world.write(name, text);
        let at = if name.starts_with('x') { path.parent().unwrap().to_path_buf() } else { path };
        let out = world.hwtune(&["rollout", "imported", at.to_str().unwrap()]);
        assert!(out.status.code() == Some(2) && stderr(&out).contains(words), "{}", stderr(&out));
    }
    assert_eq!(world.hwtune(&["rollout", "imported", "/nonexistent"]).status.code(), Some(2));
}
