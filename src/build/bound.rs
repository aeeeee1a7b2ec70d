//! A driver bound to one built library, by path: two builds of a library with one SONAME can then be loaded into one
//! process, each with its own driver.

use super::builder::{BuildError, Builder, Built};
use crate::experiment::Layout;
use std::path::{Path, PathBuf};

impl Builder<'_> {
    /// Links a driver whose only further need is `library`, an absolute path. The library itself is not read: a stub
    /// takes its place at the link, so that the loader and not the linker reports what it lacks.
    pub fn bind(&self, built: &Built, layout: &Layout, library: &Path) -> Result<PathBuf, BuildError> {
        let stub = self.fresh("stub.so");
        let soname = format!("-Wl,-soname,{}", library.display());
        let empty = self.workspace().write("stub.c", b"")?;
        let shared = |out: &Path| vec!["-shared".to_string(), "-o".into(), out.display().to_string()];
        let mut args = shared(&stub);
        args.extend(["-nostdlib".into(), soname, empty.display().to_string()]);
        self.call(&args, self.workspace().path())?;

        let out = self.fresh("so");
        let mut args = shared(&out);
        args.extend(built.flags.compile.iter().filter(|f| !f.starts_with("-D")).cloned());
        args.push("-Wl,--build-id=none".into());
        args.extend(self.placed(built, layout)?);
        args.extend(["-Wl,--no-as-needed".into(), stub.display().to_string(), "-Wl,--as-needed".into()]);
        args.extend(["-lm".into(), "-ldl".into()]);
        self.call(&args, self.workspace().path())?;
        std::fs::remove_file(stub).ok();
        Ok(out)
    }
}
