//! A kernel's files on disk, and keys that name what they hold.

use super::code_cache::{Key, key};
use crate::catalogue::{Kernel, Unit};
use crate::files::Workspace;
use std::path::PathBuf;

/// Everything a unit may include, as one text: the kernel's headers and the interface.
pub(super) fn headers(kernel: &Kernel, probe_h: &Unit) -> String {
    kernel.headers.iter().chain([probe_h]).map(|h| format!("{}\n{}\n", h.file, h.text)).collect()
}

/// Names an object: the unit, what it may include, the flags.
pub(super) fn object_key(unit: &Unit, headers: &str, flags: &[String]) -> Key {
    key([&unit.file, &unit.text, headers]
        .into_iter()
        .map(|t: &str| t)
        .chain(flags.iter().map(String::as_str)))
}

/// Writes a kernel's files and returns their folder, the compiler's working directory. It is named by content: two
/// kernels of one name may be tuned in one run, and every variant sees the same names.
pub(super) fn write(
    workspace: &Workspace,
    kernel: &Kernel,
    support: &Unit,
    probe_h: &Unit,
) -> std::io::Result<PathBuf> {
    let files: Vec<&Unit> =
        kernel.units.iter().chain(&kernel.setup).chain(&kernel.headers).chain([support, probe_h]).collect();
    let name = key(files.iter().flat_map(|u| [u.file.as_str(), u.text.as_str()]));
    let name: String = crate::text::hex(&name);
    let folder = workspace.path().join("src").join(&name);
    if folder.is_dir() {
        return Ok(folder);
    }
    // Written beside and renamed: another thread may be at it.
    let beside = tempfile::Builder::new().prefix("beside-").tempdir_in(workspace.path())?;
    for unit in files {
        let path = beside.path().join(&unit.file);
        path.parent().map(std::fs::create_dir_all).transpose()?;
        std::fs::write(path, &unit.text)?;
    }
    std::fs::create_dir_all(workspace.path().join("src"))?;
    match std::fs::rename(beside.path(), &folder) {
        Err(error) if !folder.is_dir() => Err(error),
        _ => Ok(folder),
    }
}
