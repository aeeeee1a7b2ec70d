//! One page, followed from top to bottom in a scratch directory.

use crate::docs::fence::{Fence, Use, fences};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a command of a page may begin with. Others belong into a block that is not run.
const TOOLS: [&str; 11] =
    ["hwtune", "cargo", "cat", "cd", "cp", "echo", "grep", "make", "mkdir", "nix-instantiate", "source"];

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown pages that are for people: the README, CONTRIBUTING, the changelog and the book.
pub fn pages() -> Vec<String> {
    let mut pages: Vec<String> = Vec::new();
    let mut folders = vec![root(), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && folder != root() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                pages.push(path.strip_prefix(root()).unwrap().display().to_string());
            }
        }
    }
    pages.sort();
    pages
}

/// Follows a page: files are written, commands run, shown output looked for.
pub fn follow(name: &str) {
    let text = fs::read_to_string(root().join(name)).unwrap();
    let scratch = scratch();
    for fence in fences(Path::new(name), &text) {
        match &fence.purpose {
            Use::Read => {}
            Use::File(file) => {
                let path = scratch.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, fence.lines.join("\n") + "\n").unwrap();
            }
            Use::From(file) => {
                let whole = fs::read_to_string(root().join(file)).unwrap();
                assert!(whole.contains(&fence.lines.join("\n")), "{}: not what {file} says", fence.place);
            }
            Use::Parse => fence.commands().iter().for_each(|c| parse(&fence, c)),
            Use::Run | Use::Expect => run(&fence, scratch.path()),
        }
    }
}

/// A home, a program and a measured profile of this host; the repository's data beside them, so that nothing of it is
/// written to.
fn scratch() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let here = scratch.path();
    for folder in ["bin", "home", "profiles"] {
        fs::create_dir(here.join(folder)).unwrap();
    }
    symlink(root().join("tests/docs/hwtune.sh"), here.join("bin/hwtune")).unwrap();
    for beside in ["tests", "probes", "docs", "examples"] {
        symlink(root().join(beside), here.join(beside)).unwrap();
    }
    for entry in fs::read_dir(root().join("profiles")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, here.join("profiles").join(path.file_name().unwrap())).unwrap();
    }
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut own = hwtune::profile::read(&root().join("docs/examples/turin-guest.toml")).unwrap();
    own.host = hwtune::host::live().unwrap().host;
    own.host.name = host.clone();
    own.fingerprint = hwtune::profile::fingerprint(&own);
    let text = hwtune::profile::to_toml(&own).unwrap();
    fs::write(here.join("profiles").join(format!("{host}.toml")), text).unwrap();
    scratch
}

fn shell(command: &str, folder: &Path) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let home = folder.join("home");
    Command::new("bash")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("HWTUNE", env!("CARGO_BIN_EXE_hwtune"))
        .env("HOME", &home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("NIX_STATE_DIR", home.join("nix"))
        .env("NIX_LOG_DIR", home.join("nix-log"))
        .env("COLUMNS", "110")
        .output()
        .unwrap()
}

fn run(fence: &Fence, folder: &Path) {
    let mut said = String::new();
    for command in fence.commands() {
        let first = command.split_whitespace().next().unwrap_or_default();
        assert!(TOOLS.contains(&first), "{}: `{first}` is run by no test; say no-run=", fence.place);
        parse(fence, &command);
        // In the repository itself cargo would wait for the very test that runs it.
        let ours = command.strip_prefix("cargo run --release -- ").map(|rest| format!("hwtune {rest}"));
        if first == "cargo" && ours.is_none() {
            panic!("{}: `{command}` is not run; say no-run=", fence.place);
        }
        let out = shell(&format!("set -o pipefail; {}", ours.as_deref().unwrap_or(&command)), folder);
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        // A profile from another host is stale here: that is an answer.
        let stale = command.starts_with("hwtune check") && out.status.code() == Some(10);
        assert!(out.status.success() || stale, "{}: {command}: {}\n{text}", fence.place, out.status);
        said.push_str(&text);
    }
    if fence.purpose == Use::Expect {
        let said: Vec<String> = said.lines().map(one_blank).collect();
        for line in fence.shown() {
            let wanted = one_blank(line);
            let there = said.iter().any(|l| fits(l, &wanted));
            assert!(there, "{}: nobody says `{wanted}`, but\n{}", fence.place, said.join("\n"));
        }
    }
}

fn one_blank(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a line is what was shown of it, `…` being any run of characters.
fn fits(line: &str, shown: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').map(str::trim).collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    if parts.len() == 1 {
        return line == shown;
    }
    let mut rest = line;
    for part in &parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    line.starts_with(first) && line.ends_with(last)
}

/// Whether hwtune takes these arguments, without running it: `--help` behind them. Pipes and the like end them.
fn parse(fence: &Fence, command: &str) {
    for call in calls(&fence.place, command) {
        let end = call.iter().position(|w| w == "--").unwrap_or(call.len());
        let (before, after) = call.split_at(end);
        let out = Command::new(env!("CARGO_BIN_EXE_hwtune"))
            .args(before)
            .arg("--help")
            .args(after)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "{}: hwtune does not take `{command}`: {said}", fence.place);
    }
}

/// The arguments of each call of hwtune in a line, `sudo` and `cargo run --` before it or not.
fn calls(place: &str, command: &str) -> Vec<Vec<String>> {
    let command = command.replace("cargo run --release --", "hwtune");
    let words = shlex::split(&command).unwrap_or_else(|| panic!("{place}: quotes of `{command}`"));
    let mut calls = Vec::new();
    let mut call: Option<Vec<String>> = None;
    for word in words {
        let ends = matches!(word.as_str(), "|" | "||" | "&&" | ";" | "&" | ">" | "<" | ">>" | "2>");
        match &mut call {
            Some(args) if !ends => args.push(word),
            Some(_) => calls.extend(call.take()),
            None if word == "hwtune" || word.ends_with("/bin/hwtune") => call = Some(Vec::new()),
            None => {}
        }
    }
    calls.extend(call);
    calls
}

#[test]
fn calls_end_at_pipes() {
    let found = calls("p", "sudo hwtune check -q || cargo run --release -- tune '-o' x   # why");
    assert_eq!(found, [vec!["check", "-q"], vec!["tune", "-o", "x"]]);
}

#[test]
fn an_ellipsis_is_any_run_of_characters() {
    assert!(fits("helps +7.1 [+4, +10] -O3", "helps … -O3") && fits("a b", "a b"));
    assert!(!fits("helps +7.1 -O2", "helps … -O3") && !fits("xhelps -O3", "helps …"));
}
