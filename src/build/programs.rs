//! Programs of hwtune's own, compiled where they are needed, and drivers bound to one built library by path: two builds of a library
//! with one SONAME can then be loaded into one process, each with its own driver.

use super::builder::{BuildError, Builder, Built};
use crate::catalogue::{RUNNER_HEADERS, Unit, embedded};
use crate::experiment::Layout;
use std::path::{Path, PathBuf};

impl Builder<'_> {
    /// Compiles a program of hwtune's own with plain flags. The runner is there already: it starts the compilers. It lies
    /// outside the workspace, so that none of them can put another program in its place.
    pub fn program(&self, unit: &Unit) -> Result<PathBuf, BuildError> {
        if let Some(program) = self.launcher().built_from(unit) {
            return Ok(program.to_path_buf());
        }
        self.compiled(unit, &["-ldl"])
    }

    /// Compiles `probes/bounds.c`, which works out functions of libm beside a reference and includes the runner.
    pub fn program_of_bounds(&self) -> Result<PathBuf, BuildError> {
        let unit = |file: &str| Unit { file: file.into(), text: embedded(file).unwrap_or_default().into() };
        let runner = unit("runner.c");
        self.workspace().write(Path::new("runner").join(&runner.file), runner.text.as_bytes())?;
        self.compiled(&unit("bounds.c"), &["-ldl", "-lm"])
    }

    fn compiled(&self, unit: &Unit, libraries: &[&str]) -> Result<PathBuf, BuildError> {
        let folder = Path::new("runner");
        for header in RUNNER_HEADERS {
            self.workspace().write(folder.join(header), embedded(header).unwrap_or_default().as_bytes())?;
        }
        let source = self.workspace().write(folder.join(&unit.file), unit.text.as_bytes())?;
        let out = self.fresh("exe");
        let own = ["-O2", "-o", &out.display().to_string(), &source.display().to_string()].map(String::from);
        let args: Vec<String> = own.into_iter().chain(libraries.iter().map(|l| l.to_string())).collect();
        self.call(&args, self.workspace().path())?;
        Ok(out)
    }

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
