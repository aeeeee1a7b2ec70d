//! Reading what a user or another program put there.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Opens for reading and never waits: a FIFO without a writer, a device without a medium would hold us for ever.
pub(super) fn open(path: &Path, more: rustix::fs::OFlags) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK | more;
    std::fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

/// A regular file of at most `limit` bytes, links followed. The error is the cause, without the file's name.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| e.to_string();
    let mut file = open(path, rustix::fs::OFlags::empty()).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    if !before.is_file() {
        return Err("not a regular file".into());
    }
    let mut bytes = Vec::new();
    if before.len() <= limit {
        (&mut file).take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if before.len().max(bytes.len() as u64) > limit {
        return Err(format!("larger than {}", size(limit)));
    }
    let after = file.metadata().map_err(failed)?;
    // A file of /proc says that it is empty.
    let whole = before.len() == 0 || bytes.len() as u64 == before.len();
    if !whole || stamp(&before) != stamp(&after) {
        return Err("it changed while it was read; try again".into());
    }
    Ok(bytes)
}

/// The same as UTF-8.
pub fn text(path: &Path, limit: u64) -> Result<String, String> {
    let not_utf8 =
        |e: std::string::FromUtf8Error| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to());
    String::from_utf8(bytes(path, limit)?).map_err(not_utf8)
}

fn stamp(about: &Metadata) -> (u64, i64, i64) {
    (about.len(), about.mtime(), about.mtime_nsec())
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_of_sensible_size_is_said_to_be_none() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("fine"), "text").unwrap();
        std::os::unix::fs::symlink(at("fine"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("ring"), at("ring")).unwrap();
        std::fs::write(at("odd"), [b'a', 0xff]).unwrap();
        File::create(at("huge")).unwrap().set_len(1 << 40).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(text(&at("fine"), 4).unwrap(), "text");
        assert_eq!(text(&at("link"), 4).unwrap(), "text");
        assert_eq!(text(&at("fine"), 3).unwrap_err(), "larger than 3 bytes");
        assert_eq!(bytes(&at("huge"), 2 << 20).unwrap_err(), "larger than 2 MiB");
        assert_eq!(text(&at("odd"), 4).unwrap_err(), "not UTF-8 at byte 1");
        for none in [at("fifo"), dir.path().into(), "/dev/zero".into()] {
            assert_eq!(bytes(&none, 9).unwrap_err(), "not a regular file", "{}", none.display());
        }
        assert!(bytes(&at("ring"), 9).is_err() && bytes(&at("none"), 9).is_err());
        assert!(!text(Path::new("/proc/self/status"), 1 << 16).unwrap().is_empty());
    }
}
