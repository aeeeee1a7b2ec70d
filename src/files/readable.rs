//! This list has the folders beside the system's own that code under test, and the compilers that build it, may read: those
//! that the user named.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Lets kernels and compilers read what lies beneath a folder, or beside a file, for as long as this process lives: a kernel
/// may bring its data with it. False for what is not there, and for a folder that is too wide.
pub fn allow_reading(path: &Path) -> bool {
    let Ok(real) = std::fs::canonicalize(path) else { return false };
    let folder = if real.is_dir() { Some(real.as_path()) } else { real.parent() };
    let Some(folder) = folder.filter(|f| !is_too_wide(f)) else { return false };
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    if !folders.iter().any(|known| known == folder) {
        folders.push(folder.into());
    }
    true
}

/// Whether a folder, by its real path, is the root directory, the user's home, or one that the home lies in: a whole home is not
/// the folder of a source.
pub fn is_too_wide(folder: &Path) -> bool {
    let home = std::env::var_os("HOME").and_then(|home| std::fs::canonicalize(home).ok());
    folder.parent().is_none() || home.is_some_and(|home| home.starts_with(folder))
}

/// The folders that were allowed.
pub fn allowed() -> Vec<PathBuf> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The same with colons between them, without those whose name has one.
pub fn readable() -> OsString {
    let folders = allowed();
    let plain = folders.iter().filter(|f| !f.as_os_str().as_encoded_bytes().contains(&b':'));
    plain.map(|f| f.as_os_str()).collect::<Vec<&OsStr>>().join(OsStr::new(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_named_and_no_others() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("k.c");
        std::fs::write(&file, "").unwrap();
        assert!(allow_reading(&file) && allow_reading(&file));
        assert!(!allow_reading(Path::new("/")) && !allow_reading(&dir.path().join("none")));
        let odd = dir.path().join("with:colon");
        std::fs::create_dir(&odd).unwrap();
        assert!(allow_reading(&odd) && allowed().contains(&odd.canonicalize().unwrap()));
        let real = dir.path().canonicalize().unwrap();
        let told = readable().into_string().unwrap();
        assert_eq!(told.split(':').filter(|f| Path::new(f) == real).count(), 1, "{told}");
        assert!(!told.split(':').any(|f| f == "/") && !told.contains("colon"));
    }

    #[test]
    fn a_home_and_what_holds_it_is_too_wide() {
        let Some(home) = std::env::var_os("HOME").and_then(|home| std::fs::canonicalize(home).ok()) else {
            return;
        };
        assert!(home.ancestors().all(is_too_wide));
        assert!(!is_too_wide(&home.join("src")) && !is_too_wide(Path::new("/nowhere")));
    }
}
