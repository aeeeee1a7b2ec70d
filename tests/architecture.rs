//! The promises of `docs/architecture.md` that the code can be asked about: its map, its direction and its sizes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most lines that a file may have.
const LINES: usize = 350;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a folder of the repository, each with its path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder, &[".rs"])
}

/// The files below a folder whose names end in one of these.
fn files(folder: &str, ends: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_string();
            match path.is_dir() {
                true => folders.push(path),
                false if ends.iter().any(|end| name.ends_with(end)) => {
                    found.push((name, std::fs::read_to_string(path).unwrap()))
                }
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// The folder of `src` that a file belongs to; none for those that lie in `src` itself.
fn folder(file: &str) -> Option<&str> {
    file.strip_prefix("src/")?.split_once('/').map(|(folder, _)| folder)
}

/// What stands between backquotes.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(String::from).collect()
}

/// The map of the page: each folder with those that it may use; `None` where it may use everything.
fn map() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, map) = page.split_once("## The map").unwrap();
    let (map, _) = map.split_once("\n## ").unwrap();
    let rows = map.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    cells
        .map(|cells| {
            let [name, _, uses] = cells[..] else { panic!("three columns: {cells:?}") };
            (name.trim_end_matches('`').to_string(), (uses != "everything").then(|| quoted(uses)))
        })
        .collect()
}

/// The modules of the crate that a text uses, as `crate::NAME` or, in groups, `crate::{NAME, …}`.
fn used(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    for (at, matched) in text.match_indices("crate::") {
        let rest = &text[at + matched.len()..];
        match rest.strip_prefix('{') {
            None => drop(found.insert(word(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut names = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => names = true,
                        _ if names && !c.is_whitespace() => {
                            found.insert(word(&group[at..]));
                            names = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

#[test]
fn folders_use_what_the_map_allows() {
    let map = map();
    let files = sources("src");
    let there: BTreeSet<&str> = files.iter().filter_map(|(file, _)| folder(file)).collect();
    let drawn: BTreeSet<&str> = map.keys().map(String::as_str).collect();
    assert_eq!(drawn, there, "docs/architecture.md draws each folder of src and no other");
    for (file, text) in &files {
        let Some(own) = folder(file) else { continue };
        let Some(allowed) = &map[own] else { continue };
        for name in used(text).iter().filter(|name| there.contains(name.as_str()) && *name != own) {
            assert!(
                allowed.contains(name),
                "{file} uses {name}, which docs/architecture.md does not allow {own}"
            );
        }
    }
}

/// Taking away, again and again, what uses nothing that is left, takes everything away.
#[test]
fn the_map_has_no_cycle() {
    let mut left = map();
    left.retain(|_, uses| uses.is_some());
    loop {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let before = left.len();
        left.retain(|_, uses| uses.as_ref().is_some_and(|uses| !uses.is_disjoint(&names)));
        if left.is_empty() {
            return;
        }
        assert!(left.len() < before, "a cycle among {names:?}");
    }
}

#[test]
fn one_folder_starts_programs() {
    for (file, text) in sources("src") {
        let starts =
            ["Command::new(", "process::Command", "process::Stdio"].iter().any(|way| text.contains(way));
        assert!(!starts || folder(&file) == Some("process"), "{file} starts a program");
    }
}

#[test]
fn no_file_is_too_long() {
    let code = files("probes", &[".c", ".h"]);
    for (file, text) in sources("src").into_iter().chain(sources("tests")).chain(code) {
        let lines = text.lines().count();
        assert!(lines <= LINES, "{file} has {lines} lines: split it");
    }
}

/// The first line of a file is the beginning of a sentence about what the file is for.
#[test]
fn each_file_says_what_it_is_for() {
    for (file, text) in sources("src").into_iter().chain(sources("tests")) {
        assert!(text.starts_with("//! "), "{file} does not open with what it is for (`//! …`)");
    }
}

#[test]
fn groups_of_names_are_seen() {
    let text = "use crate::{build, files::{own, read}, text::place};\nfn f() { crate::host::live(); }";
    let wanted = ["build", "files", "host", "text"].map(String::from);
    assert_eq!(used(text), BTreeSet::from(wanted));
}
