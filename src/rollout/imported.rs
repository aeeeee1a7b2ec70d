//! This module finds out whether a configuration imports a rendered module.

use super::error::RolloutError;
use super::evaluated::evaluated;
use super::nixfile::{self, Link, NixFile};
use super::nixtree::ANY;
use super::system::System;
use crate::text::{one_line, place};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Files followed at most; no configuration has as many.
const MOST: usize = 20_000;

/// A rendered module that a configuration imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Module {
    /// The module's file.
    pub file: PathBuf,
    /// Its render target; `unknown` where its header is gone.
    pub target: String,
    /// The file that imports it, or the configuration that was evaluated.
    pub by: PathBuf,
    /// Line there; 0 where the configuration was evaluated.
    pub line: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Modules, by path.
    pub modules: Vec<Module>,
    /// Whether Nix evaluated the configuration; else its files were read.
    pub evaluated: bool,
    /// Where `hwtune.enable = true` stands, `FILE:LINE`, or the file alone where it was evaluated.
    pub enabled: Vec<String>,
    /// What could not be followed, one line each.
    pub notes: Vec<String>,
    /// Files read.
    pub files: usize,
}

impl Found {
    /// Whether two of them are routes for the same packages: they declare the same options, which is an evaluation error.
    /// The platform goes with any of them; home-manager's are of another evaluation.
    pub fn clash(&self) -> bool {
        let route = |m: &&Module| !m.target.starts_with("home-manager") && m.target != "nixos-platform";
        // What evaluates does not clash; a flake may have a route for each of its hosts.
        !self.evaluated && self.modules.iter().filter(route).count() > 1
    }
}

/// Asks Nix what a configuration comes to for a host; where there is no Nix, or it fails, follows the imports.
pub fn imported_by(system: &dyn System, at: &Path, host: &str) -> Result<Found, RolloutError> {
    let entry = entry(at)?;
    let all = match evaluated(system, &entry, host) {
        Ok(all) => all,
        Err(why) => {
            let mut found = imported(at)?;
            found.notes.insert(0, format!("not evaluated, so its files were read: {why}"));
            return Ok(found);
        }
    };
    let mut found = Found { evaluated: true, ..Found::default() };
    for one in all {
        for file in &one.declarations {
            // A module of a flake is a file in the store; what cannot be read has no header to tell its target.
            let target = parse(file).ok().and_then(|said| said.target).unwrap_or_else(|| "unknown".into());
            found.modules.push(Module { file: file.clone(), target, by: entry.clone(), line: 0 });
        }
        if one.declared && one.declarations.is_empty() {
            let (file, target) = (entry.clone(), "unknown".into());
            found.modules.push(Module { file, target, by: entry.clone(), line: 0 });
        }
        if one.enabled {
            let files: Vec<String> = one.definitions.iter().map(|f| place(f)).collect();
            found.enabled.push(format!("{} in {}", one_line(&one.name), files.join(", ")));
        }
    }
    found.modules.sort_by(|a, b| a.file.cmp(&b.file));
    found.modules.dedup();
    Ok(found)
}

/// Follows the imports of a configuration: a file, or a folder with a `flake.nix`, `configuration.nix`, `default.nix` or `home.nix`.
pub fn imported(at: &Path) -> Result<Found, RolloutError> {
    let entry = entry(at)?;
    let root = entry.parent().unwrap_or(Path::new("/")).to_path_buf();
    let mut found = Found::default();
    let mut modules: BTreeMap<PathBuf, Module> = BTreeMap::new();
    let mut disabled: BTreeSet<PathBuf> = BTreeSet::new();
    let mut read: BTreeSet<PathBuf> = BTreeSet::new();
    let mut open: Vec<(PathBuf, Option<(PathBuf, usize)>)> = vec![(entry, None)];
    while let Some((file, by)) = open.pop() {
        if !read.insert(file.clone()) {
            continue;
        }
        if read.len() > MOST {
            return Err(RolloutError::usage(format!(
                "{}: more than {MOST} files; name one of them",
                place(at)
            )));
        }
        let said = parse(&file)?;
        if let (true, Some((by, line))) = (said.declares, by) {
            let target = said.target.clone().unwrap_or_else(|| "unknown".into());
            modules.insert(file.clone(), Module { file: file.clone(), target, by, line });
        }
        found.enabled.extend(said.enables.iter().map(|line| format!("{}:{line}", place(&file))));
        for line in &said.computed {
            found.notes.push(format!("{}:{line}: a computed path, not followed", place(&file)));
        }
        disabled
            .extend(said.disabled.iter().flat_map(|link| targets(&file, &root, link).unwrap_or_default()));
        for link in &said.links {
            // A path in quotes may hold anything.
            let written = one_line(&link.path.replace(ANY, "${...}"));
            let place = format!("{}:{}: {written}", place(&file), link.line);
            match targets(&file, &root, link) {
                Ok(several) => {
                    if several.len() > 1 || link.path.contains(ANY) {
                        found
                            .notes
                            .push(format!("{place}: every file that fits was followed, {}", several.len()));
                    }
                    open.extend(several.into_iter().map(|next| (next, Some((file.clone(), link.line)))));
                }
                Err(what) => found.notes.push(format!("{place} {what}")),
            }
        }
    }
    found.files = read.len();
    found.modules = modules.into_values().filter(|m| !disabled.contains(&m.file)).collect();
    found.enabled.sort();
    found.notes.sort();
    found.notes.dedup();
    Ok(found)
}

