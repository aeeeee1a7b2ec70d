//! A builder that compiles the units of a recorded build by their own commands.

use super::document::Step;
use super::replay::Replay;
use crate::build::builder::{BuildError, Builder, Flags};
use std::path::{Path, PathBuf};

/// Whether a path ends in one of the globs, at a folder's border.
pub(super) fn ends_in(path: &Path, globs: &[String]) -> bool {
    globs.iter().any(|glob| {
        let folders = glob.matches('/').count() + 1;
        let parts: Vec<_> = path.components().collect();
        let end: PathBuf = parts[parts.len().saturating_sub(folders)..].iter().collect();
        glob::Pattern::new(glob).is_ok_and(|pattern| pattern.matches_path(&end))
    })
}

impl<'a> Builder<'a> {
    /// The same builder, which compiles the units of a recorded build by their own commands.
    pub fn replaying(mut self, replay: &'a Replay) -> Builder<'a> {
        self.replay = Some(replay);
        self
    }

    /// The recorded build, if there is one.
    pub(in crate::build) fn replay(&self) -> Option<&Replay> {
        self.replay
    }

    /// Of all flags of a build, those beyond the base: for compiling and for linking.
    pub(in crate::build) fn further(&self, all: &Flags) -> (Vec<String>, Vec<String>) {
        let beyond = |all: &[String], base: &[String]| all.strip_prefix(base).unwrap_or(all).to_vec();
        (beyond(&all.compile, &self.base.compile), beyond(&all.link, &self.base.link))
    }

    /// An object by the command that was recorded for it.
    pub(in crate::build) fn replayed_unit(
        &self,
        replay: &Replay,
        step: &Step,
        flags: &[String],
    ) -> Result<PathBuf, BuildError> {
        let out = self.fresh("o");
        let further = flags.strip_prefix(&self.base.compile[..]).unwrap_or(flags);
        let pic = replay.lacks_pic().then(|| "-fPIC".to_string());
        let further: Vec<String> = pic.into_iter().chain(further.iter().cloned()).collect();
        self.replayed(step, &further, &out)?;
        Ok(out)
    }
}
