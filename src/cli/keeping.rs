//! The file that `tune` writes its profile to: what is there already, and what becomes of it.

use super::common::Common;
use super::exit;
use super::output::{self, Stop};
use hwtune::files;
use hwtune::profile::{self, Host, Kept, Profile, ProfileError};
use hwtune::text::place;
use hwtune::tune::Subject;
use std::path::{Path, PathBuf};

/// How long another writer of the same profile is waited for: it joins two profiles and writes a file.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What a run is about to write over.
pub struct Asked<'a> {
    /// Host as it is now.
    pub host: &'a Host,
    /// What is measured.
    pub subjects: &'a [Subject],
    /// Id of the compiler that measures, where it was named.
    pub named: Option<String>,
}

/// A file for the profile of this host.
pub struct Keeping {
    /// The file.
    pub path: PathBuf,
    force: bool,
}

impl Keeping {
    /// The file of `-o` or the usual one; `None` for standard output.
    pub fn of(common: &Common, host: &str, force: bool) -> Option<Keeping> {
        let path = match &common.output {
            Some(path) if path == Path::new("-") => return None,
            Some(path) => path.clone(),
            None => profile::default_path(host, hwtune::host::is_root()),
        };
        Some(Keeping { path, force })
    }

    /// The profile that is there, before anything is measured: a place that cannot be written, and a file that the run may
    /// not replace, are said at once.
    pub fn look(&self) -> anyhow::Result<Option<Profile>> {
        profile::writable(&self.path)?;
        match self.read() {
            Ok(old) => Ok(old),
            Err(_) if self.force => Ok(None),
            Err(newer @ ProfileError::Newer { .. }) => Err(newer.into()),
            Err(ProfileError::Malformed { what, .. }) => {
                Err(self.not_replaced(&format!("not a hwtune profile ({what})")))
            }
            Err(ProfileError::Changed { what, .. }) => {
                Err(self.not_replaced(&format!("{what} was changed after hwtune wrote it")))
            }
            Err(other) => Err(self.not_replaced(&other.to_string())),
        }
    }

    /// Refuses to replace the profile of another host, or a result of another compiler or of better evidence.
    pub fn may_replace(&self, old: Option<&Profile>, asked: &Asked) -> anyhow::Result<()> {
        let Some(old) = old.filter(|_| !self.force) else { return Ok(()) };
        if let Some(why) = profile::other_host(&old.host, asked.host) {
            return Err(self.not_replaced(&why));
        }
        for subject in asked.subjects {
            let sections = if subject.package.is_some() { &old.package } else { &old.kernel };
            let Some(section) = sections.get(&subject.name) else { continue };
            let toolchain = asked.named.as_ref().unwrap_or(&section.toolchain);
            if let Some(why) = profile::weaker(section, toolchain, subject.evidence) {
                return Err(self.not_replaced(&format!("{}: {why}", subject.name)));
            }
        }
        Ok(())
    }

    fn not_replaced(&self, why: &str) -> anyhow::Error {
        let file = place(&self.path);
        Stop::usage(format!(
            "-o {file}: {why}; nothing was written: give another -o, or --force, which keeps the file as {file}.bak"
        ))
        .into()
    }

    /// Nothing where there is no file, an empty one, or a device.
    fn read(&self) -> Result<Option<Profile>, ProfileError> {
        match std::fs::metadata(&self.path) {
            Ok(about) if about.is_file() && about.len() > 0 => {
                let old = profile::read(&self.path)?;
                profile::sealed(&old)?;
                Ok(Some(old))
            }
            _ => Ok(None),
        }
    }

    /// Joins a run with what is there now, which another run may have written meanwhile, and writes it. What would be lost
    /// is kept beside.
    pub fn write(&self, common: &Common, run: &Profile, subset: bool) -> anyhow::Result<Profile> {
        let _held = files::hold(&self.path, PATIENCE);
        let (old, unread) = match self.read() {
            Ok(old) => (old, None),
            Err(why) => (None, Some(why.to_string())),
        };
        let foreign = old.as_ref().is_some_and(|old| profile::other_host(&old.host, &run.host).is_some());
        let Kept { mut profile, notes, loses } = profile::keep(run.clone(), old, self.force, subset);
        profile.digest = profile::digest(&profile);
        let text = profile::to_toml(&profile)?;
        notes.iter().for_each(|line| output::note(common, line));
        if loses || foreign || unread.is_some() {
            let cannot = |e: std::io::Error| Stop {
                code: exit::CANNOT_WRITE,
                message: format!(
                    "profile {}: cannot keep the old one beside: {e}; nothing was written",
                    place(&self.path)
                ),
            };
            let beside = files::aside(&self.path).map_err(cannot)?;
            let why = unread.map(|why| format!(" ({why})")).unwrap_or_default();
            output::note(common, &format!("the old file is kept as {}{why}", place(&beside)));
        }
        profile::write(&self.path, &text)?;
        output::note(common, &format!("profile written to {}", place(&self.path)));
        Ok(profile)
    }
}
