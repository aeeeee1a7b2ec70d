//! `hwtune fleet merge` as a command.

use crate::fleet::path;
use assert_cmd::Command;
use hwtune::profile;
use std::path::Path;
use std::sync::OnceLock;

fn merge(args: &[&str]) -> (i32, String, String) {
    let out = Command::cargo_bin("hwtune").unwrap().args(["fleet", "merge"]).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// A folder with three hosts of two architectures.
fn profiles() -> &'static str {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for name in ["measured", "zen5", "aarch64"] {
            let file = format!("{name}.toml");
            std::fs::copy(path("profiles").join(&file), folder.path().join(&file)).unwrap();
        }
        folder
    });
    folder.path().to_str().unwrap()
}

#[test]
fn a_folder_of_profiles_becomes_a_folder_of_groups() {
    let folder = tempfile::tempdir().unwrap();
    let out = format!("{}/groups/", folder.path().display());
    let (code, stdout, _) = merge(&[profiles(), "-o", &out]);
    assert_eq!(code, 0);
    assert!(stdout.contains("x86-64-v3  1 host: shoshin"), "{stdout}");
    for name in ["x86-64-v3", "x86-64-v4", "aarch64-neoverse-v1"] {
        let profile = profile::read(&Path::new(&out).join(format!("{name}.toml"))).unwrap();
        assert_eq!(profile.host.name, name);
    }
}

#[test]
fn a_merged_profile_is_rendered() {
    let (code, toml, _) = merge(&[profiles(), "--group", "x86-64-v4", "--format", "toml"]);
    assert_eq!(code, 0);
    assert!(toml.starts_with("# Merged by hwtune from 1 host: granite\n"), "{toml}");
    let render = |target: &str| {
        let mut command = Command::cargo_bin("hwtune").unwrap();
        command.args(["render", target, "--profile", "-"]).write_stdin(toml.clone()).assert().success();
    };
    ["nixos-overlay", "cmake", "makepkg", "env-sh"].iter().for_each(|target| render(target));
}

#[test]
fn several_groups_do_not_fit_one_file() {
    let (code, stdout, stderr) = merge(&[profiles(), "--format", "toml"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("--group") && stderr.contains("x86-64-v3"), "{stderr}");
    let (code, _, stderr) = merge(&[profiles(), "--group", "x86-64-v9"]);
    assert!(code == 2 && stderr.contains("there are aarch64-neoverse-v1, x86-64-v3, x86-64-v4"), "{stderr}");
}

#[test]
fn bad_input_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display().to_string();
    assert!(merge(&[&at]).2.contains("no profile in it"));
    std::fs::write(folder.path().join("broken.toml"), "schema = 1\nhost = 3\n").unwrap();
    let (code, _, stderr) = merge(&[profiles(), &at]);
    assert!(code == 2 && stderr.contains("broken.toml") && stderr.lines().count() == 1, "{stderr}");
    std::fs::write(folder.path().join("broken.toml"), "schema = 99\n").unwrap();
    assert_eq!(merge(&[&at]).0, 21);
    assert_eq!(merge(&["no-such-file.toml"]).0, 2);
    let (code, _, stderr) = merge(&[profiles(), "-o", profiles()]);
    assert!(code == 2 && stderr.contains("take the groups for hosts"), "{stderr}");
}

#[test]
fn programs_get_the_hosts_to_tune() {
    let (_, stdout, _) = merge(&[profiles(), "--by", "architecture", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let groups = json["groups"].as_array().unwrap();
    let x86 = groups.iter().find(|g| g["name"] == "x86-64").unwrap();
    assert_eq!(x86["hosts"], serde_json::json!(["granite", "shoshin"]));
    assert_eq!(x86["retune"][0]["host"], "granite");
    assert_eq!(x86["profile"]["host"]["microarchitecture"], "x86-64-v3");
}
