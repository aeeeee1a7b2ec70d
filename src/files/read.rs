//! This module reads files that a user or another program wrote.

use std::fs::{File, Metadata};
use std::io::{Read as _, Take};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Opens for reading and never waits: a FIFO without a writer, a device without a medium would hold us for ever.
pub(super) fn open(path: &Path, more: rustix::fs::OFlags) -> std::io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK | more;
    std::fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

/// A regular file of at most `limit` bytes, links followed. The error is the cause, without the file's name.
///
/// What this process was given open, as a shell's `<(command)` or `/dev/stdin`, may be a pipe: it is read to its end.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    if is_given(path) {
        return stream(path, limit).map_err(|e| e.to_string())?;
    }
    let file = open(path, rustix::fs::OFlags::empty()).map_err(|e| e.to_string())?;
    whole(file, limit)
}

/// Whether a path names a descriptor of this process.
fn is_given(path: &Path) -> bool {
    let number = |n: &std::ffi::OsStr| n.to_str().is_some_and(|n| n.parse::<u32>().is_ok());
    let folders = ["/dev/fd", "/proc/self/fd"].map(Path::new);
    path == Path::new("/dev/stdin")
        || (path.parent().is_some_and(|p| folders.contains(&p)) && path.file_name().is_some_and(number))
}

/// All that a pipe brings, or a file that is open; nothing else is read so.
fn stream(path: &Path, limit: u64) -> std::io::Result<Result<Vec<u8>, String>> {
    use std::os::unix::fs::FileTypeExt as _;
    // Opened without waiting and then read with waiting: a writer may have started or ended meanwhile.
    let file = open(path, rustix::fs::OFlags::empty())?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(whole(file, limit));
    }
    if !kind.is_fifo() {
        return Ok(Err("neither a file nor a pipe".into()));
    }
    rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::empty())?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Ok(Err(format!("larger than {}", size(limit))));
    }
    Ok(Ok(bytes))
}

/// The same of a file that [`super::replace_cached`] alone writes. It never waits: such a file is replaced under its name,
/// and one that is open does not change. What a cache says is believed, and programs that it names are run: one of another
/// user, as root finds it under `sudo -E`, is none.
pub fn cached(path: &Path, limit: u64) -> Result<Vec<u8>, String> {
    let file = open(path, rustix::fs::OFlags::empty()).map_err(|e| e.to_string())?;
    let owner = file.metadata().map_err(|e| e.to_string())?.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err("it belongs to another user".into());
    }
    whole_by(file, limit, Duration::ZERO, |file, bytes| file.read_to_end(bytes))
}

/// The kernel's clock for files, which many file systems read no finer than its tick: 10 ms at most (CONFIG_HZ=100). A
/// single write that lasts longer moves it once, at its beginning.
const TICK: Duration = Duration::from_millis(20);

/// What an opened file holds, whole.
fn whole(file: File, limit: u64) -> Result<Vec<u8>, String> {
    whole_by(file, limit, TICK, |file, bytes| file.read_to_end(bytes))
}

/// `tick` is how long after a change a second one may move no clock.
fn whole_by(
    mut file: File,
    limit: u64,
    tick: Duration,
    read: impl Fn(&mut Take<&mut File>, &mut Vec<u8>) -> std::io::Result<usize>,
) -> Result<Vec<u8>, String> {
    let failed = |e: std::io::Error| e.to_string();
    let fresh = |changed| fresh(changed, tick);
    let mut before = file.metadata().map_err(failed)?;
    if !before.is_file() {
        return Err("not a regular file".into());
    }
    // Of two changes within a tick the second moves no clock: a change while the file is read would go unnoticed.
    if let Some(left) = before.modified().ok().filter(|_| before.len() > 0).and_then(fresh) {
        std::thread::sleep(left);
        before = file.metadata().map_err(failed)?;
    }
    let mut bytes = Vec::new();
    if before.len() <= limit {
        read(&mut (&mut file).take(limit + 1), &mut bytes).map_err(failed)?;
    }
    if before.len().max(bytes.len() as u64) > limit {
        return Err(format!("larger than {}", size(limit)));
    }
    let after = file.metadata().map_err(failed)?;
    // A file of /proc says that it is empty.
    let whole = before.len() == 0 || bytes.len() as u64 == before.len();
    let changing = before.len() > 0 && before.modified().ok().and_then(fresh).is_some();
    if !whole || changing || stamp(&before) != stamp(&after) {
        return Err("it changed while it was read; try again".into());
    }
    Ok(bytes)
}

/// How long it takes until a change would be seen in the time of a file that was changed then; `None` where it would be now.
fn fresh(changed: SystemTime, tick: Duration) -> Option<Duration> {
    let age = SystemTime::now().duration_since(changed).ok()?;
    tick.checked_sub(age).filter(|left| !left.is_zero())
}

/// The same as UTF-8.
pub fn text(path: &Path, limit: u64) -> Result<String, String> {
    utf8(bytes(path, limit)?)
}

