//! Files that shells and systemd read, and what Cargo and Go make of the variables.

use super::{FLAGS, command, folder, folder_of_nothing, run, search, tool, write};
use std::path::Path;
use std::process::Command;

const RUST: &str = "-C target-cpu=skylake";

/// A script under sh, with nothing in the environment but these variables.
fn sh(folder: &Path, variables: &[(&str, &str)], script: &str) -> String {
    let mut sh = Command::new("sh");
    sh.args(["-euc", script]).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin");
    run(sh.envs(variables.iter().copied())).trim_end().to_string()
}

/// Shows the variables, `-` for one that is not set.
const SHOW: &str = "for v in CFLAGS CXXFLAGS RUSTFLAGS CARGO_BUILD_RUSTFLAGS GOAMD64; do \
                    eval \"printf '%s|' \\\"\\${$v--}\\\"\"; done";

#[test]
fn variables_keep_what_they_hold() {
    let (with, without) = (folder(&["env-sh", "envrc"]), folder_of_nothing(&["env-sh", "envrc"]));
    let own = [("CFLAGS", "-DOWN"), ("RUSTFLAGS", "--cfg own"), ("GOAMD64", "v1")];
    for file in ["hwtune.env.sh", ".envrc"] {
        let once = format!(". ./{file}; {SHOW}");
        let twice = format!(". ./{file}; . ./{file}; {SHOW}");
        let fresh = format!("-O2 -g {FLAGS}|-O2 -g {FLAGS}|-|{RUST}|v3|");
        let kept = format!("-DOWN {FLAGS}|-O2 -g {FLAGS}|--cfg own {RUST}|-|v1|");
        for script in [&once, &twice] {
            assert_eq!(sh(with.path(), &[], script), fresh);
            assert_eq!(sh(with.path(), &own, script), kept);
        }
        // Names of the CPU are written also where no flags are.
        assert_eq!(sh(without.path(), &[], &once), format!("-|-|-|{RUST}|v3|"));
        assert_eq!(sh(without.path(), &own, &once), format!("-DOWN|-|--cfg own {RUST}|-|v1|"));
    }
    for (target, file, variable, value) in [
        ("conda", "hwtune.sh", "CONDA_OVERRIDE_ARCHSPEC", "skylake"),
        ("oci", "hwtune-oci.sh", "DOCKER_DEFAULT_PLATFORM", "linux/amd64/v3"),
    ] {
        let folder = folder(&[target]);
        let script = format!(". ./{file}; printenv {variable}");
        assert_eq!(sh(folder.path(), &[], &script), value);
        assert_eq!(sh(folder.path(), &[(variable, "own")], &script), "own");
    }
}

#[test]
#[ignore = "needs fish"]
fn fish_keeps_what_variables_hold() {
    let script = "source hwtune.fish; source hwtune.fish; printenv CFLAGS CXXFLAGS RUSTFLAGS CARGO_BUILD_RUSTFLAGS GOAMD64; true";
    let fish = |folder: &Path, variables: &[(&str, &str)]| {
        let mut fish = command(tool("fish"));
        run(fish.args(["--no-config", "-c", script]).current_dir(folder).envs(variables.iter().copied()))
    };
    let own = [("CFLAGS", "-DOWN"), ("RUSTFLAGS", "--cfg own"), ("GOAMD64", "v1")];
    let (with, without) = (folder(&["env-fish"]), folder_of_nothing(&["env-fish"]));
    assert_eq!(fish(with.path(), &[]), format!("-O2 -g {FLAGS}\n-O2 -g {FLAGS}\n{RUST}\nv3\n"));
    assert_eq!(fish(with.path(), &own), format!("-DOWN {FLAGS}\n-O2 -g {FLAGS}\n--cfg own {RUST}\nv1\n"));
    assert_eq!(fish(without.path(), &own[..1]), format!("-DOWN\n{RUST}\nv3\n"));
}

