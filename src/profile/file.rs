//! This module reads and writes profiles, and knows where they lie.

use super::{Profile, SCHEMA, parse};
use crate::files;
use crate::text::{self, visible_toml};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Profiles are small; anything larger is not one.
const MAX_BYTES: u64 = 16 << 20;

/// Why a profile could not be read or written.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// The file could not be opened or read.
    #[error("profile {place}: cannot read: {cause}; give another --profile, or write one with `hwtune tune`")]
    Read {
        /// File, or `standard input`.
        place: String,
        /// What the system said.
        cause: String,
    },
    /// The text is not a profile.
    #[error("profile {place}: {what}; correct it, or write it again with `hwtune tune`")]
    Malformed {
        /// File, with line where known.
        place: String,
        /// What is wrong, with the key.
        what: String,
    },
    /// The text is a profile, but not the one that hwtune wrote.
    #[error(
        "profile {place}: {what} does not match its digest: it was changed after hwtune wrote it; write it again with `hwtune tune`"
    )]
    Changed {
        /// Host's name, or file.
        place: String,
        /// The key that holds the digest.
        what: String,
    },
    /// Others can write what root is to believe.
    #[error("profile {place}: {what}; name the file with --profile if you trust it")]
    Foreign {
        /// File.
        place: String,
        /// Whose it is.
        what: String,
    },
    /// The profile was written by a newer hwtune.
    #[error(
        "profile {place}: schema {found} is newer than {SCHEMA}, the newest this hwtune reads; upgrade hwtune"
    )]
    Newer {
        /// File.
        place: String,
        /// Its schema.
        found: i64,
    },
    /// The file could not be written; the old one is untouched.
    #[error(
        "profile {place}: cannot write: {cause}; give another path with -o, or `-o -` for standard output"
    )]
    Write {
        /// File.
        place: String,
        /// What the system said.
        cause: String,
    },
}

/// Reads a profile from a file, `-` being standard input.
pub fn read(path: &Path) -> Result<Profile, ProfileError> {
    let stdin = path == Path::new("-");
    let place = if stdin { "standard input".to_string() } else { text::place(path) };
    let failed = |cause: String| ProfileError::Read { place: place.clone(), cause };
    if !stdin {
        return parse(&files::text(path, MAX_BYTES).map_err(failed)?, &place);
    }
    let mut text = String::new();
    let input = std::io::stdin().lock().take(MAX_BYTES + 1).read_to_string(&mut text);
    input.map_err(|e| failed(e.to_string()))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(failed("larger than 16 MiB".into()));
    }
    parse(&text, &place)
}

/// Whether a profile that nobody named can be believed by root: it belongs to root or to the user that called sudo, and
/// nobody else can write it or put another in its place. Anybody else may believe what they find.
pub fn owned(path: &Path) -> Result<(), ProfileError> {
    let own = rustix::process::geteuid().as_raw();
    if own != 0 {
        return Ok(());
    }
    let caller = std::env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok()).unwrap_or(0);
    others(path, &[own, caller])
        .map_or(Ok(()), |what| Err(ProfileError::Foreign { place: text::place(path), what }))
}

/// Why others than these users can decide what a file holds.
fn others(path: &Path, trusted: &[u32]) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for (what, at) in [("it", path), ("its folder", folder)] {
        let Ok(about) = std::fs::metadata(at) else { continue };
        if !trusted.contains(&about.uid()) {
            return Some(format!("{what} belongs to user {}, and root believes no others", about.uid()));
        }
        if about.mode() & 0o022 != 0 {
            return Some(format!("others than its owner can write to {what}, and root believes no others"));
        }
    }
    None
}

/// The profile as TOML, every character of it visible.
pub fn to_toml(profile: &Profile) -> Result<String, ProfileError> {
    toml::to_string(profile)
        .map(|text| visible_toml(&text).into_owned())
        .map_err(|e| ProfileError::Write { place: profile.host.name.clone(), cause: e.to_string() })
}

/// The same document with the same keys as JSON.
pub fn to_json(profile: &Profile) -> Result<String, ProfileError> {
    serde_json::to_string_pretty(profile)
        .map(|text| text + "\n")
        .map_err(|e| ProfileError::Write { place: profile.host.name.clone(), cause: e.to_string() })
}

/// Tells early whether a profile can be written there: makes the folder and, for a moment, a file beside.
pub fn writable(path: &Path) -> Result<(), ProfileError> {
    let failed = |e: std::io::Error| ProfileError::Write { place: text::place(path), cause: e.to_string() };
    files::writable(path).map_err(failed)
}

/// Writes text to a file so that a reader sees the old one or the whole new one: written beside, synced, renamed.
/// An existing file keeps its mode, a link gives way to the file.
pub fn write(path: &Path, text: &str) -> Result<(), ProfileError> {
    let failed = |e: std::io::Error| ProfileError::Write { place: text::place(path), cause: e.to_string() };
    files::replace(path, text.as_bytes()).map_err(failed)
}

/// `./profiles/HOST.toml` where `./profiles` exists, else `$XDG_STATE_HOME/hwtune/HOST.toml`
/// (root: `/var/lib/hwtune/HOST.toml`).
pub fn default_path(host: &str, root: bool) -> PathBuf {
    let file = format!("{host}.toml");
    if Path::new("profiles").is_dir() {
        return Path::new("profiles").join(file);
    }
    if root {
        return Path::new("/var/lib/hwtune").join(file);
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| ".".into())).join(".local/state");
    state.unwrap_or_else(home).join("hwtune").join(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_others_can_write_is_not_roots() {
        let place = tempfile::tempdir().unwrap();
        let (folder, file) = (place.path().join("profiles"), place.path().join("profiles/host.toml"));
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&file, "").unwrap();
        mode(&folder, 0o755);
        mode(&file, 0o644);
        let own = rustix::process::geteuid().as_raw();
        assert_eq!(others(&file, &[own]), None);
        assert!(others(&file, &[own + 1]).unwrap().contains("belongs to user"));
        mode(&file, 0o664);
        assert!(others(&file, &[own]).unwrap().starts_with("others than its owner can write to it"));
        mode(&file, 0o644);
        mode(&folder, 0o777);
        assert!(others(&file, &[own]).unwrap().contains("its folder"));
    }
}