/// A text of at most `limit` bytes that lies below one of some folders, links followed.
pub(super) fn text_within(path: &Path, folders: &[&Path], limit: u64) -> Result<String, String> {
    utf8(bytes_within(path, folders, limit)?)
}

/// A regular file of at most `limit` bytes that lies below one of some folders, links followed. Asked of the file that is
/// open, so that nobody puts another in its place between the question and the reading.
pub fn bytes_within(path: &Path, folders: &[&Path], limit: u64) -> Result<Vec<u8>, String> {
    let file = open(path, rustix::fs::OFlags::empty()).map_err(|e| e.to_string())?;
    let own = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    let real = std::fs::read_link(own).or_else(|_| std::fs::canonicalize(path)).map_err(|e| e.to_string())?;
    let below = |folder: &Path| std::fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder));
    if !folders.iter().any(|folder| below(folder)) {
        return Err("it leads out of its folder".into());
    }
    whole(file, limit)
}

fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    let not_utf8 =
        |e: std::string::FromUtf8Error| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to());
    String::from_utf8(bytes).map_err(not_utf8)
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
    fn a_cache_of_another_users_is_none() {
        assert!(cached(Path::new("/etc/passwd"), 1 << 20).is_ok(), "root's");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(cached(&file, 9).unwrap(), b"text");
        // Only root can give a file away.
        if std::os::unix::fs::chown(&file, Some(12345), None).is_ok() {
            assert_eq!(cached(&file, 9).unwrap_err(), "it belongs to another user");
        }
    }

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
            assert_eq!(cached(&none, 9).unwrap_err(), "not a regular file", "{}", none.display());
        }
        assert!(bytes(&at("ring"), 9).is_err() && bytes(&at("none"), 9).is_err());
        assert!(!text(Path::new("/proc/self/status"), 1 << 16).unwrap().is_empty());
    }

    /// A file of two halves that say the same; anything else is a mixture.
    fn two(dir: &Path, letter: u8) -> std::path::PathBuf {
        let path = dir.join("two");
        std::fs::write(&path, [letter; 9000]).unwrap();
        path
    }

    #[test]
    fn what_changes_between_two_reads_is_never_taken_for_whole() {
        let dir = tempfile::tempdir().unwrap();
        type Change = fn(&Path);
        let others: [(&str, Change); 5] = [
            ("rewritten in place", |path| {
                let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
                std::os::unix::fs::FileExt::write_all_at(&file, &[b'b'; 9000], 0).unwrap();
            }),
            ("rewritten again", |path| std::fs::write(path, [b'b'; 9000]).unwrap()),
            ("cut", |path| File::options().write(true).open(path).unwrap().set_len(5000).unwrap()),
            ("grown", |path| {
                let mut file = File::options().append(true).open(path).unwrap();
                std::io::Write::write_all(&mut file, b"b").unwrap();
            }),
            ("emptied", |path| drop(File::create(path).unwrap())),
        ];
        for (what, other) in others {
            let path = two(dir.path(), b'a');
            let read = whole_by(File::open(&path).unwrap(), 1 << 20, TICK, |file, bytes| {
                let half = file.by_ref().take(4500).read_to_end(bytes)?;
                other(&path);
                Ok(half + file.read_to_end(bytes)?)
            });
            assert_eq!(read.unwrap_err(), "it changed while it was read; try again", "{what}");
        }
        // Replaced by another file under its name: the one that is open is whole.
        let path = two(dir.path(), b'a');
        let read = whole_by(File::open(&path).unwrap(), 1 << 20, TICK, |file, bytes| {
            let half = file.by_ref().take(4500).read_to_end(bytes)?;
            std::fs::write(dir.path().join("new"), [b'b'; 9000]).unwrap();
            std::fs::rename(dir.path().join("new"), &path).unwrap();
            Ok(half + file.read_to_end(bytes)?)
        });
        assert_eq!(read.unwrap(), [b'a'; 9000]);
    }

    #[test]
    fn a_file_is_read_when_a_change_would_move_its_clock() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..5 {
            let path = two(dir.path(), b'a');
            bytes(&path, 1 << 20).unwrap();
            let age = std::fs::metadata(&path).unwrap().modified().unwrap().elapsed().unwrap();
            assert!(age >= TICK, "{age:?}");
        }
        // One of another machine's clock is read at once, and is judged by its time all the same.
        let path = two(dir.path(), b'a');
        let later = SystemTime::now() + Duration::from_secs(3600);
        File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(fresh(later, TICK).is_none() && bytes(&path, 1 << 20).is_ok());
        // A file that is written without a pause is an error and is not waited for.
        let read = whole_by(File::open(&path).unwrap(), 1 << 20, TICK, |file, bytes| {
            std::fs::write(&path, [b'b'; 9000]).unwrap();
            file.read_to_end(bytes)
        });
        assert!(read.unwrap_err().contains("changed"));
    }
}
