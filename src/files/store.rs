//! What compilers made in earlier runs, so that it is not compiled twice: one file each, in a folder of the user's cache. It
//! can be deleted at any time; whatever is wrong with it means that the compiler is run again.

use super::{cached, replace_cached};
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::time::SystemTime;

/// Bytes of the digest at the end of each file.
const DIGEST: usize = 16;
/// No file is larger.
const LARGEST: u64 = 16 << 20;
/// The folder's size from which on its oldest files go.
const ROOM: u64 = 192 << 20;
/// One file in so many is followed by a look at the folder's size.
const SWEEP: u8 = 16;

/// Files by their keys; without a folder nothing is kept.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Option<PathBuf>,
}

impl Store {
    /// A store in a folder.
    pub fn at(folder: Option<PathBuf>) -> Store {
        Store { folder }
    }

    /// A file, if it is there and whole.
    pub fn get(&self, key: &[u8; 16]) -> Option<Vec<u8>> {
        let mut bytes = cached(&self.file(key)?, LARGEST).ok()?;
        let at = bytes.len().checked_sub(DIGEST)?;
        let digest = bytes.split_off(at);
        (Sha256::digest(&bytes)[..DIGEST] == digest[..]).then_some(bytes)
    }

    /// Keeps a file. A folder that cannot be written keeps nothing.
    pub fn put(&self, key: &[u8; 16], bytes: &[u8]) {
        let Some(file) = self.file(key) else { return };
        let whole = [bytes, &Sha256::digest(bytes)[..DIGEST]].concat();
        let _ = replace_cached(&file, &whole);
        if key[0].is_multiple_of(SWEEP) {
            self.sweep();
        }
    }

    fn file(&self, key: &[u8; 16]) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(hex(key)))
    }

    /// Removes the oldest files until half of the room is free.
    fn sweep(&self) {
        let Some(entries) = self.folder.as_ref().and_then(|f| std::fs::read_dir(f).ok()) else { return };
        let aged = |entry: std::fs::DirEntry| {
            let about = entry.metadata().ok()?;
            Some((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()))
        };
        let mut files: Vec<_> = entries.flatten().filter_map(aged).collect();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        if total <= ROOM {
            return;
        }
        files.sort();
        for (_, size, path) in files {
            if total <= ROOM / 2 {
                break;
            }
            total -= size;
            std::fs::remove_file(path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(Some(dir.path().join("objects/gcc")));
        assert_eq!(store.get(&[3; 16]), None);
        store.put(&[3; 16], b"an object");
        assert_eq!(store.get(&[3; 16]).unwrap(), b"an object");
        let file = store.file(&[3; 16]).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[2] ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(store.get(&[3; 16]), None, "a wrong bit");
        std::fs::write(&file, b"short").unwrap();
        assert_eq!(store.get(&[3; 16]), None, "cut off");
        assert_eq!(Store::at(None).get(&[3; 16]), None);
    }
}
