//! The snippet, and the question whether it was taken.

use crate::rollout::world::{World, profile, stderr, stdout};

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
    let nixos =
        ["nixos-overlay", "nixos-replace", "nixos-side", "nixos-preload", "nixos-platform", "nixos-import"];
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

/// A small `<nixpkgs/nixos>` around the tests' own: what a configuration comes to, with the files that declare options.
fn nixpkgs(world: &World) -> String {
    let system = format!("{}/tests/nix/system.nix", env!("CARGO_MANIFEST_DIR"));
    let text = format!(
        "{{ configuration, ... }}: let s = import {system} {{ module = configuration; }}; in {{
           inherit (s) config; options.hwtune.enable = {{ inherit (s) declarations; files = [ configuration ]; }}; }}\n"
    );
    world.write("nixpkgs/nixos/default.nix", &text);
    format!("nixpkgs={}", text_of(&world.path("nixpkgs")))
}

fn text_of(path: &std::path::Path) -> String {
    path.to_str().unwrap().to_string()
}

/// Where there is Nix it is asked: no reading can follow every import that a function makes.
#[test]
fn nix_is_asked_where_it_is_there() {
    let world = World::new();
    let nixpkgs = nixpkgs(&world);
    let imported = |more: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_hwtune"));
        command.args(["rollout", "imported", "configuration.nix"]).args(more).env("NIX_PATH", &nixpkgs);
        command.output().unwrap()
    };
    for (target, file) in [("nixos-side", "hw/side.nix"), ("nixos-overlay", "hw/overlay.nix")] {
        let out = world.hwtune(&["render", target, "--profile", &profile(), "-o", file]);
        assert!(out.status.success(), "{}", stderr(&out));
    }
    let configure = |name: &str, enable: &str| {
        let text =
            format!("{{ ... }}: {{ imports = map (n: ./hw + (\"/\" + n + \".nix\")) {name}; {enable} }}\n");
        world.write("configuration.nix", &text);
    };
    configure("[ (builtins.substring 0 4 \"sidecar\") ]", "hwtune.enable = true;");
    let out = imported(&[]);
    assert_eq!(out.status.code(), Some(0), "{}{}", stdout(&out), stderr(&out));
    assert!(stdout(&out).contains("hw/side.nix (nixos-side), imported by"), "{}", stdout(&out));
    assert!(stdout(&out).contains("hwtune.enable = true: "), "{}", stdout(&out));
    let json: serde_json::Value = serde_json::from_slice(&imported(&["--format", "json"]).stdout).unwrap();
    assert_eq!((&json["evaluated"], json["notes"].as_array().unwrap().len()), (&true.into(), 0));
    configure("[ \"side\" ]", "hwtune.enable = false;");
    assert!(stdout(&imported(&[])).contains("hwtune.enable is false"), "{}", stdout(&imported(&[])));
    configure("[ ]", "");
    let out = imported(&[]);
    assert!(out.status.code() == Some(13) && stdout(&out).contains("(evaluated)"), "{}", stdout(&out));
    // What does not evaluate is read, and the reason is given.
    configure("[ \"side\" \"gone\" ]", "");
    let out = imported(&[]);
    assert!(stderr(&out).contains("not evaluated, so its files were read"), "{}", stderr(&out));
    // The plan takes the programs of the configuration.
    configure("[ \"side\" ]", "hwtune.enable = true; hwtune.consumers = [ \"curl\" ];");
    let mut command = world.command(env!("CARGO_BIN_EXE_hwtune"));
    let args = [
        "rollout",
        "plan",
        "--route",
        "side",
        "--state",
        "s.toml",
        "--config",
        "configuration.nix",
        "-o",
        "p.sh",
    ];
    let out = command.args(args).args(["--profile", &profile()]).env("NIX_PATH", &nixpkgs).output().unwrap();
    assert!(out.status.success(), "{}", stderr(&out));
    let state = hwtune::rollout::read_state(&world.path("s.toml")).unwrap().unwrap();
    assert_eq!(state.plan.unwrap().consumers, ["curl"], "{}", stderr(&out));
}

/// The module of hwtune's own flake has no rendered file: only evaluating shows it.
#[test]
fn the_module_of_a_flake_is_found() {
    let world = World::new();
    let root = env!("CARGO_MANIFEST_DIR");
    let text = format!(
        "{{ outputs = {{ self }}: {{
             nixosModules.default = {{ imports = [ {root}/packaging/nixos-profile.nix ]; }};
             nixosConfigurations = rec {{
               shoshin = let s = import {root}/tests/nix/system.nix {{
                   module = self.nixosModules.default; settings.hwtune.enable = true; }};
                 in {{ inherit (s) config; options.hwtune.enable = {{ inherit (s) declarations; files = [ ]; }}; }};
               other = shoshin; }};
           }}; }}\n"
    );
    world.write("etc/flake.nix", &text);
    let out = world.hwtune(&["rollout", "imported", "etc"]);
    assert_eq!(out.status.code(), Some(0), "{}{}", stdout(&out), stderr(&out));
    assert!(stdout(&out).contains("packaging/nixos-profile.nix (nixos-import)"), "{}", stdout(&out));
    assert!(!stdout(&out).contains("more than one route") && stdout(&out).contains("hwtune.enable = true"));
}
