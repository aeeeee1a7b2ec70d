use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// SHA-256 of an executable, taken when it is first asked for: it takes as long as a compiler's answer, and `detect` has no
/// use for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    path: PathBuf,
    found: OnceLock<String>,
}

impl Digest {
    /// Of a file that has not been read yet.
    pub fn of(path: PathBuf) -> Digest {
        Digest { path, found: OnceLock::new() }
    }

    /// One that was taken before.
    pub fn known(path: PathBuf, hex: String) -> Digest {
        Digest { path, found: hex.into() }
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
        self.found.get_or_init(|| read(&self.path).unwrap_or_default())
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
        assert_eq!(Digest::known(file, "ab".into()).hex(), "ab");
    }
}
