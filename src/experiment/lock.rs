//! One measurement at a time on a machine.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often a lock that another holds is tried.
const PAUSE: Duration = Duration::from_millis(100);

/// How long root waits for a lock that every user can take: who holds it on purpose stops nobody for longer.
const PATIENCE: Duration = Duration::from_secs(600);

/// Held while measuring; freed when dropped or when the process ends.
#[derive(Debug)]
pub struct MachineLock {
    _own: Option<File>,
    _file: Option<File>,
}

impl MachineLock {
    /// Takes the lock. `waiting` is called once when another measurement holds it, before waiting for it; `stop` ends
    /// the wait. Where no lock file can be made the lock is not held: measuring alone is the user's business then. Root's
    /// own runs wait for each other by a lock that nobody else can open, and for those of others no longer than ten minutes.
    pub fn take(mut waiting: impl FnMut(), stop: &AtomicBool) -> MachineLock {
        let root = rustix::process::geteuid().is_root();
        let own = root.then(|| open(Path::new("/run/hwtune.lock"), 0o600)).flatten();
        let own = own.map(|file| hold(file, &mut waiting, stop, None));
        let folder = ["/run/lock", "/var/lock"].map(PathBuf::from).into_iter().find(|p| p.is_dir());
        let path = folder.unwrap_or_else(std::env::temp_dir).join("hwtune.lock");
        let patience = root.then_some(PATIENCE);
        let file = open(&path, 0o644).map(|file| hold(file, &mut waiting, stop, patience));
        MachineLock { _own: own, _file: file }
    }
}

fn hold(file: File, waiting: impl FnOnce(), stop: &AtomicBool, patience: Option<Duration>) -> File {
    let mut waiting = Some(waiting);
    let began = Instant::now();
    let patient = || patience.is_none_or(|most| began.elapsed() < most);
    while matches!(file.try_lock(), Err(TryLockError::WouldBlock))
        && !stop.load(Ordering::Relaxed)
        && patient()
    {
        if let Some(say) = waiting.take() {
            say();
        }
        std::thread::sleep(PAUSE);
    }
    file
}

/// The lock file is everybody's, so it may be there already and belong to another user: then it is only read. Neither
/// a link nor a FIFO put there by another user may lead or hold us.
fn open(path: &Path, mode: u32) -> Option<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let found = OpenOptions::new().read(true).custom_flags(flags).open(path).ok();
    found.or_else(|| OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path).ok())
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
        let first = hold(open(&path, 0o644).unwrap(), say, &stop, None);
        assert_eq!(said.load(Ordering::Relaxed), 0);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| hold(open(&path, 0o644).unwrap(), say, &stop, None));
            while said.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            drop(first);
            let second = second.join().unwrap();
            stop.store(true, Ordering::Relaxed);
            drop(hold(open(&path, 0o644).unwrap(), say, &stop, None));
            drop(second);
        });
        assert_eq!(said.load(Ordering::Relaxed), 1);
        // Root waits for nobody for ever.
        let holder = hold(open(&path, 0o644).unwrap(), || {}, &AtomicBool::new(false), None);
        let quiet = AtomicBool::new(false);
        drop(hold(open(&path, 0o644).unwrap(), || {}, &quiet, Some(Duration::from_millis(20))));
        drop(holder);
        std::os::unix::fs::symlink(&path, dir.path().join("link")).unwrap();
        assert!(open(&dir.path().join("link"), 0o644).is_none());
    }
}
