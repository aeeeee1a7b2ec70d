//! One measurement at a time on a machine.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// Held while measuring; freed when dropped or when the process ends.
#[derive(Debug)]
pub struct MachineLock {
    _file: Option<File>,
}

impl MachineLock {
    /// Takes the lock. `waiting` is called once when another measurement holds it, before waiting for it.
    /// Where no lock file can be made the lock is not held: measuring alone is the user's business then.
    pub fn take(waiting: impl FnOnce()) -> MachineLock {
        let file = open();
        if let Some(file) = &file
            && fs4::FileExt::try_lock(file).is_err()
        {
            waiting();
            fs4::FileExt::lock(file).ok();
        }
        MachineLock { _file: file }
    }
}

/// The lock file is everybody's, so it may be there already and belong to another user: then it is only read.
fn open() -> Option<File> {
    let folder = ["/run/lock", "/var/lock"].map(PathBuf::from).into_iter().find(|p| p.is_dir());
    let path = folder.unwrap_or_else(std::env::temp_dir).join("hwtune.lock");
    // O_NOFOLLOW | O_NONBLOCK: neither a link nor a FIFO put there by somebody else may lead or hold us.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(0o400000 | 0o4000);
    let found = options.open(&path).ok();
    found.or_else(|| OpenOptions::new().read(true).write(true).create_new(true).mode(0o644).open(&path).ok())
}
