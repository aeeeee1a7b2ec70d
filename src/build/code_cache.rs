//! Which code a source becomes under which flags, kept in `$XDG_CACHE_HOME/hwtune/code`, one file a compiler, so
//! that a second run starts measuring at once. It can be deleted at any time; whatever is wrong with it means that
//! the compiler is run again.

use super::identity::{Code, Identity};
use crate::files::Store;
pub use crate::text::{Key, key};
use crate::toolchain::{Compiler, cache_folder};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

/// First bytes of a file; another version of the identity's definition is another magic.
const MAGIC: &[u8; 8] = b"hwcode2\n";
/// Last bytes: the beginning of a SHA-256 over all before them. A record with a wrong bit would be a wrong verdict.
const DIGEST: usize = 16;
/// Key, code, bytes.
const RECORD: usize = 16 + 32 + 8;
/// Records kept: some 11 MB. A file that is full is started again.
const MOST: usize = 200_000;

/// The cache of one compiler.
#[derive(Debug, Default)]
pub struct CodeCache {
    file: Option<PathBuf>,
    known: Mutex<HashMap<Key, Identity>>,
    fresh: Mutex<bool>,
}

impl CodeCache {
    /// Reads the cache of a compiler; empty where there is none or it is damaged.
    pub fn of(compiler: &Compiler) -> CodeCache {
        CodeCache::at(cache_folder("code"), compiler)
    }

    /// The same in a folder of the caller's; `None` keeps nothing.
    pub fn at(folder: Option<PathBuf>, compiler: &Compiler) -> CodeCache {
        let file = folder.map(|folder| folder.join(crate::text::hex(&key([&*compiler.fingerprint()]))));
        let known = file
            .as_ref()
            .and_then(|f| crate::files::cached(f, (RECORD * MOST + 4096) as u64).ok())
            .map(|b| parse(&b))
            .unwrap_or_default();
        CodeCache { file, known: Mutex::new(known), fresh: Mutex::new(false) }
    }

    /// What is known.
    pub fn get(&self, key: &Key) -> Option<Identity> {
        self.known.lock().ok()?.get(key).copied()
    }

    /// The same compiler's objects.
    pub(super) fn objects(&self) -> Store {
        let beside = |file: &PathBuf| Some(file.parent()?.parent()?.join("objects").join(file.file_name()?));
        Store::at(self.file.as_ref().and_then(beside))
    }

    /// Keeps an identity.
    pub fn put(&self, key: Key, identity: Identity) {
        if let (Ok(mut known), Ok(mut fresh)) = (self.known.lock(), self.fresh.lock()) {
            *fresh |= known.insert(key, identity) != Some(identity);
        }
    }

    /// Writes what is new, beside and renamed. A cache that cannot be written is no cache.
    pub fn save(&self) {
        let (Ok(known), Ok(mut fresh), Some(file)) = (self.known.lock(), self.fresh.lock(), &self.file)
        else {
            return;
        };
        if !std::mem::take(&mut *fresh) {
            return;
        }
        let mut bytes = MAGIC.to_vec();
        for (key, identity) in known.iter().take(MOST) {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(&identity.code.0);
            bytes.extend_from_slice(&identity.bytes.to_le_bytes());
        }
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest[..DIGEST]);
        let _ = crate::files::replace_cached(file, &bytes);
    }
}

impl Drop for CodeCache {
    fn drop(&mut self) {
        self.save();
    }
}

fn parse(bytes: &[u8]) -> HashMap<Key, Identity> {
    let whole = bytes.split_last_chunk::<DIGEST>();
    let whole = whole.filter(|(rest, digest)| Sha256::digest(rest)[..DIGEST] == digest[..]);
    let records = whole.and_then(|(rest, _)| rest.strip_prefix(MAGIC));
    let Some(records) = records.filter(|r| r.len() % RECORD == 0 && r.len() / RECORD < MOST) else {
        return HashMap::new();
    };
    records
        .chunks_exact(RECORD)
        .filter_map(|r| {
            let (key, rest) = r.split_at(16);
            let (code, size) = rest.split_at(32);
            let bytes = u64::from_le_bytes(size.try_into().ok()?);
            Some((key.try_into().ok()?, Identity { code: Code(code.try_into().ok()?), bytes }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_cache_is_no_cache() {
        let dir = tempfile::tempdir().unwrap();
        let file = Some(dir.path().join("x"));
        let mut cache = CodeCache::default();
        cache.file = file.clone();
        let identity = Identity { code: Code([7; 32]), bytes: 9 };
        cache.put(key(["one"]), identity);
        cache.save();
        let mut bytes = std::fs::read(file.as_ref().unwrap()).unwrap();
        assert_eq!(parse(&bytes)[&key(["one"])], identity);
        for at in 0..bytes.len() {
            bytes[at] ^= 4;
            assert!(parse(&bytes).is_empty(), "a wrong bit in byte {at}");
            bytes[at] ^= 4;
        }
        assert_eq!(parse(&bytes).len(), 1);
        bytes.pop();
        assert!(parse(&bytes).is_empty() && parse(b"").is_empty() && parse(b"hwcode2\n").is_empty());
    }
}
