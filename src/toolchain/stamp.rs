//! A stamp shows whether a file has changed since it was last read.

use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A file or folder as it was when something was learnt of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stamp {
    path: PathBuf,
    size: u64,
    mtime: i64,
    mtime_nsec: i64,
    inode: u64,
}

impl Stamp {
    /// As it is now; `None` where it is not there.
    pub(super) fn of(path: &Path) -> Option<Stamp> {
        let meta = std::fs::metadata(path).ok()?;
        Some(Stamp {
            path: path.to_path_buf(),
            size: meta.len(),
            mtime: meta.mtime(),
            mtime_nsec: meta.mtime_nsec(),
            inode: meta.ino(),
        })
    }

    /// Whether it is still the same.
    pub(super) fn holds(&self) -> bool {
        Stamp::of(&self.path).as_ref() == Some(self)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its last change is so long ago that another one would show: the coarsest clocks of file systems tick every two
    /// seconds (FAT).
    pub(super) fn is_settled(&self) -> bool {
        let changed = Duration::new(self.mtime.max(0) as u64, self.mtime_nsec.clamp(0, 999_999_999) as u32);
        let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + changed);
        age.is_ok_and(|age| age > Duration::from_secs(2))
    }
}

/// Tells this build of hwtune from another, which may have other rules and tables.
pub(super) fn tool() -> String {
    let program = std::env::current_exe().ok().and_then(|p| Stamp::of(&p));
    let built = program.map(|s| format!("{}.{:09}-{}", s.mtime, s.mtime_nsec, s.size)).unwrap_or_default();
    format!("{} {built}", env!("CARGO_PKG_VERSION"))
}
