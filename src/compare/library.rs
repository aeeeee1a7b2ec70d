//! A library to compare is a shared object, or the folder that holds it.

use super::code::code;
use crate::catalogue::Trial;
use crate::experiment::Loader;
use object::Object as _;
use object::read::elf::{Dyn as _, FileHeader as _};
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
    Some(Loader { executable: found.into_iter().next()?, libraries: folder.display().to_string() })
}

/// The SONAME of a shared object for this machine; empty where it has none. Errors tell what the file is instead.
fn soname(bytes: &[u8]) -> Result<String, String> {
    let elf = object::File::parse(bytes).map_err(|e| format!("no shared object: {e}"))?;
    if elf.kind() != object::ObjectKind::Dynamic {
        return Err("no shared object".into());
    }
    let here = match std::env::consts::ARCH {
        "x86_64" => object::Architecture::X86_64,
        "aarch64" => object::Architecture::Aarch64,
        "riscv64" => object::Architecture::Riscv64,
        "powerpc64" => object::Architecture::PowerPc64,
        _ => elf.architecture(),
    };
    if elf.architecture() != here || !elf.is_64() {
        return Err(format!("is for {:?}, not for this machine", elf.architecture()));
    }
    let header = object::elf::FileHeader64::<object::Endianness>::parse(bytes).map_err(|e| e.to_string())?;
    let endian = header.endian().map_err(|e| e.to_string())?;
    let sections = header.sections(endian, bytes).map_err(|e| e.to_string())?;
    let Some((entries, strings)) = sections.dynamic(endian, bytes).map_err(|e| e.to_string())? else {
        return Ok(String::new());
    };
    let strings = sections.strings(endian, bytes, strings).map_err(|e| e.to_string())?;
    let entry = entries.iter().find(|d| d.tag32(endian) == Some(object::elf::DT_SONAME));
    let name = entry.and_then(|d| d.string(endian, strings).ok()).unwrap_or_default();
    Ok(String::from_utf8_lossy(name).into_owned())
}
