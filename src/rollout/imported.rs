//! Whether a configuration imports a rendered module already.

use super::error::RolloutError;
use super::nixfile::{self, Link, NixFile};
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
    /// The file that imports it.
    pub by: PathBuf,
    /// Line there.
    pub line: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Modules, by path.
    pub modules: Vec<Module>,
    /// Where `hwtune.enable = true` stands, `FILE:LINE`.
    pub enabled: Vec<String>,
    /// What could not be followed, one line each.
    pub notes: Vec<String>,
    /// Files read.
    pub files: usize,
}

impl Found {
    /// NixOS modules among them: two of them declare the same options, which is an evaluation error.
    pub fn clash(&self) -> bool {
        self.modules.iter().filter(|m| !m.target.starts_with("home-manager")).count() > 1
    }
}

/// Follows the imports of a configuration: a file, or a folder with a `flake.nix`, `configuration.nix` or `default.nix`.
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
                at.display()
            )));
        }
        let said = parse(&file)?;
        if let (true, Some((by, line))) = (said.declares, by) {
            let target = said.target.clone().unwrap_or_else(|| "unknown".into());
            modules.insert(file.clone(), Module { file: file.clone(), target, by, line });
        }
        found.enabled.extend(said.enables.iter().map(|line| format!("{}:{line}", file.display())));
        for line in &said.computed {
            found.notes.push(format!("{}:{line}: a computed path, not followed", file.display()));
        }
        disabled.extend(said.disabled.iter().filter_map(|link| target(&file, &root, link).ok()));
        for link in &said.links {
            match target(&file, &root, link) {
                Ok(next) => open.push((next, Some((file.clone(), link.line)))),
                Err(what) => found.notes.push(format!("{}:{}: {what}", file.display(), link.line)),
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
        RolloutError::usage(format!(
            "{}: cannot read: {e}; name a configuration's folder or file",
            at.display()
        ))
    };
    let whole = std::fs::canonicalize(at).map_err(unreadable)?;
    if !whole.is_dir() {
        return Ok(whole);
    }
    let usual = ["flake.nix", "configuration.nix", "default.nix"].map(|name| whole.join(name));
    usual.into_iter().find(|p| p.is_file()).ok_or_else(|| {
        let what = "holds neither flake.nix nor configuration.nix nor default.nix; name a file";
        RolloutError::usage(format!("{}: {what}", at.display()))
    })
}

fn parse(file: &Path) -> Result<NixFile, RolloutError> {
    let usage = |what: String| {
        RolloutError::usage(format!("{}: {what}; correct it, or name another file", file.display()))
    };
    let about = std::fs::metadata(file).map_err(|e| usage(format!("cannot read: {e}")))?;
    if !about.is_file() || about.len() > 4 << 20 {
        return Err(usage("no Nix file".into()));
    }
    let bytes = std::fs::read(file).map_err(|e| usage(format!("cannot read: {e}")))?;
    let text = String::from_utf8(bytes).map_err(|_| usage("not UTF-8".into()))?;
    nixfile::read(&text).map_err(usage)
}

/// The file that a link leads to, or why to none.
fn target(file: &Path, root: &Path, link: &Link) -> Result<PathBuf, String> {
    let from = if link.of_root { root } else { file.parent().unwrap_or(Path::new("/")) };
    let path = from.join(link.path.trim_start_matches("./"));
    let real = std::fs::canonicalize(&path).map_err(|_| format!("{} is not there", link.path))?;
    match real.is_dir() {
        false => Ok(real),
        true if real.join("default.nix").is_file() => Ok(real.join("default.nix")),
        true => Err(format!("{} is a folder without default.nix, not followed", link.path)),
    }
}
