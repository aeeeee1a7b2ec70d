//! A workspace is the private directory in which everything is built.

use super::read::open;
use rustix::fs::{AtFlags, Mode, OFlags};
use std::fs::File;
use std::io::{Error, ErrorKind, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// A directory of mode 0700 with an unguessable name, removed when dropped. It is locked as long as its owner lives:
/// after a kill the next run sweeps what was left.
#[derive(Debug)]
pub struct Workspace {
    dir: TempDir,
    /// The directory itself, open.
    lock: File,
    written: AtomicU64,
}

const PREFIX: &str = "hwtune.";

impl Workspace {
    /// Makes a fresh one under TMPDIR and sweeps those whose owners are gone.
    pub fn new() -> std::io::Result<Workspace> {
        Workspace::under(&std::env::temp_dir())
    }

    fn under(parent: &Path) -> std::io::Result<Workspace> {
        // Its name goes into arguments and into texts.
        if parent.to_str().is_none() {
            return Err(std::io::Error::other("its name is not UTF-8"));
        }
        sweep(parent);
        let private = std::fs::Permissions::from_mode(0o700);
        loop {
            let mut builder = tempfile::Builder::new();
            let dir =
                builder.prefix(PREFIX).rand_bytes(12).permissions(private.clone()).tempdir_in(parent)?;
            // Between the two another run may take it for a dead one's, sweep it and so hold its lock; then there is
            // another to be had.
            let Ok(lock) = open(dir.path(), OFlags::DIRECTORY | OFlags::NOFOLLOW) else { continue };
            let swept = matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock));
            if !swept && std::fs::metadata(dir.path()).is_ok() {
                return Ok(Workspace { dir, lock, written: AtomicU64::default() });
            }
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file of the workspace and returns its path. Directories in between are made. What is built here comes from
    /// programs that may leave links: none is followed, and one that lies where the file is to be gives way to it.
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> std::io::Result<PathBuf> {
        let name = name.as_ref();
        let odd =
            || Error::new(ErrorKind::InvalidInput, format!("{name:?} is not a place in the build directory"));
        let parts = name.components().map(|part| match part {
            Component::Normal(part) => Ok(part),
            _ => Err(odd()),
        });
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let (file, folders) = parts.split_last().ok_or_else(odd)?;
        let only = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut folder: OwnedFd = self.lock.try_clone()?.into();
        for part in folders {
            match rustix::fs::mkdirat(&folder, *part, Mode::RWXU) {
                Err(e) if e != rustix::io::Errno::EXIST => return Err(e.into()),
                _ => {}
            }
            folder = rustix::fs::openat(&folder, *part, only | OFlags::DIRECTORY, Mode::empty())?;
        }
        // Written beside and renamed: a compiler of another thread may be reading it.
        let beside = format!(".{}.{}", self.written.fetch_add(1, Ordering::Relaxed), std::process::id());
        let new = only | OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY;
        let made = rustix::fs::openat(&folder, &beside, new, Mode::RUSR | Mode::WUSR)?;
        let done = File::from(made).write_all(bytes);
        let done = done.and_then(|()| Ok(rustix::fs::renameat(&folder, &beside, &folder, *file)?));
        if done.is_err() {
            rustix::fs::unlinkat(&folder, &beside, AtFlags::empty()).ok();
        }
        done.map(|()| self.dir.path().join(name))
    }
}

/// Removes directories of ours whose lock is free: their owner was killed. Links with our prefix and other users'
/// directories are not ours.
fn sweep(parent: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && entry.metadata().is_ok_and(|m| m.is_dir() && m.uid() == own);
        if ours
            && let Ok(lock) = open(&entry.path(), OFlags::DIRECTORY | OFlags::NOFOLLOW)
            && lock.try_lock().is_ok()
        {
            // Under its lock, so that nobody moves in meanwhile.
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_swept_and_a_living_one_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let alive = Workspace::under(parent.path()).unwrap();
        assert_eq!(std::fs::metadata(alive.path()).unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::create_dir_all(at("hwtune.dead/deep")).unwrap();
        std::fs::create_dir(at("elsewhere")).unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("hwtune.link")).unwrap();
        std::fs::write(at("hwtune.file"), "").unwrap();
        let next = Workspace::under(parent.path()).unwrap();
        assert!(alive.path().is_dir() && next.path().is_dir() && !at("hwtune.dead").exists());
        assert!(at("elsewhere").is_dir() && at("hwtune.link").exists() && at("hwtune.file").exists());
        let path = next.path().to_path_buf();
        drop(next);
        assert!(!path.exists());
    }

    #[test]
    fn what_is_written_stays_inside_whatever_lies_there() {
        let parent = tempfile::tempdir().unwrap();
        let own = Workspace::under(parent.path()).unwrap();
        let outside = parent.path().join("outside");
        std::fs::create_dir(&outside).unwrap();
        std::fs::write(outside.join("there"), "untouched").unwrap();
        let link = |from: &Path, to: &str| std::os::unix::fs::symlink(from, own.path().join(to)).unwrap();
        link(&outside.join("there"), "file");
        link(&outside.join("new"), "dangling");
        link(&outside, "folder");
        std::fs::hard_link(outside.join("there"), own.path().join("hard")).unwrap();
        for name in ["file", "dangling", "hard", "deep/er/file", "file"] {
            let path = own.write(name, name.as_bytes()).unwrap();
            assert!(path.symlink_metadata().unwrap().is_file(), "{name}");
            assert_eq!(std::fs::read_to_string(path).unwrap(), name);
        }
        for name in
            ["folder/new", "folder/deep/new", "../outside/new", "/tmp/hwtune.new", "deep/../../new", ""]
        {
            assert!(own.write(name, b"x").is_err(), "{name}");
        }
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
        assert_eq!(std::fs::read_to_string(outside.join("there")).unwrap(), "untouched");
        assert_eq!(std::fs::read_dir(own.path()).unwrap().count(), 5, "nothing is left beside");
    }

    #[test]
    fn many_at_once_do_not_sweep_each_other() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let own = Workspace::under(parent.path()).unwrap();
                        own.write("a/b", b"x").unwrap();
                        assert!(own.path().join("a/b").exists());
                    }
                });
            }
        });
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_place_that_no_text_can_name_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let parent = tempfile::tempdir().unwrap();
        let odd = parent.path().join(std::ffi::OsStr::from_bytes(b"t\xff"));
        std::fs::create_dir(&odd).unwrap();
        assert!(Workspace::under(&odd).unwrap_err().to_string().contains("not UTF-8"));
        assert_eq!(std::fs::read_dir(&odd).unwrap().count(), 0);
    }
}
