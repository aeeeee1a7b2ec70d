//! flake.nix under real Nix: every output is forced. The modules it offers are those that are tested and rendered.

use crate::docs::page::root;
use serde_json::Value;
use std::process::Command;

fn evaluated() -> Value {
    let scratch = tempfile::tempdir().unwrap();
    let out = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json"])
        .arg(root().join("tests/nix/flake.nix"))
        .env("HOME", scratch.path())
        .env("NIX_STATE_DIR", scratch.path().join("var"))
        .env("NIX_STORE_DIR", "/nix/store")
        .env("NIX_LOG_DIR", scratch.path().join("log"))
        .output()
        .expect("nix-instantiate: install Debian's nix-bin");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

#[test]
fn every_output_of_the_flake_evaluates() {
    let flake = evaluated();
    let outputs = words(&flake["outputs"]);
    for wanted in ["apps", "checks", "devShells", "formatter", "nixosModules", "overlays", "packages"] {
        assert!(outputs.contains(&wanted), "{wanted} is not among {outputs:?}");
    }
    assert_eq!(flake["package"]["pname"], "hwtune");
    assert_eq!(flake["package"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(flake["lock"], "Cargo.lock");
    assert_eq!(flake["overlaid"], "/nix/store/hwtune");
    assert_eq!(flake["apps"]["x86_64-linux"]["default"]["program"], "/nix/store/hwtune/bin/hwtune");
    assert_eq!(words(&flake["checks"]["aarch64-linux"]), ["package", "runs"]);
}

/// The derivation's source has all that the program embeds or is built from, and neither builds nor caches.
#[test]
fn the_source_is_what_the_build_needs() {
    let flake = evaluated();
    let top = words(&flake["source"]["top"]);
    for wanted in ["Cargo.lock", "Cargo.toml", "build.rs", "probes", "profiles", "src", "README.md"] {
        assert!(top.contains(&wanted), "{wanted} is not among {top:?}");
    }
    assert!(!top.contains(&"target") && !top.contains(&"tests") && !top.contains(&".git"), "{top:?}");
    assert_eq!(flake["source"]["below"], true);
}

/// What the derivation's and the check's scripts say to hwtune is what it takes.
#[test]
fn the_scripts_call_hwtune_rightly() {
    let flake = evaluated();
    let install = flake["package"]["postInstall"].as_str().unwrap();
    assert!(install.contains("installManPage man/*.1"));
    let folder = tempfile::tempdir().unwrap();
    let script: String = install
        .lines()
        .filter(|l| !l.contains("wrapProgram"))
        .map(|l| l.replace("$out/bin/hwtune", "\"$HWTUNE\"") + "\n")
        .collect();
    let stubs = "installManPage() { test $# -gt 10; }; installShellCompletion() { test -s \"$2\" -a -s \"$4\" -a -s \"$6\"; };";
    let source = format!("cp -r {0}/README.md {0}/LICENSE-* {0}/docs {0}/profiles .", root().display());
    let runs = flake["runs"].as_str().unwrap().replace("/nix/store/", "/nonexistent/");
    // The path of the profile is one of the store, which Nix would have filled.
    let runs = runs
        .lines()
        .map(|l| match l.split_once("--profile ") {
            Some((head, _)) => format!("{head}--profile docs/examples/turin-guest.toml -o overlay.nix\n"),
            None => format!("{l}\n"),
        })
        .collect::<String>();
    let hwtune = "hwtune() { \"$HWTUNE\" \"$@\"; };";
    let whole = format!(
        "set -eu; {source}; {stubs} {hwtune} out=$PWD/out; {script}\nTMPDIR=$PWD out=$PWD/schema\n{runs}\ntest -s overlay.nix -a -s schema"
    );
    let out = Command::new("bash")
        .args(["-c", &whole])
        .current_dir(folder.path())
        .env("HWTUNE", env!("CARGO_BIN_EXE_hwtune"))
        .output()
        .unwrap();
    assert!(out.status.success(), "{whole}\n{}", String::from_utf8_lossy(&out.stderr));
    assert!(folder.path().join("out/share/nushell/vendor/autoload/hwtune.nu").exists());
}

#[test]
fn the_module_checks_at_boot_and_brings_the_profiles_flags() {
    let flake = evaluated();
    assert_eq!(
        flake["unit"],
        "/nix/store/hwtune/bin/hwtune check --profile /var/lib/hwtune/shoshin.toml --no-toolchains"
    );
    let kept = words(&flake["kept"]["zlib"]);
    assert!(
        !kept.is_empty() && kept.iter().all(|f| flake["flags"].as_str().unwrap().contains(f)),
        "{kept:?}"
    );
}

/// The module of the flake is the rendered one. `HWTUNE_UPDATE_GOLDEN=1` writes it.
#[test]
fn the_profile_module_is_the_rendered_one() {
    let out = Command::new(env!("CARGO_BIN_EXE_hwtune")).args(["render", "nixos-import"]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let file = root().join("packaging/nixos-profile.nix");
    if std::env::var_os("HWTUNE_UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &out.stdout).unwrap();
    }
    let held = std::fs::read(&file).unwrap_or_default();
    assert!(held == out.stdout, "packaging/nixos-profile.nix is old: HWTUNE_UPDATE_GOLDEN=1 writes it");
}

#[test]
fn nix_files_are_formatted() {
    for name in ["flake.nix", "packaging/package.nix", "packaging/nixos-check.nix", "tests/nix/flake.nix"] {
        let file = root().join(name);
        let text = std::fs::read_to_string(&file).unwrap();
        let formatted = nixfmt_rs::format(&text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        if std::env::var_os("HWTUNE_UPDATE_GOLDEN").is_some() {
            std::fs::write(&file, &formatted).unwrap();
            continue;
        }
        assert!(text == formatted, "{name} is not formatted as nixfmt does: HWTUNE_UPDATE_GOLDEN=1 does it");
    }
}
