//! This module computes digests of compilers and of the files that steer them.

use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// SHA-256 of an executable and of the files that steer it, taken when it is first asked for: it takes as long as a
/// compiler's answer, and `detect` has no use for it. Without such files it is that of the executable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    path: PathBuf,
    beside: Vec<PathBuf>,
    found: OnceLock<String>,
}

impl Digest {
    /// Of a file that has not been read yet.
    pub fn of(path: PathBuf) -> Digest {
        Digest::with(path, Vec::new())
    }

    /// The same with the files that decide how it is called: a wrapper, its settings, specs.
    pub fn with(path: PathBuf, beside: Vec<PathBuf>) -> Digest {
        Digest { path, beside, found: OnceLock::new() }
    }

    /// One that was taken before.
    pub fn known(path: PathBuf, hex: String) -> Digest {
        Digest { path, beside: Vec::new(), found: hex.into() }
    }

    /// One that was taken before, or not, with the files that decide how it is called.
    pub(super) fn again(path: PathBuf, beside: Vec<PathBuf>, hex: Option<String>) -> Digest {
        Digest { path, beside, found: hex.map(OnceLock::from).unwrap_or_default() }
    }

    /// The files that decide how the executable is called.
    pub(super) fn beside(&self) -> &[PathBuf] {
        &self.beside
    }

    /// The file.
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The hexadecimal where it has been taken.
    pub fn found(&self) -> Option<&str> {
        self.found.get().map(String::as_str)
    }

    /// Hexadecimal; empty where the file cannot be read.
    pub fn hex(&self) -> &str {
        self.found.get_or_init(|| self.taken().unwrap_or_default())
    }

    fn taken(&self) -> std::io::Result<String> {
        let own = read(&self.path)?;
        if self.beside.is_empty() {
            return Ok(own);
        }
        let mut whole = Sha256::new();
        whole.update(own);
        for file in &self.beside {
            // The name tells one setting from another; the folder is where it happens to lie.
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            whole.update((name.len() as u64).to_le_bytes());
            whole.update(name.as_bytes());
            whole.update(read(file).unwrap_or_default());
        }
        Ok(crate::text::hex(&whole.finalize()))
    }
}

/// Block by block: as a whole, a driver of a MiB costs more time in new pages than in its digest.
fn read(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut block = [0; 1 << 15];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(crate::text::hex(&digest.finalize())),
            n => digest.update(&block[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_longer_than_a_block() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, vec![b'a'; 1_000_000]).unwrap();
        let digest = Digest::of(file.clone());
        assert_eq!(digest.found(), None);
        // NIST's example: a million times the letter a.
        assert_eq!(digest.hex(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
        assert_eq!(Digest::of(folder.path().join("none")).hex(), "");
        assert_eq!(Digest::known(file.clone(), "ab".into()).hex(), "ab");
        // Each file beside it counts, by name and content.
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        for path in [&one, &two] {
            std::fs::write(path, "x").unwrap();
        }
        let with = |beside: &[&PathBuf]| {
            Digest::with(file.clone(), beside.iter().map(|p| p.to_path_buf()).collect()).hex().to_string()
        };
        let mut all = vec![with(&[]), with(&[&one]), with(&[&two]), with(&[&one, &two])];
        std::fs::write(&one, "y").unwrap();
        all.push(with(&[&one]));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
