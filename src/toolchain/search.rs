//! Compilers on PATH whose names bear a version. To read its folders takes longer than all that a remembered compiler has to
//! say: what was found is kept in `$XDG_CACHE_HOME/hwtune/search/path.json` for as long as the folders are the same.

use super::cache::cache_folder;
use super::compiler::Family;
use super::stamp::{Stamp, tool};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// What was found is a few names in the folders of one PATH.
const LARGEST: u64 = 1 << 20;

/// What was found on the PATH that was searched last.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Found {
    tool: String,
    path: PathBuf,
    folders: Vec<Stamp>,
    compilers: Vec<PathBuf>,
}

/// `gcc-N` and `clang-N` on PATH: gcc first, newest first, each in the order of PATH. A folder that is there twice, as `/bin`
/// beside `/usr/bin`, counts once.
pub(super) fn versioned() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    remembered(&path, cache_folder("search").map(|folder| folder.join("path.json")).as_deref())
}

fn remembered(path: &OsStr, file: Option<&Path>) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let (stamps, folders): (Vec<Stamp>, Vec<PathBuf>) = std::env::split_paths(path)
        .filter(|f| f.is_absolute())
        .filter_map(|folder| Some((Stamp::of(&folder.canonicalize().ok()?)?, folder)))
        .filter(|(stamp, _)| seen.insert(stamp.path().to_path_buf()))
        .unzip();
    let mut now = Found { tool: tool(), path: path.into(), folders: stamps, compilers: Vec::new() };
    let known = file.and_then(|f| crate::files::cached(f, LARGEST).ok());
    // Nothing is run for the file's sake that PATH does not have.
    let on_path = |c: &PathBuf| {
        c.file_name().and_then(rank).is_some() && folders.iter().any(|f| c.parent() == Some(f.as_path()))
    };
    if let Some(Ok(known)) = known.map(|bytes| serde_json::from_slice::<Found>(&bytes))
        && (&known.tool, &known.path, &known.folders) == (&now.tool, &now.path, &now.folders)
        && known.compilers.iter().all(on_path)
    {
        return known.compilers;
    }
    now.compilers = search(&folders);
    // One that changed a moment ago may change again unseen. A cache that cannot be written is not a cache.
    if let Some(file) = file.filter(|_| now.folders.iter().all(Stamp::is_settled)) {
        let _ = serde_json::to_vec(&now).map(|bytes| crate::files::replace_cached(file, &bytes));
    }
    now.compilers
}

fn search(folders: &[PathBuf]) -> Vec<PathBuf> {
    let entries = folders.iter().filter_map(|f| std::fs::read_dir(f).ok()).flatten().flatten();
    let mut found: Vec<_> = entries.filter_map(|e| Some((rank(&e.file_name())?, e.path()))).collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, path)| path).collect()
}

/// What to sort a compiler's name by; `None` for any other name.
fn rank(name: &OsStr) -> Option<(Family, Reverse<Vec<u32>>)> {
    let (stem, numbers) = name.to_str()?.split_once('-')?;
    let family = match stem {
        "gcc" => Family::Gcc,
        "clang" => Family::Clang,
        _ => return None,
    };
    let numbers: Result<Vec<u32>, _> = numbers.split('.').map(str::parse).collect();
    Some((family, Reverse(numbers.ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two folders, one of them also by a link.
    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf, std::ffi::OsString) {
        let root = tempfile::tempdir().unwrap();
        let (one, two, link) = (root.path().join("one"), root.path().join("two"), root.path().join("link"));
        std::fs::create_dir(&one).unwrap();
        std::fs::create_dir(&two).unwrap();
        std::os::unix::fs::symlink(&two, &link).unwrap();
        for name in ["gcc-11", "gcc-12", "gcc-ar", "gcc-12-ar", "clang-9", "clang-16", "gcc-"] {
            std::fs::write(two.join(name), "").unwrap();
        }
        std::fs::write(one.join("gcc-11"), "").unwrap();
        let path = std::env::join_paths([&one, &two, &link, Path::new("relative")]).unwrap();
        (root, one, two, path)
    }

    /// Makes it last changed a minute ago.
    fn age(folder: &Path) {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        std::fs::File::open(folder).unwrap().set_modified(then).unwrap();
    }

    #[test]
    fn newest_first_in_the_order_of_path_and_each_folder_once() {
        let (_root, one, two, path) = folders();
        let expected = [
            two.join("gcc-12"),
            one.join("gcc-11"),
            two.join("gcc-11"),
            two.join("clang-16"),
            two.join("clang-9"),
        ];
        assert_eq!(remembered(&path, None), expected);
    }

    #[test]
    fn what_was_found_holds_as_long_as_the_folders_do() {
        let (root, one, two, path) = folders();
        let file = root.path().join("cache/path.json");
        let all = remembered(&path, Some(&file));
        assert!(!file.exists(), "a folder changed just now");
        age(&one);
        age(&two);
        assert_eq!(remembered(&path, Some(&file)), all);
        // What is kept is what is answered.
        let mut kept: Found = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        kept.compilers.truncate(1);
        std::fs::write(&file, serde_json::to_vec(&kept).unwrap()).unwrap();
        assert_eq!(remembered(&path, Some(&file)), all[..1]);
        // Another PATH, another build, another folder.
        assert_eq!(remembered(one.as_os_str(), Some(&file)), [one.join("gcc-11")]);
        kept.tool.push('x');
        std::fs::write(&file, serde_json::to_vec(&kept).unwrap()).unwrap();
        assert_eq!(remembered(&path, Some(&file)), all);
        std::fs::remove_file(two.join("gcc-12")).unwrap();
        assert_eq!(remembered(&path, Some(&file)), all[1..]);
        age(&two);
        remembered(&path, Some(&file));
        for stranger in [root.path().join("gcc-99"), two.join("evil"), one.join("../gcc-13")] {
            let mut kept: Found = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            kept.compilers.push(stranger);
            std::fs::write(&file, serde_json::to_vec(&kept).unwrap()).unwrap();
            assert_eq!(remembered(&path, Some(&file)), all[1..]);
        }
        for spoilt in ["", "{}", "[1", "\u{0}"] {
            std::fs::write(&file, spoilt).unwrap();
            assert_eq!(remembered(&path, Some(&file)), all[1..]);
        }
    }
}
