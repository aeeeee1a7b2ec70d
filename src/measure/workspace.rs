//! The private directory everything is built in.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory of mode 0700 with an unguessable name, removed when dropped. A lock inside tells a later run
/// whether its owner still lives: after a kill the next run sweeps what was left.
#[derive(Debug)]
pub struct Workspace {
    dir: TempDir,
    _lock: std::fs::File,
}

const PREFIX: &str = "hwtune-";
const LOCK: &str = ".lock";

impl Workspace {
    /// Makes a fresh one under TMPDIR and sweeps those whose owners are gone.
    pub fn new() -> std::io::Result<Workspace> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let dir = tempfile::Builder::new().prefix(PREFIX).rand_bytes(12).tempdir_in(&parent)?;
        // Locked before it has its name: a sweep between the two would take it for a dead run's.
        let unnamed = dir.path().join("lock-to-be");
        let lock = std::fs::File::create_new(&unnamed)?;
        fs4::FileExt::try_lock(&lock).map_err(|e| std::io::Error::other(e.to_string()))?;
        std::fs::rename(&unnamed, dir.path().join(LOCK))?;
        Ok(Workspace { dir, _lock: lock })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file of the workspace and returns its path. Directories in between are made.
    pub fn write(&self, name: impl AsRef<Path>, bytes: &[u8]) -> std::io::Result<PathBuf> {
        let path = self.dir.path().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// Removes directories of ours whose lock is free: their owner was killed.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        // `file_type` does not follow links: a link with our prefix is somebody else's.
        if !name.to_string_lossy().starts_with(PREFIX) || !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        let Ok(lock) = std::fs::File::open(entry.path().join(LOCK)) else { continue };
        if fs4::FileExt::try_lock(&lock).is_ok() {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_swept_and_a_living_one_is_not() {
        let alive = Workspace::new().unwrap();
        let dead = std::env::temp_dir().join(format!("{PREFIX}dead-{}", std::process::id()));
        std::fs::create_dir_all(&dead).unwrap();
        std::fs::write(dead.join(LOCK), "").unwrap();
        let next = Workspace::new().unwrap();
        assert!(alive.path().is_dir() && next.path().is_dir() && !dead.exists());
        let path = next.path().to_path_buf();
        drop(next);
        assert!(!path.exists());
    }
}