fn entry(at: &Path) -> Result<PathBuf, RolloutError> {
    let unreadable = |e: std::io::Error| {
        RolloutError::usage(format!("{}: cannot read: {e}; name a configuration's folder or file", place(at)))
    };
    let whole = std::fs::canonicalize(at).map_err(unreadable)?;
    if !whole.is_dir() {
        return Ok(whole);
    }
    let usual = ["flake.nix", "configuration.nix", "default.nix", "home.nix"].map(|name| whole.join(name));
    usual.into_iter().find(|p| p.is_file()).ok_or_else(|| {
        let what = "holds neither flake.nix nor configuration.nix nor default.nix nor home.nix; name a file";
        RolloutError::usage(format!("{}: {what}", place(at)))
    })
}

fn parse(file: &Path) -> Result<NixFile, RolloutError> {
    let usage = |what: String| {
        RolloutError::usage(format!("{}: {what}; correct it, or name another file", place(file)))
    };
    let text = crate::files::text(file, nixfile::LARGEST).map_err(|e| usage(format!("cannot read: {e}")))?;
    nixfile::read(&text).map_err(usage)
}

/// The files that a link leads to, or why to none: of a part that is filled in, all that fit; of a folder, its
/// `default.nix`, else all its Nix files, since only a function that lists them can import such a folder.
fn targets(file: &Path, root: &Path, link: &Link) -> Result<Vec<PathBuf>, String> {
    let from = if link.of_root { root } else { file.parent().unwrap_or(Path::new("/")) };
    let mut paths =
        vec![if link.path.starts_with('/') && !link.of_root { "/".into() } else { from.to_path_buf() }];
    for part in link.path.split('/').filter(|p| !p.is_empty() && *p != ".") {
        paths = match part.contains(ANY) {
            false => paths.into_iter().map(|p| p.join(part)).collect(),
            true => paths.iter().flat_map(|p| fitting(p, part)).take(MOST).collect(),
        };
    }
    let mut files = Vec::new();
    for real in paths.iter().filter_map(|p| std::fs::canonicalize(p).ok()) {
        match real.is_dir() {
            false => files.push(real),
            true if real.join("default.nix").is_file() => files.push(real.join("default.nix")),
            true => nix_files(&real, &mut files),
        }
    }
    if link.path.contains(ANY) {
        files.retain(|f| f.extension().is_some_and(|e| e == "nix"));
    }
    if files.is_empty() { Err("is not there".into()) } else { Ok(files) }
}

/// Entries of a folder whose names fit.
fn fitting(folder: &Path, part: &str) -> Vec<PathBuf> {
    let (before, after) = (part.split(ANY).next().unwrap_or(""), part.rsplit(ANY).next().unwrap_or(""));
    let fits = |path: &PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
    };
    entries(folder).into_iter().filter(fits).collect()
}

fn nix_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        // A link to a folder could lead round in a ring.
        let linked = path.symlink_metadata().is_ok_and(|m| m.is_symlink());
        if path.is_dir() && !linked && files.len() < MOST {
            nix_files(&path, files);
        } else if path.is_file() && path.extension().is_some_and(|e| e == "nix") {
            files.extend(std::fs::canonicalize(&path));
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    all.sort();
    all
}
