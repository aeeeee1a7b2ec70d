//! A folder that a user names: it is read within limits, whatever lies in it.

use super::read;
use std::cell::Cell;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Entries listed in all; a folder that people fill by hand has no tenth of it.
const MOST: usize = 10_000;
/// Bytes read in all.
const MOST_BYTES: u64 = 64 << 20;
/// Where links may lead beside the folder itself: nobody writes there, and what NixOS and home-manager put into a folder is
/// a link to it.
const STORE: &str = "/nix/store";

/// The folder, and what may still be read of it. Its files stay within: a link may lead elsewhere in the folder, or into
/// the Nix store. Errors are the cause, without the file's name.
#[derive(Clone, Debug)]
pub struct Own {
    root: PathBuf,
    entries: Cell<usize>,
    bytes: Cell<u64>,
}

impl Own {
    /// A folder of which nothing was read yet.
    pub fn new(root: &Path) -> Own {
        Own { root: root.to_path_buf(), entries: Cell::new(MOST), bytes: Cell::new(MOST_BYTES) }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The names of the entries of one of its folders that are wanted, sorted.
    pub fn names(&self, folder: &str, wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>, String> {
        let (all, seen) = list(&self.root.join(folder), self.entries.get(), wanted)?;
        self.entries.set(self.entries.get() - seen);
        let name = |path: PathBuf| {
            let name = path.file_name().unwrap_or_default();
            let odd = || format!("{}: its name is not UTF-8, rename it", crate::text::place(Path::new(name)));
            name.to_str().map(str::to_string).ok_or_else(odd)
        };
        all.into_iter().map(name).collect()
    }

    /// The text of one of its files, of at most `limit` bytes; `None` where there is none.
    pub fn text(&self, path: &str, limit: u64) -> Result<Option<String>, String> {
        let whole = self.root.join(path);
        // A link to nothing is not nothing: what it should have led to would be left out without a word.
        if std::fs::symlink_metadata(&whole).is_err_and(|e| e.kind() == ErrorKind::NotFound) {
            return Ok(None);
        }
        let text = read::text_within(&whole, &[&self.root, Path::new(STORE)], limit)?;
        let left = self.bytes.get().checked_sub(text.len() as u64);
        let too_much = || format!("more than {} MiB with what was read before it", MOST_BYTES >> 20);
        self.bytes.set(left.ok_or_else(too_much)?);
        Ok(Some(text))
    }
}

/// The entries of a folder that are wanted, sorted, and how many it has; one of more than `most` is refused, counted as it
/// is read.
pub fn list(
    folder: &Path,
    most: usize,
    wanted: impl Fn(&Path) -> bool,
) -> Result<(Vec<PathBuf>, usize), String> {
    let failed = |e: std::io::Error| e.to_string();
    let (mut all, mut seen) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        seen += 1;
        if seen > most {
            return Err(format!("too many files, the limit is {}", most.max(MOST)));
        }
        let path = entry.map_err(failed)?.path();
        if wanted(&path) {
            all.push(path);
        }
    }
    all.sort();
    Ok((all, seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_stay_within_and_one_to_nothing_is_told() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("own");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(place.path().join("outside"), "secret").unwrap();
        std::fs::write(root.join("sub/fine"), "text").unwrap();
        // A name that begins as the folder's does.
        std::fs::create_dir(place.path().join("own2")).unwrap();
        std::fs::write(place.path().join("own2/outside"), "secret").unwrap();
        for (name, target) in [
            ("near", "sub/fine"),
            ("round", "../own/sub/fine"),
            ("out", "../outside"),
            ("beside", "../own2/outside"),
            ("gone", "nowhere"),
            ("folder", ".."),
        ] {
            symlink(target, root.join(name)).unwrap();
        }
        symlink(root.join("sub/fine"), root.join("whole")).unwrap();
        symlink(&root, place.path().join("alias")).unwrap();
        for from in [&root, &place.path().join("alias")] {
            let own = Own::new(from);
            for fine in ["sub/fine", "near", "round", "whole", "folder/own/near"] {
                assert_eq!(own.text(fine, 9).unwrap().as_deref(), Some("text"), "{fine}");
            }
            for bad in ["out", "beside", "folder/outside"] {
                assert_eq!(own.text(bad, 9).unwrap_err(), "it leads out of its folder", "{bad}");
            }
            assert!(own.text("gone", 9).unwrap_err().contains("No such file"));
            assert_eq!(own.text("none", 9).unwrap(), None);
        }
    }

    #[test]
    fn so_many_entries_and_bytes_and_no_more() {
        let place = tempfile::tempdir().unwrap();
        let mib = vec![b' '; 1 << 20];
        std::fs::write(place.path().join("large"), &mib).unwrap();
        let own = Own::new(place.path());
        for _ in 0..64 {
            assert!(own.text("large", 1 << 20).is_ok());
        }
        assert!(own.text("large", 1 << 20).unwrap_err().starts_with("more than 64 MiB"));
        // Counted over all its folders.
        std::fs::create_dir(place.path().join("many")).unwrap();
        (0..MOST - 2).for_each(|n| drop(std::fs::File::create(place.path().join(format!("many/{n}")))));
        assert_eq!(own.names("", |p| p.is_dir()).unwrap(), ["many"]);
        assert_eq!(own.names("many", |_| true).unwrap().len(), MOST - 2);
        assert_eq!(own.names("", |_| true).unwrap_err(), "too many files, the limit is 10000");
        assert!(list(&place.path().join("many"), MOST - 3, |_| false).is_err());
    }
}
