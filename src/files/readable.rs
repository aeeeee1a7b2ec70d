//! This list has the folders beside the system's own that code under test may read: those that the user named.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Lets kernels read what lies beneath a folder, or beside a file, for as long as this process lives: a kernel may bring its data
/// with it. The root directory, the
/// user's home, and a name with a colon, which stands between two of them, are passed over.
pub fn allow_reading(path: &Path) {
    let Ok(real) = std::fs::canonicalize(path) else { return };
    let folder = if real.is_dir() { Some(real.as_path()) } else { real.parent() };
    // A whole home is not a kernel's folder.
    let home = std::env::var_os("HOME").and_then(|home| std::fs::canonicalize(home).ok());
    let folder = folder.filter(|f| home.as_deref() != Some(*f));
    let Some(folder) =
        folder.filter(|f| f.parent().is_some() && !f.as_os_str().as_encoded_bytes().contains(&b':'))
    else {
        return;
    };
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    if !folders.iter().any(|known| known == folder) {
        folders.push(folder.into());
    }
}

/// The folders, with colons between them.
pub fn readable() -> OsString {
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    folders.iter().map(|f| f.as_os_str()).collect::<Vec<&OsStr>>().join(OsStr::new(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_named_and_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("k.c");
        std::fs::write(&file, "").unwrap();
        [file.as_path(), &file, Path::new("/"), &dir.path().join("none")].into_iter().for_each(allow_reading);
        let real = dir.path().canonicalize().unwrap();
        let told = readable().into_string().unwrap();
        assert_eq!(told.split(':').filter(|f| Path::new(f) == real).count(), 1, "{told}");
        assert!(!told.split(':').any(|f| f == "/"));
    }
}
