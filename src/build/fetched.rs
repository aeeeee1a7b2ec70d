//! Sources that the system's own package manager brought when it was asked to, kept in the cache with their digest.

use super::source_tree::SourceTree;
use crate::catalogue::{Trial, embedded};
use crate::files::Workspace;
use crate::process::{Program, Shown};
use crate::toolchain::{Launcher, cache_folder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What is recorded of a tree, in a file beside it.
const ABOUT: &str = "source.toml";
/// The tree itself, or the archive.
const TREE: &str = "tree";
/// So deep a tree or archive may lie in what a package manager leaves.
const DEEPEST: usize = 4;

/// Why there are no sources, in one line with the remedy.
#[derive(Debug, Error)]
#[error("sources of {package}: {what}; {remedy}")]
pub struct FetchError {
    /// The package.
    pub package: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A package manager, as `probes/sources.toml` has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manager {
    name: String,
    program: String,
    steps: Vec<Vec<String>>,
    remedy: String,
    why: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Managers {
    manager: Vec<Manager>,
    names: BTreeMap<String, BTreeMap<String, String>>,
}

/// How a package's sources are asked for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The package manager.
    pub manager: String,
    /// The commands, in order, each word by word.
    pub steps: Vec<Vec<String>>,
    remedy: String,
}

/// Sources in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    /// The package.
    pub package: String,
    /// The version that its headers tell; empty where no trial says how.
    pub version: String,
    /// SHA-256 over what a trial builds, or over all files, hexadecimal.
    pub sha256: String,
    /// Who brought them.
    pub manager: String,
    /// By which commands.
    pub commands: Vec<String>,
    /// When, in UTC.
    pub at: String,
}

/// The package managers that are there, in the order in which they are asked; one of them where it is named.
pub fn requests(package: &str, named: Option<&str>) -> Result<Vec<Request>, FetchError> {
    let wrong =
        |what: String, remedy: &str| FetchError { package: package.into(), what, remedy: remedy.into() };
    let table: Managers = toml::from_str(embedded("sources.toml").unwrap_or_default())
        .map_err(|e| wrong(e.to_string(), "report it"))?;
    let told = |m: &&Manager| !m.why.is_empty() && !m.source.is_empty();
    let all: Vec<&Manager> = table.manager.iter().filter(told).collect();
    let known: Vec<&str> = all.iter().map(|m| m.name.as_str()).collect();
    if let Some(odd) = named.filter(|name| !known.contains(name)) {
        return Err(wrong(
            format!("no package manager {odd:?}"),
            &format!("name one of {}", known.join(", ")),
        ));
    }
    let of = |m: &&Manager| {
        let own =
            table.names.get(&m.name).and_then(|names| names.get(package)).map_or(package, String::as_str);
        let words = |step: &Vec<String>| step.iter().map(|word| word.replace("{name}", own)).collect();
        Request {
            manager: m.name.clone(),
            steps: m.steps.iter().map(words).collect(),
            remedy: m.remedy.clone(),
        }
    };
    let there = |m: &&&Manager| named.is_none_or(|name| name == m.name) && which::which(&m.program).is_ok();
    let found: Vec<Request> = all.iter().filter(there).map(of).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(wrong(
            format!("no package manager is there of {}", named.map_or(known.join(", "), String::from)),
            &format!("unpack its sources yourself and give them with --source {package}=DIR"),
        )),
    }
}

impl Request {
    /// The commands as they would be typed.
    pub fn shown(&self) -> Vec<String> {
        let line = |step: &Vec<String>| shlex::try_join(step.iter().map(String::as_str)).unwrap_or_default();
        self.steps.iter().map(line).collect()
    }

