//! `hwtune sources`: package managers that are scripts here, and what `tune` makes of what they bring.

use crate::support::mine::{Mine, fails, stderr};
use hwtune::profile::{self, Evidence};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

/// A manager by its script, first in PATH.
fn manager(mine: &Mine, name: &str, script: &str) {
    mine.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}"));
    let path = mine.path(&format!("bin/{name}"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(mine: &Mine, args: &[&str]) -> Output {
    let path = format!("{}:{}", mine.path("bin").display(), std::env::var("PATH").unwrap());
    Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(["--probes", "probes"])
        .args(args)
        .current_dir(mine.dir.path())
        .env_remove("CC")
        .env("PATH", path)
        .env("XDG_CACHE_HOME", mine.path("cache"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn what_the_package_manager_brings_is_kept_with_its_digest_and_tuned() {
    let mine = Mine::new();
    mine.write("flags", "-O2\n");
    let tree = mine.path("tree").display().to_string();
    manager(
        &mine,
        "apt-get",
        &format!("[ \"$1 $2\" = 'source mine' ] && mkdir mine-2.5 && cp -r {tree}/* mine-2.5\n"),
    );
    let tune = || {
        run(
            &mine,
            &["tune", "--package", "mine", "--candidates", "flags", "--budget", "5s", "-o", "host.toml"],
        )
    };
    // Nothing is fetched by tune itself.
    fails(&tune(), 2, &["package mine: has no kernels", "--source mine=DIR"]);
    assert!(stderr(&tune()).contains("run `hwtune sources get mine` first"));

    let shown = run(&mine, &["sources", "get", "mine", "--with", "apt", "--dry-run"]);
    assert_eq!(String::from_utf8_lossy(&shown.stdout), "apt-get source mine\n");
    let got = run(&mine, &["sources", "get", "mine", "--with", "apt"]);
    assert_eq!(got.status.code(), Some(0), "{}", stderr(&got));
    assert!(
        stderr(&got).contains("runs: apt-get source mine")
            && stderr(&got).contains("mine 2.5 by apt, sha256")
    );
    let list = run(&mine, &["sources", "list"]);
    assert!(String::from_utf8_lossy(&list.stdout).starts_with("mine 2.5 by apt, sha256"));

    let tuned = tune();
    assert_eq!(tuned.status.code(), Some(0), "{}", stderr(&tuned));
    let made = profile::read(&mine.path("host.toml")).unwrap();
    assert_eq!(made.package["mine"].evidence, Evidence::Package);
    // What was changed since is not what was fetched.
    mine.replace("cache/hwtune/sources/mine/tree/src/sum.c", "(i & 7)", "(i & 3)");
    fails(&tune(), 2, &["sources of mine", "not what was fetched", "sources get mine"]);
    assert_eq!(run(&mine, &["sources", "remove", "mine"]).status.code(), Some(0));
    fails(&run(&mine, &["sources", "remove", "mine"]), 2, &["none are kept"]);
}

#[test]
fn a_package_manager_that_has_nothing_is_told_in_its_own_words() {
    let mine = Mine::new();
    manager(
        &mine,
        "apt-get",
        "echo 'E: You must put some deb-src URIs in your sources.list' >&2; exit 100\n",
    );
    let get = |package: &str, with: &str| run(&mine, &["sources", "get", package, "--with", with]);
    fails(&get("mine", "apt"), 2, &["apt-get source mine", "deb-src URIs", "add deb-src lines"]);
    // One that brings another thing.
    manager(&mine, "dnf", "mkdir other; : > other/x.src.rpm; : > a.src.rpm\n");
    manager(&mine, "rpm2cpio", "exit 0\n");
    manager(&mine, "cpio", "exit 0\n");
    fails(&get("mine", "dnf"), 2, &["dnf brought no tree that the trial describes"]);
    fails(&get("mine", "guix"), 2, &["no package manager \"guix\"", "apt, dnf, pkgctl, ebuild, nix"]);
    fails(&get("../mine", "apt"), 2, &["package ../mine: unknown"]);
    assert!(!mine.path("cache/hwtune/sources/mine").exists());
}
