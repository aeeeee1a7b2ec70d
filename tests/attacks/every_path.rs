//! The calls of `paths` leave out no option and no argument that takes a file or a folder.

use super::paths::{CALLS, WORDED, hwtune};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

/// Every option and argument that is a file or a folder stands in one of the calls.
#[test]
fn no_command_is_left_out() {
    let run = |args: &[&str]| {
        let args: Vec<OsString> = args.iter().map(Into::into).collect();
        String::from_utf8(hwtune(Path::new("/"), &args).stdout).unwrap()
    };
    let commands = |args: &[&str]| -> Vec<String> {
        let help = run(&[args, &["--help"]].concat());
        let list = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let list = list.split("\n\n").next().unwrap_or_default();
        let names = list.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
        names.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help").map(String::from).collect()
    };
    let mut all: Vec<Vec<String>> = Vec::new();
    for name in commands(&[]) {
        let below = commands(&[&name]);
        match below.is_empty() {
            true => all.push(vec![name]),
            false => all.extend(below.into_iter().map(|sub| vec![name.clone(), sub])),
        }
    }
    assert!(all.len() > 20, "{all:?}");
    let calls: Vec<&str> = CALLS.iter().map(|(_, c)| *c).chain(WORDED).collect();
    // What every command takes is tried with some of them.
    let common: BTreeSet<&str> =
        BTreeSet::from(["--output", "--profile", "--cc", "--probes", "--allow-read"]);
    for command in all {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let called = command.join(" ");
        let mine: Vec<&&str> =
            calls.iter().filter(|c| format!("{c} ").starts_with(&format!("{called} "))).collect();
        let help = run(&[&words[..], &["--help"]].concat());
        for line in help
            .lines()
            .map(str::trim)
            .filter(|l| l.starts_with('-') || l.starts_with('<') || l.starts_with('['))
        {
            let takes = ["FILE", "DIR", "PATH>", "PATH]", "LIB>", "PROFILE", "<CC>", "<A>", "<B>"];
            if !takes.iter().any(|t| line.contains(t)) {
                continue;
            }
            let option = line.split_whitespace().find(|w| w.starts_with("--"));
            let tried = match option {
                Some("--output") => calls.iter().any(|c| c.contains(" -o @")),
                Some(o) if common.contains(o) => calls.iter().any(|c| c.contains(&format!("{o} @"))),
                Some(o) => {
                    mine.iter().any(|c| c.contains(&format!("{o} @")) || c.contains(&format!("{o} zlib=@")))
                }
                None => mine.iter().any(|c| c.split(' ').any(|w| w.starts_with('@'))),
            };
            assert!(tried, "{called}: {line}");
        }
    }
}
