//! This module writes so that a reader sees either the old file or the whole new one.

use super::read::open;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{Error, Result, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file: beside it, synced, renamed. An existing one keeps its mode, a new one gets what the umask leaves; it belongs to who writes
/// it. A link is replaced by a file, and what it leads to stays as it is. What is there and is not a file (`/dev/null`, a
/// pipe) is written into.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(mut device) = device(path)? {
        return device.write_all(bytes);
    }
    let mode = std::fs::symlink_metadata(path).map_or_else(|_| new_mode(), |about| mode(&about));
    put(path, bytes, |beside| {
        beside.set_permissions(Permissions::from_mode(mode))?;
        beside.sync_all()
    })?;
    File::open(folder(path))?.sync_all()
}

/// The mode that the new file takes over: nothing that would make it run as its owner, and of another user's file no permission
/// to write, since the new one is ours.
fn mode(old: &Metadata) -> u32 {
    match old.is_file() {
        true if old.uid() == rustix::process::geteuid().as_raw() => old.mode() & 0o777,
        true => old.mode() & 0o755,
        false => new_mode(),
    }
}

/// A new file's mode: what the user's umask leaves, as of any program's output. It is read where asking for it changes
/// nothing: the call that tells it also sets it, for all threads.
fn new_mode() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("Umask:"));
    let mask = mask.and_then(|m| u32::from_str_radix(m.trim(), 8).ok()).unwrap_or(0o022);
    0o666 & !mask
}

/// The same for what can be had again: private, and not synced.
pub fn replace_cached(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, |_| Ok(()))
}

/// Tells early whether [`replace`] can work: makes the folder and, for a moment, a file beside.
pub fn writable(path: &Path) -> Result<()> {
    if device(path)?.is_some() {
        return Ok(());
    }
    std::fs::create_dir_all(folder(path))?;
    beside(path).map(drop)
}

/// What is there and is not a file, opened: a rename over it would put a file in its place.
fn device(path: &Path) -> Result<Option<File>> {
    match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => Err(Error::other("it is a folder")),
        Ok(about) if !about.is_file() => {
            let never_wait = rustix::fs::OFlags::NONBLOCK.bits() as i32;
            let opened = std::fs::OpenOptions::new().write(true).custom_flags(never_wait).open(path)?;
            rustix::fs::fcntl_setfl(&opened, rustix::fs::OFlags::empty())?;
            Ok(Some(opened))
        }
        _ => Ok(None),
    }
}

/// A write beyond the limit on files would end the process by a signal.
fn within_limit(bytes: &[u8]) -> Result<()> {
    match rustix::process::getrlimit(rustix::process::Resource::Fsize).current {
        Some(limit) if (bytes.len() as u64) > limit => {
            Err(Error::other(format!("the size of files is limited to {limit} bytes here (`ulimit -f`)")))
        }
        _ => Ok(()),
    }
}

fn put(path: &Path, bytes: &[u8], finish: impl Fn(&File) -> Result<()>) -> Result<()> {
    within_limit(bytes)?;
    std::fs::create_dir_all(folder(path))?;
    sweep(path);
    let mut tries = 0;
    loop {
        let mut beside = beside(path)?;
        // Held until it has its name: another writer sweeps what is not locked.
        beside.as_file().try_lock().ok();
        beside.write_all(bytes)?;
        finish(beside.as_file())?;
        match beside.persist(path) {
            Ok(_) => return Ok(()),
            // Swept in the moment before the lock.
            Err(e) if e.error.kind() == std::io::ErrorKind::NotFound && tries < 3 => tries += 1,
            Err(e) => return Err(e.error),
        }
    }
}

/// Opens the names of files that are being written.
fn prefix(path: &Path) -> OsString {
    [OsStr::new("."), path.file_name().unwrap_or_default(), OsStr::new(".hwtune-")].into_iter().collect()
}

fn beside(path: &Path) -> Result<NamedTempFile> {
    tempfile::Builder::new().prefix(&prefix(path)).rand_bytes(8).tempfile_in(folder(path))
}

/// Removes what writers of this file left that were killed: nobody holds its lock.
fn sweep(path: &Path) {
    let prefix = prefix(path);
    for entry in std::fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes())
            || !entry.file_type().is_ok_and(|t| t.is_file())
        {
            continue;
        }
        if open(&entry.path(), rustix::fs::OFlags::NOFOLLOW).is_ok_and(|f| f.try_lock().is_ok()) {
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::FileTypeExt as _;

    #[test]
    fn the_old_mode_stays_and_nothing_is_left_beside() {
        let dir = tempfile::tempdir().unwrap();
        // A name that is not UTF-8.
        let path = dir.path().join(OsStr::from_bytes(b"h\xff.toml"));
        replace(&path, b"one").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        // What a writer left that was killed, and what one is writing.
        let [dead, alive] = ["dead", "alive"].map(|n| {
            let name: OsString = [prefix(&path), n.into()].into_iter().collect();
            dir.path().join(name)
        });
        std::fs::write(&dead, "half").unwrap();
        let writing = File::create(&alive).unwrap();
        writing.try_lock().unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(!dead.exists() && alive.exists());
        drop(writing);
        replace_cached(&path, b"three").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(replace(dir.path(), b"").unwrap_err().to_string().contains("folder"));
    }

    #[test]
    fn a_mode_is_kept_as_far_as_it_gives_nothing_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        let mode = || std::fs::symlink_metadata(&path).unwrap().mode() & 0o7777;
        for (old, new) in [(0o640, 0o640), (0o400, 0o400), (0o666, 0o666), (0o6755, 0o755)] {
            std::fs::write(&path, "old").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(old)).unwrap();
            replace(&path, b"new").unwrap();
            assert_eq!(mode(), new, "{old:o}");
            std::fs::remove_file(&path).unwrap();
        }
        // A file of another user, who could write it: only root can make such a file.
        std::fs::write(&path, "old").unwrap();
        if std::os::unix::fs::chown(&path, Some(65534), Some(65534)).is_ok() {
            std::fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
            replace(&path, b"new").unwrap();
            assert_eq!((mode(), std::fs::metadata(&path).unwrap().uid()), (0o644, 0));
        }
        // A link is not a file: what it leads to keeps its text and lends nothing.
        let other = dir.path().join("other");
        std::fs::write(&other, "other").unwrap();
        std::fs::set_permissions(&other, Permissions::from_mode(0o666)).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        replace(&path, b"new").unwrap();
        assert!(std::fs::symlink_metadata(&path).unwrap().is_file() && mode() == 0o644);
        assert_eq!(std::fs::read(&other).unwrap(), b"other");
    }

    #[test]
    fn a_device_stays_one_and_a_pipe_that_nobody_reads_holds_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let null = dir.path().join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        writable(&null).unwrap();
        replace(&null, b"gone").unwrap();
        assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(std::fs::symlink_metadata(&null).unwrap().is_symlink());
        let pipe = dir.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        assert!(replace(&pipe, b"x").is_err() && writable(&pipe).is_err());
        let reader = open(&pipe, rustix::fs::OFlags::empty()).unwrap();
        replace(&pipe, b"heard").unwrap();
        assert_eq!(std::io::read_to_string(reader).unwrap(), "heard");
    }
}
