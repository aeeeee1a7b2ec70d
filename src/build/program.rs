//! Programs of hwtune's own, compiled where they are needed.

use super::builder::{BuildError, Builder};
use crate::catalogue::{RUNNER_HEADERS, Unit, embedded};
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
}