#[test]
#[ignore = "needs systemd's generator"]
fn systemd_reads_the_file_of_environment_d() {
    let generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";
    for (folder, added) in [
        (folder(&["environment.d"]), format!(" {FLAGS}")),
        (folder_of_nothing(&["environment.d"]), String::new()),
    ] {
        let root = folder.path();
        let text = std::fs::read_to_string(root.join("60-hwtune.conf")).unwrap();
        write(root, &[("environment.d/60-hwtune.conf", &text)]);
        let shown = || {
            let text =
                run(Command::new(generator).env_clear().env("XDG_CONFIG_HOME", root).env("HOME", root));
            text.replace('"', "")
        };
        let empty = shown();
        assert!(empty.contains(&format!("CARGO_BUILD_RUSTFLAGS={RUST}\nGOAMD64=v3\n")), "{empty}");
        let fresh = format!("CFLAGS=-O2 -g{added}\n");
        assert_eq!(empty.contains(&fresh), !added.is_empty(), "{empty}");
        write(
            root,
            &[("environment.d/50-own.conf", "CFLAGS=-DOWN\nCARGO_BUILD_RUSTFLAGS=--cfg own\nGOAMD64=v1\n")],
        );
        let kept = shown();
        for line in
            [&format!("CFLAGS=-DOWN{added}\n"), &format!("RUSTFLAGS=--cfg own {RUST}\n"), "GOAMD64=v1\n"]
        {
            assert!(kept.contains(line), "{line}: {kept}");
        }
    }
}

#[test]
#[ignore = "needs direnv"]
fn direnv_reads_the_file_beside_ones_own() {
    let folder = folder(&["envrc"]);
    let root = folder.path();
    std::fs::rename(root.join(".envrc"), root.join(".envrc.hwtune")).unwrap();
    write(root, &[(".envrc", "export CFLAGS=-DOWN\nsource_env .envrc.hwtune\n")]);
    let direnv = |args: &[&str]| {
        run(command(tool("direnv")).args(args).current_dir(root).env("HOME", root).env("XDG_DATA_HOME", root))
    };
    direnv(&["allow"]);
    let shown = direnv(&["exec", ".", "printenv", "CFLAGS"]);
    assert_eq!(shown, format!("-DOWN {FLAGS}\n"));
}

/// The flags with which Cargo calls rustc in a project, by its own report.
fn cargo(root: &Path, configure: impl Fn(&mut Command)) -> String {
    write(
        root,
        &[
            ("Cargo.toml", "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n"),
            ("src/lib.rs", ""),
        ],
    );
    let mut cargo = command("cargo");
    cargo.args(["check", "-v", "--offline"]).current_dir(root).env("CARGO_TARGET_DIR", root.join("target"));
    configure(&mut cargo);
    let out = cargo.output().unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{text}");
    std::fs::remove_dir_all(root.join("target")).unwrap();
    text
}

#[test]
fn cargo_joins_the_flags_with_the_projects() {
    let folder = folder(&["cargo", "env-sh"]);
    let root = folder.path();
    let by_file = |cargo: &mut Command| {
        cargo.args(["--config", "hwtune.toml"]);
    };
    let by_variable = |cargo: &mut Command| {
        cargo.env("CARGO_BUILD_RUSTFLAGS", RUST);
    };
    assert!(cargo(root, by_file).contains(RUST));
    write(root, &[(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"own\"]\n")]);
    for text in [cargo(root, by_file), cargo(root, by_variable)] {
        assert!(text.contains("--cfg own") && text.contains(RUST), "{text}");
    }
    // What the project says of its target stays too, and alone.
    write(
        root,
        &[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nrustflags = [\"--cfg\", \"own\"]\n")],
    );
    let text = cargo(root, by_file);
    assert!(text.contains("--cfg own"), "{text}");
}

#[test]
#[ignore = "needs go"]
fn go_gets_the_variables() {
    let go = |folder: &Path, variables: &[(&str, &str)]| {
        let script = ". ./hwtune-go.sh; . ./hwtune-go.sh; go env GOAMD64 CGO_CFLAGS CGO_CXXFLAGS";
        let mut sh = command("sh");
        sh.args(["-euc", script]).current_dir(folder).env("PATH", search());
        run(sh.env("GOENV", folder.join("env")).env("HOME", folder).envs(variables.iter().copied()))
    };
    let (with, without) = (folder(&["go"]), folder_of_nothing(&["go"]));
    assert_eq!(go(with.path(), &[]), format!("v3\n-O2 -g {FLAGS}\n-O2 -g {FLAGS}\n"));
    assert_eq!(go(without.path(), &[]), "v3\n-O2 -g\n-O2 -g\n");
    write(with.path(), &[("env", "CGO_CFLAGS=-DOWN\n")]);
    assert_eq!(go(with.path(), &[("GOAMD64", "v1")]), format!("v1\n-DOWN {FLAGS}\n-O2 -g {FLAGS}\n"));
    write(without.path(), &[("env", "CGO_CFLAGS=-DOWN\n")]);
    assert_eq!(go(without.path(), &[]), "v3\n-DOWN\n-O2 -g\n");
}
