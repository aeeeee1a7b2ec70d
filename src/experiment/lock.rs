//! One measurement at a time on a machine.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a lock that another holds is tried.
const PAUSE: Duration = Duration::from_millis(100);

/// Held while measuring; freed when dropped or when the process ends.
#[derive(Debug)]
pub struct MachineLock {
    _file: Option<File>,
}

impl MachineLock {
    /// Takes the lock. `waiting` is called once when another measurement holds it, before waiting for it; `stop` ends
    /// the wait. Where no lock file can be made the lock is not held: measuring alone is the user's business then.
    pub fn take(waiting: impl FnOnce(), stop: &AtomicBool) -> MachineLock {
        let folder = ["/run/lock", "/var/lock"].map(PathBuf::from).into_iter().find(|p| p.is_dir());
        let path = folder.unwrap_or_else(std::env::temp_dir).join("hwtune.lock");
        MachineLock { _file: open(&path).map(|file| hold(file, waiting, stop)) }
    }
}

fn hold(file: File, waiting: impl FnOnce(), stop: &AtomicBool) -> File {
    let mut waiting = Some(waiting);
    while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && !stop.load(Ordering::Relaxed) {
        if let Some(say) = waiting.take() {
            say();
        }
        std::thread::sleep(PAUSE);
    }
    file
}

/// The lock file is everybody's, so it may be there already and belong to another user: then it is only read. Neither
/// a link nor a FIFO put there by somebody else may lead or hold us.
fn open(path: &Path) -> Option<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let found = OpenOptions::new().read(true).custom_flags(flags).open(path).ok();
    found.or_else(|| OpenOptions::new().read(true).write(true).create_new(true).mode(0o644).open(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn one_waits_and_can_be_told_to_stop() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let (said, stop) = (AtomicU32::new(0), AtomicBool::new(false));
        let say = || {
            said.fetch_add(1, Ordering::Relaxed);
        };
        let first = hold(open(&path).unwrap(), say, &stop);
        assert_eq!(said.load(Ordering::Relaxed), 0);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| hold(open(&path).unwrap(), say, &stop));
            while said.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            drop(first);
            let second = second.join().unwrap();
            stop.store(true, Ordering::Relaxed);
            drop(hold(open(&path).unwrap(), say, &stop));
            drop(second);
        });
        assert_eq!(said.load(Ordering::Relaxed), 1);
        std::os::unix::fs::symlink(&path, dir.path().join("link")).unwrap();
        assert!(open(&dir.path().join("link")).is_none());
    }
}
