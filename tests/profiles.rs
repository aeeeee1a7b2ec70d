//! Every profile of `profiles/` and `docs/examples/` renders to text that real Nix parses, with exactly the flags that the tool says it keeps.

use std::io::Write;
use std::process::{Command, Stdio};

fn hwtune(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What real Nix says of a text on standard input.
fn nix(expression: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new("nix-instantiate")
        .args(["--eval", "--strict", "--json", "-"])
        .env("HOME", home.path())
        .env("NIX_STATE_DIR", home.path().join("state"))
        .env("NIX_STORE_DIR", home.path().join("store"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("nix-instantiate: install nix-bin");
    child.stdin.take().unwrap().write_all(expression.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_profile_becomes_an_overlay_with_exactly_the_flags_it_keeps() {
    let mut seen = 0;
    let folders = ["profiles", "docs/examples"].map(|folder| std::fs::read_dir(folder).unwrap());
    for entry in folders.into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        seen += 1;
        let profile = path.to_str().unwrap();
        let common = ["render", "nixos-overlay", "--profile", profile, "--allow-unmeasured"];
        let module = hwtune(&common);
        let kept = hwtune(&[&common[..], &["--explain", "--format", "json"]].concat());
        let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
        // The module over a package that carries a flag already; the overlay alone is what is looked at.
        let expression = format!(
            "let lib = {{ toList = x: if builtins.isList x then x else [ x ]; filter = builtins.filter;
                   mkEnableOption = _: {{ }}; mkOption = x: x; mkIf = _: x: x; types.bool = null; }};
                 old = {{ env.NIX_CFLAGS_COMPILE = \"-static-libgcc\"; }};
                 package.overrideAttrs = f: old // f old;
                 stdenv = rec {{ hostPlatform = {{ system = \"x86_64-linux\"; isGnu = true; }}; buildPlatform = hostPlatform; }};
                 prev = {{ inherit stdenv; glibc = package; zlib = package; }};
                 on.enable = true;
                 module = ({module}) {{ config.hwtune = {{ enable = true; glibc = on; zlib = on; }}; inherit lib; pkgs = null; }};
                 overlay = builtins.head module.config.nixpkgs.overlays;
                 got = overlay {{ }} prev;
                 flags = p: (got.${{p}} or old).env.NIX_CFLAGS_COMPILE or old.env.NIX_CFLAGS_COMPILE;
             in {{ glibc = flags \"glibc\"; zlib = flags \"zlib\"; }}"
        );
        let got: serde_json::Value = serde_json::from_str(&nix(&expression)).unwrap();
        for package in ["glibc", "zlib"] {
            let flags = flags_kept(&kept, package);
            let wanted =
                ["-static-libgcc".to_string()].into_iter().chain(flags).collect::<Vec<_>>().join(" ");
            assert_eq!(got[package], wanted, "{profile} {package}");
        }
    }
    assert!(seen >= 2, "one profile measured, one not");
}

/// The flags that `--explain --format json` lists as kept for a package.
fn flags_kept(explained: &serde_json::Value, package: &str) -> Vec<String> {
    let choices = explained["packages"].as_array().expect("a list of packages");
    let choice = choices.iter().find(|c| c["package"] == package);
    let kept = choice.and_then(|c| c["kept"].as_array()).cloned().unwrap_or_default();
    kept.iter().map(|k| k["flag"].as_str().or(k.as_str()).unwrap().to_string()).collect()
}