    /// Runs the commands in a folder of their own and keeps what they bring in place of what was there.
    pub fn fetch(
        &self,
        package: &str,
        trial: Option<&Trial>,
        launcher: Option<&Launcher>,
    ) -> Result<Fetched, FetchError> {
        let wrong =
            |what: String, remedy: &str| FetchError { package: package.into(), what, remedy: remedy.into() };
        let disk = |e: std::io::Error| wrong(e.to_string(), "make room in the cache folder");
        let root = cache_folder("sources")
            .ok_or_else(|| wrong("there is no cache folder".into(), "set XDG_CACHE_HOME"))?;
        std::fs::create_dir_all(&root).map_err(disk)?;
        let place = tempfile::Builder::new().prefix(".new-").tempdir_in(&root).map_err(disk)?;
        let folder = place.path().join("fetched");
        std::fs::create_dir(&folder).map_err(disk)?;
        for (step, shown) in self.steps.iter().zip(self.shown()) {
            let Some((program, words)) = step.split_first() else { continue };
            let step = Program::new(program).args(words).folder(&folder).env("LC_ALL", "C");
            let output = step.collected().map_err(|e| wrong(format!("{shown}: {e}"), &self.remedy))?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let line = said.lines().rev().find(|l| l.starts_with("E:") || l.contains("rror"));
                let line =
                    line.or_else(|| said.lines().rev().find(|l| !l.trim().is_empty())).unwrap_or("no word");
                return Err(wrong(format!("{shown}: {}", line.trim()), &self.remedy));
            }
        }
        let workspace = Workspace::new().map_err(disk)?;
        let (tree, version, sha256) =
            found(package, &folder, trial, &workspace, launcher).ok_or_else(|| {
                wrong(
                    format!("{} brought no tree that the trial describes", self.manager),
                    "give a tree with --source",
                )
            })?;
        let kept = place.path().join("kept");
        std::fs::create_dir(&kept).map_err(disk)?;
        put(&tree, &kept.join(TREE)).map_err(disk)?;
        let about = Fetched {
            package: package.into(),
            version,
            sha256,
            manager: self.manager.clone(),
            commands: self.shown(),
            at: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        };
        let text = toml::to_string(&about).map_err(|e| wrong(e.to_string(), "report it"))?;
        std::fs::write(kept.join(ABOUT), text).map_err(disk)?;
        let own = root.join(package);
        std::fs::remove_dir_all(&own).ok();
        std::fs::rename(&kept, &own).map_err(disk)?;
        Ok(about)
    }
}

/// The sources of a package that were fetched, and where they are; `None` where there are none.
pub fn fetched(package: &str) -> Option<(Fetched, PathBuf)> {
    let own = cache_folder("sources")?.join(package);
    let text = crate::files::text(&own.join(ABOUT), 1 << 16).ok()?;
    let about: Fetched = toml::from_str(&text).ok()?;
    (about.package == package).then(|| (about, own.join(TREE)))
}

/// All that were fetched.
pub fn all_fetched() -> Vec<Fetched> {
    let root = cache_folder("sources").and_then(|root| std::fs::read_dir(root).ok());
    let names = root.into_iter().flatten().flatten().filter_map(|e| e.file_name().into_string().ok());
    let mut all: Vec<Fetched> = names.filter_map(|name| fetched(&name)).map(|(about, _)| about).collect();
    all.sort_by(|a, b| a.package.cmp(&b.package));
    all
}

/// Forgets what was fetched; false where there was nothing.
pub fn forget(package: &str) -> bool {
    let there = fetched(package).is_some();
    there && cache_folder("sources").is_some_and(|root| std::fs::remove_dir_all(root.join(package)).is_ok())
}

/// The tree or archive below a folder that a trial can build; without a trial the first folder in it.
fn found(
    package: &str,
    folder: &Path,
    trial: Option<&Trial>,
    workspace: &Workspace,
    launcher: Option<&Launcher>,
) -> Option<(PathBuf, String, String)> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> =
            std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        all.sort();
        all
    };
    let read = |place: &PathBuf| match trial.filter(|t| t.build.is_some()) {
        Some(trial) => SourceTree::read(package, place, trial, workspace, launcher)
            .ok()
            .map(|tree| (place.clone(), tree.version, tree.sha256)),
        None => place.is_dir().then(|| (place.clone(), String::new(), digest(place))),
    };
    let is_archive =
        |p: &PathBuf| p.is_file() && p.file_name().is_some_and(|n| n.to_string_lossy().contains(".t"));
    // A folder that holds a tree would be taken for it: what is in it comes first.
    let mut next = below(folder);
    for _ in 0..DEEPEST {
        // What is unpacked has the distribution's patches; an archive may not.
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = next.into_iter().partition(|p| p.is_dir());
        let mut places = folders.iter().chain(files.iter().filter(|p| is_archive(p)));
        if let Some(found) = places.find_map(read) {
            return Some(found);
        }
        next = folders.iter().flat_map(|f| below(f)).collect();
    }
    None
}

/// SHA-256 over the names and contents of all files, hexadecimal.
fn digest(folder: &Path) -> String {
    let mut hash = Sha256::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(place) = open.pop() {
        let mut below: Vec<PathBuf> =
            std::fs::read_dir(&place).into_iter().flatten().flatten().map(|e| e.path()).collect();
        below.sort();
        for path in below {
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if path.is_file() {
                hash.update(path.strip_prefix(folder).unwrap_or(&path).as_os_str().as_encoded_bytes());
                hash.update(Sha256::digest(std::fs::read(&path).unwrap_or_default()));
            }
        }
    }
    crate::text::hex(&hash.finalize())
}

/// Puts a tree or an archive in its place; a copy where it lies elsewhere, as in a Nix store.
fn put(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_symlink() && std::fs::rename(from, to).is_ok() {
        return Ok(());
    }
    let from = std::fs::canonicalize(from)?;
    let copy =
        Program::new("cp").args(["-r", "--no-preserve=mode,ownership", "--"]).args([from.as_path(), to]);
    let status = copy.shown(Shown::All)?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("cp -r {}: {status}", crate::text::place(&from))))
    }
}
