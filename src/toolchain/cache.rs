//! What compilers answered, kept in `$XDG_CACHE_HOME/hwtune/compilers`, one file a command. An entry holds only as
//! long as the files that answered are the same; the folder may be deleted at any time, and whatever is wrong with
//! it means that the compiler is asked again.

use super::choice::MarchChoice;
use super::compiler::{Compiler, Family, ToolchainError};
use super::digest::Digest;
use super::stamp::{Stamp, tool};
use crate::text::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static ENABLED: AtomicBool = AtomicBool::new(true);

/// Entries are read, changed and written as a whole; two threads must not do so at once.
static WRITING: Mutex<()> = Mutex::new(());

/// No entry is larger.
const LARGEST: u64 = 4 << 20;

/// Decisions kept for one command: more than the hosts whose dumps one looks at in a day.
const DECISIONS: usize = 64;

/// Turns the cache off (`--no-cache`) or on for this process.
pub fn use_cache(on: bool) {
    ENABLED.store(on, Ordering::Relaxed);
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    tool: String,
    stamps: Vec<Stamp>,
    compiler: Identity,
    #[serde(default)]
    decisions: BTreeMap<String, Decision>,
}

/// [`Compiler`] without what the caller sets.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    family: Family,
    path: PathBuf,
    version: String,
    major: u32,
    target: String,
    driver: PathBuf,
    /// What decides how the driver is called.
    beside: Vec<PathBuf>,
    sha256: Option<String>,
    nix_wrapper: bool,
    engine: PathBuf,
    unwrapped: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Decision {
    choice: MarchChoice,
    option: String,
    reasons: Vec<String>,
}

/// [`Compiler::ask`], from the cache where the command and the program behind it are unchanged, with something to do while it
/// is asked. What is new is kept with the first decision, or by [`keep`].
pub(crate) fn ask(command: &Path, meanwhile: &mut dyn FnMut()) -> Result<Compiler, ToolchainError> {
    let found = which::which(command).ok();
    if let Some(known) = found.as_deref().and_then(read) {
        let Identity {
            family,
            path,
            version,
            major,
            target,
            driver,
            beside,
            sha256,
            nix_wrapper,
            engine,
            unwrapped,
        } = known.compiler;
        return Ok(Compiler {
            family,
            path,
            version,
            major,
            target,
            digest: Digest::again(driver, beside, sha256),
            nix_wrapper,
            engine,
            unwrapped,
            plan: None,
            hardening: None,
        });
    }
    Compiler::ask_beside(command, meanwhile)
}

/// Keeps who a compiler is about which nothing will be decided, or of which more is known by now.
pub(crate) fn keep(compiler: &Compiler) {
    let _one = WRITING.lock();
    let known = read(&compiler.path);
    let digest = compiler.digest.found();
    if known.as_ref().is_none_or(|known| known.compiler.sha256.is_none() && digest.is_some()) {
        write(compiler, known.map(|known| known.decisions).unwrap_or_default());
    }
}

/// A decision made before by this compiler for the same question.
pub(crate) fn decision(compiler: &Compiler, key: &str) -> Option<MarchChoice> {
    let mut entry = read(&compiler.path)?;
    let Decision { mut choice, option, reasons } = entry.decisions.remove(key)?;
    (choice.option, choice.reasons) = (option, reasons);
    Some(choice)
}

/// Keeps a decision.
pub(crate) fn keep_decision(compiler: &Compiler, key: String, choice: &MarchChoice) {
    let _one = WRITING.lock();
    let mut decisions = read(&compiler.path).map(|e| e.decisions).unwrap_or_default();
    while decisions.len() >= DECISIONS {
        decisions.pop_first();
    }
    let (option, reasons) = (choice.option.clone(), choice.reasons.clone());
    decisions.insert(key, Decision { choice: choice.clone(), option, reasons });
    write(compiler, decisions);
}

/// A short name for whatever a question depends on.
pub(crate) fn key(parts: &impl Serialize) -> String {
    let text = serde_json::to_vec(parts).unwrap_or_default();
    hex(&Sha256::digest(&text)[..12])
}

fn folder() -> Option<PathBuf> {
    cache_folder("compilers")
}

/// `$XDG_CACHE_HOME/hwtune/KIND` or `~/.cache/hwtune/KIND`; `None` where there is no home or the cache is off.
pub fn cache_folder(kind: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    if !ENABLED.load(Ordering::Relaxed) {
        return None;
    }
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(base.join("hwtune").join(kind))
}

fn file(found: &Path) -> Option<PathBuf> {
    let digest = Sha256::digest(found.as_os_str().as_bytes());
    Some(folder()?.join(hex(&digest[..12]) + ".json"))
}

fn read(found: &Path) -> Option<Entry> {
    let bytes = crate::files::cached(&file(found)?, LARGEST).ok()?;
    let entry: Entry = serde_json::from_slice(&bytes).ok()?;
    let same = entry.tool == tool()
        && entry.compiler.path == found
        && !entry.stamps.is_empty()
        && entry.stamps.iter().all(Stamp::holds);
    same.then_some(entry)
}

fn write(compiler: &Compiler, decisions: BTreeMap<String, Decision>) {
    let real = std::fs::canonicalize(&compiler.path).ok();
    let driver = compiler.digest.path();
    let beside = compiler.digest.beside();
    // A folder changes when a file comes or goes there: specs beside the engine, settings of a wrapper.
    let folders = std::iter::once(&compiler.engine).chain(beside).filter_map(|p| p.parent());
    let folders: Vec<PathBuf> =
        folders.filter(|_| compiler.family == Family::Gcc).map(PathBuf::from).collect();
    let files = [&compiler.path, &compiler.engine, driver]
        .into_iter()
        .chain(&real)
        .chain(&compiler.unwrapped)
        .chain(beside)
        .chain(&folders);
    let files: BTreeSet<&PathBuf> = files.collect();
    let entry = Entry {
        tool: tool(),
        stamps: files.into_iter().filter_map(|p| Stamp::of(p)).collect(),
        compiler: Identity {
            family: compiler.family,
            path: compiler.path.clone(),
            version: compiler.version.clone(),
            major: compiler.major,
            target: compiler.target.clone(),
            driver: driver.clone(),
            beside: beside.to_vec(),
            sha256: compiler.digest.found().map(String::from),
            nix_wrapper: compiler.nix_wrapper,
            engine: compiler.engine.clone(),
            unwrapped: compiler.unwrapped.clone(),
        },
        decisions,
    };
    // A cache that cannot be written is not a cache; nothing else depends on it.
    let _ = file(&compiler.path)
        .and_then(|to| crate::files::replace_cached(&to, &serde_json::to_vec(&entry).ok()?).ok());
}
