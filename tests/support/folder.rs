//! A folder of files from one text, so that a whole folder can be mutated: lines `==> PATH` begin a file, `==> PATH -> TARGET`
//! a link, `==> PATH |` a FIFO, `==> PATH * BYTES` an empty file that says it is that large. Nothing is written outside.

use std::path::{Component, Path};

const OPENS: &str = "==> ";

/// Writes the files of `text` under `root`. What cannot be made is left out.
pub fn unfold(root: &Path, text: &str) {
    let (text, opens) = (format!("\n{text}"), format!("\n{OPENS}"));
    let mut links = Vec::new();
    for piece in text.split(&opens).skip(1).take(64) {
        let (head, body) = piece.split_once('\n').unwrap_or((piece, ""));
        if let Some((path, target)) = head.split_once(" -> ") {
            links.push((path, target));
            continue;
        }
        let (path, special) = match head.strip_suffix(" |") {
            Some(path) => (path, true),
            None => (head, false),
        };
        let (path, size) = match path.split_once(" * ") {
            Some((path, size)) => (path, size.parse::<u64>().ok()),
            None => (path, None),
        };
        let Some(path) = place(root, path) else { continue };
        if special {
            rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).ok();
        } else if let Ok(mut file) = std::fs::File::create_new(&path) {
            std::io::Write::write_all(&mut file, body.as_bytes()).ok();
            size.map(|size| file.set_len(size.min(1 << 40)));
            // Long ago: hwtune waits for a clock that has not moved since.
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).ok();
        }
    }
    // Last, so that no file is written through one.
    for (path, target) in links {
        if let Some(path) = place(root, path) {
            std::os::unix::fs::symlink(target, path).ok();
        }
    }
}

/// Where a file goes: below `root`, no deeper than two folders, which are made.
fn place(root: &Path, path: &str) -> Option<std::path::PathBuf> {
    let parts: Vec<_> = Path::new(path).components().collect();
    let plain = parts.iter().all(|c| matches!(c, Component::Normal(name) if name.len() < 64));
    if !plain || !(1..=3).contains(&parts.len()) {
        return None;
    }
    let whole = root.join(path);
    // A folder may be a link by now.
    let mut folder = root.to_path_buf();
    for part in &parts[..parts.len() - 1] {
        folder.push(part);
        match std::fs::symlink_metadata(&folder) {
            Ok(about) if !about.is_dir() => return None,
            Ok(_) => {}
            Err(_) => std::fs::create_dir(&folder).ok()?,
        }
    }
    Some(whole)
}
