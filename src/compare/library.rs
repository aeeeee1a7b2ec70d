//! A library to compare is a shared object, or the folder that holds it.

use super::code::code;
use crate::build::soname;
use crate::catalogue::Trial;
use crate::experiment::Loader;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where a prefix keeps its libraries.
const FOLDERS: [&str; 5] = ["", "lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"];
/// No library is larger.
const LARGEST: u64 = 512 << 20;

/// Why a library cannot be compared, in one line with the remedy.
#[derive(Debug, Error)]
#[error("{place}: {what}; {remedy}")]
pub struct LibraryError {
    /// The path given.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A library that was found.
#[derive(Clone, Debug)]
pub struct Library {
    /// The file, links followed.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Its SONAME; empty where it has none.
    pub soname: String,
    /// SHA-256 over its code and data and what the loader writes into them.
    pub code: [u8; 32],
    /// For a C library: its own loader and folder.
    pub loader: Option<Loader>,
}

/// Finds the library of a trial at a path: the file itself, or a prefix that holds it.
pub fn find(trial: &Trial, place: &Path) -> Result<Library, LibraryError> {
    let wrong = |what: String, remedy: &str| LibraryError {
        place: crate::text::place(place),
        what: what.split_whitespace().collect::<Vec<_>>().join(" "),
        remedy: remedy.into(),
    };
    let name = trial.library.first().cloned().unwrap_or_default();
    let remedy = format!("name {name}, or the prefix that holds it");
    let about = std::fs::metadata(place).map_err(|e| wrong(e.to_string(), &remedy))?;
    let found = if about.is_dir() {
        let all = FOLDERS.iter().flat_map(|f| trial.library.iter().map(move |l| place.join(f).join(l)));
        all.into_iter().find(|p| p.is_file()).ok_or_else(|| wrong(format!("no {name} in it"), &remedy))?
    } else {
        place.to_path_buf()
    };
    let folder = found.parent().map(Path::to_path_buf).unwrap_or_default();
    let file = std::fs::canonicalize(&found).map_err(|e| wrong(e.to_string(), &remedy))?;
    let bytes = crate::files::bytes(&file, LARGEST).map_err(|e| wrong(e, &remedy))?;
    let soname = soname(&bytes).map_err(|what| wrong(what, &remedy))?;
    if !soname.is_empty() && !trial.library.contains(&soname) {
        let known = trial.library.join(" or ");
        return Err(wrong(format!("is {soname}, not {known}"), "name a library of this package"));
    }
    let code = code(&bytes).map_err(|e| wrong(e, &remedy))?;
    let loader = match trial.own_loader {
        true => Some(loader(&folder).ok_or_else(|| {
            let remedy = "name the prefix of an installed C library, which holds both";
            wrong("no loader (ld-linux*.so.*) beside it".into(), remedy)
        })?),
        false => None,
    };
    let sha256 = crate::text::hex(&Sha256::digest(&bytes));
    Ok(Library { file, bytes, sha256, soname, code, loader })
}

/// The loader beside a C library.
fn loader(folder: &Path) -> Option<Loader> {
    let folder = std::fs::canonicalize(folder).ok()?;
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .ok()?
        .flatten()
        .map(|e| e.path())
        .filter(|p| {
            let name = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            // ld-linux-x86-64.so.2, ld-linux-aarch64.so.1, ld64.so.2; `ld.so` is a link to one of them.
            (name.starts_with("ld-linux") || name.starts_with("ld64")) && name.contains(".so.") && p.is_file()
        })
        .collect();
    found.sort();
    Some(Loader {
        executable: found.into_iter().next()?,
        libraries: folder.display().to_string(),
        modules: None,
    })
}
