//! A file has one writer at a time, and a copy is kept of what the writer would lose.

use super::read::open;
use rustix::fs::OFlags;
use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::{Error, Result, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a lock that another holds is tried.
const PAUSE: Duration = Duration::from_millis(20);

/// Keeps other writers of hwtune out of a file's folder until it is dropped. Nobody is waited for longer than `patience`: who
/// holds the lock on purpose stops nobody, and a folder that cannot be opened is not locked.
pub fn hold(path: &Path, patience: Duration) -> Option<File> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = open(folder, OFlags::DIRECTORY).ok()?;
    let began = Instant::now();
    while matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        if began.elapsed() > patience {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
    Some(lock)
}

/// Copies a file beside itself, as `NAME.bak`, `NAME.bak2` and so on, whichever is free; its mode goes with it.
pub fn aside(path: &Path) -> Result<PathBuf> {
    let mut from = open(path, OFlags::empty())?;
    let about = from.metadata()?;
    if !about.is_file() {
        return Err(Error::other("not a regular file"));
    }
    for number in 1..1000 {
        let mut name = OsString::from(path);
        name.push(".bak");
        if number > 1 {
            name.push(number.to_string());
        }
        let to = PathBuf::from(name);
        let mut made = match std::fs::OpenOptions::new().write(true).create_new(true).open(&to) {
            Ok(made) => made,
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(e) => return Err(e),
        };
        std::io::copy(&mut from, &mut made)?;
        made.set_permissions(about.permissions())?;
        made.flush()?;
        made.sync_all()?;
        return Ok(to);
    }
    Err(Error::other("there are 999 of them already"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_beside_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("host.toml");
        std::fs::write(&path, "one").unwrap();
        assert_eq!(aside(&path).unwrap(), dir.path().join("host.toml.bak"));
        std::fs::write(&path, "two").unwrap();
        assert_eq!(aside(&path).unwrap(), dir.path().join("host.toml.bak2"));
        assert_eq!(std::fs::read_to_string(dir.path().join("host.toml.bak")).unwrap(), "one");
        assert!(aside(&dir.path().join("none")).is_err() && aside(dir.path()).is_err());
    }

    #[test]
    fn one_holds_it_and_the_other_is_not_held_up_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("host.toml");
        let first = hold(&path, Duration::ZERO);
        assert!(first.is_some() && hold(&path, Duration::from_millis(30)).is_none());
        drop(first);
        assert!(hold(&path, Duration::ZERO).is_some());
    }
}
