//! From objects to shared objects, each link with a layout of its own.

use super::builder::{BuildError, Builder, Built};
use crate::experiment::{Layout, pad_object};
use std::path::PathBuf;

impl Builder<'_> {
    /// Links one shared object, a file of its own: the loader gives the same handle for the same inode. Nothing of
    /// the package itself is needed by it.
    pub fn link(&self, built: &Built, layout: &Layout) -> Result<PathBuf, BuildError> {
        if let Some(replay) = self.replay().filter(|replay| replay.is_product()) {
            return self.link_replayed(replay, built, layout);
        }
        let out = self.fresh("so");
        let mut args: Vec<String> = vec!["-shared".into(), "-o".into(), out.display().to_string()];
        // The driver needs the compiler's options as well: -flto, -m…, -f….
        args.extend(built.flags.compile.iter().filter(|f| !f.starts_with("-D")).cloned());
        // Libraries are searched for what stands before them.
        let is_library = |f: &&String| f.starts_with("-l") || f.starts_with("-L");
        args.extend(built.flags.link.iter().filter(|f| !is_library(f)).cloned());
        args.push("-Wl,--build-id=none".into());
        args.extend(self.placed(built, layout)?);
        args.extend(built.flags.link.iter().filter(is_library).cloned());
        args.extend(["-Wl,--as-needed".into(), "-lm".into()]);
        self.call(&args, self.workspace().path())?;
        Ok(out)
    }

    /// The objects in the layout's order, each behind the pad that moves it.
    pub(super) fn placed(&self, built: &Built, layout: &Layout) -> Result<Vec<String>, BuildError> {
        let mut args = Vec::new();
        for at in &layout.order {
            if let Some(offset) = layout.offsets.get(*at) {
                args.push(self.pad(*offset)?.display().to_string());
            }
            args.extend(built.objects.get(*at).map(|p| p.display().to_string()));
        }
        Ok(args)
    }

    /// The pad that puts the next object at an offset in its page, made once an offset.
    pub(super) fn pad(&self, bytes: u64) -> Result<PathBuf, BuildError> {
        let mut pads = self.pads.lock().map_err(|_| BuildError::Disk("a build thread died".into()))?;
        if let Some(path) = pads.get(&bytes) {
            return Ok(path.clone());
        }
        let object = pad_object(bytes).map_err(|what| BuildError::Rejected(what.into()))?;
        let path = self.workspace().write(format!("pad-{bytes}.o"), &object)?;
        pads.insert(bytes, path.clone());
        Ok(path)
    }
}
