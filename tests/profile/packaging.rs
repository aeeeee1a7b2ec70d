//! What runs the check at boot.

use crate::profile::support::path;
use serde_json::Value;
use std::process::Command;

#[test]
fn systemd_takes_the_unit() {
    let Ok(tool) = which::which("systemd-analyze") else {
        eprintln!("systemd-analyze is not installed: not checked");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("hwtune-check.service");
    let text = std::fs::read_to_string(path("packaging/hwtune-check.service")).unwrap();
    // The program must be there for systemd to be content.
    let program = env!("CARGO_BIN_EXE_hwtune");
    std::fs::write(&unit, text.replace("/usr/bin/hwtune", program)).unwrap();
    let out = Command::new(tool).args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    let ours: Vec<&str> = said.lines().filter(|l| l.contains("hwtune-check")).collect();
    assert!(out.status.success() && ours.is_empty(), "{said}");
}

/// The unit that the module makes of some settings; null where it makes none.
fn unit(settings: &str) -> Value {
    let expression = format!(
        "let lib = import {lib};
           package = {{ type = \"derivation\"; outPath = \"/nix/store/hwtune\"; }};
           gcc = {{ type = \"derivation\"; outPath = \"/nix/store/gcc\"; }};
           declared = {{ options = {{
             networking.hostName = lib.mkOption {{ type = lib.types.str; default = \"shoshin\"; }};
             systemd.services = lib.mkOption {{ type = lib.types.attrsOf lib.types.anything; default = {{ }}; }};
           }}; }};
           result = lib.evalModules {{
             modules = [ declared (import {module}) {{ services.hwtune.check = {settings}; }} ];
             specialArgs = {{ }};
           }};
         in result.config.systemd.services.hwtune-check or null",
        lib = path("tests/nix/lib.nix").display(),
        module = path("packaging/nixos-check.nix").display()
    );
    let scratch = tempfile::tempdir().unwrap();
    let out = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "--expr", &expression])
        .env("HOME", scratch.path())
        .env("NIX_STATE_DIR", scratch.path().join("var"))
        .env("NIX_STORE_DIR", "/nix/store")
        .env("NIX_LOG_DIR", scratch.path().join("log"))
        .output()
        .expect("nix-instantiate: install Debian's nix-bin");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

#[test]
fn the_nixos_module_makes_the_unit() {
    assert_eq!(unit("{ inherit package; }"), Value::Null);
    let plain = unit("{ enable = true; inherit package; }");
    assert_eq!(
        plain["serviceConfig"]["ExecStart"],
        "/nix/store/hwtune/bin/hwtune check --profile /var/lib/hwtune/shoshin.toml --no-toolchains"
    );
    assert_eq!(plain["wantedBy"][0], "multi-user.target");
    let full = unit(
        "{ enable = true; strict = true; inherit package; compilers = [ gcc ]; profile = \"/p.toml\"; }",
    );
    assert_eq!(
        full["serviceConfig"]["ExecStart"],
        "/nix/store/hwtune/bin/hwtune check --profile /p.toml --strict"
    );
    assert_eq!(full["path"][0], "/nix/store/gcc");
}

/// Both say the same to systemd.
#[test]
fn unit_and_module_have_the_same_settings() {
    let text = std::fs::read_to_string(path("packaging/hwtune-check.service")).unwrap();
    let module = unit("{ enable = true; inherit package; }");
    let settings = module["serviceConfig"].as_object().unwrap();
    let service = text.split_once("[Service]\n").unwrap().1.split_once("\n[Install]").unwrap().0;
    let lines = service.lines().filter_map(|l| l.split_once('=')).filter(|(k, _)| !k.starts_with('#'));
    let mut seen = 0;
    for (key, value) in lines.filter(|(k, _)| !["ExecStart", "Environment"].contains(k)) {
        let ours = match &settings[key] {
            Value::Bool(true) => "yes".to_string(),
            other => other.as_str().unwrap().to_string(),
        };
        assert_eq!(ours, value, "{key}");
        seen += 1;
    }
    assert_eq!(seen, settings.len() - 1);
}
