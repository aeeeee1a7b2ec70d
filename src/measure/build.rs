//! From a kernel and flags to objects and shared objects, built the way the package is built.

use super::identity::{Identity, identity};
use super::layout::{Layout, pad_object};
use super::workspace::Workspace;
use crate::catalogue::{Kernel, Unit};
use crate::toolchain::{Compiler, ToolchainError};
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use thiserror::Error;

/// Longest a single compiler or linker call may take.
const CALL_LIMIT: Duration = Duration::from_secs(60);

/// Why a variant could not be built.
#[derive(Debug, Clone, Error)]
pub enum BuildError {
    /// The compiler or linker said no; its first words of error.
    #[error("{0}")]
    Rejected(String),
    /// The compiler cannot be run.
    #[error("{0}")]
    Compiler(String),
    /// The workspace cannot be written.
    #[error("cannot write to the build directory: {0}; make room there or point TMPDIR elsewhere")]
    Disk(String),
}

impl From<ToolchainError> for BuildError {
    fn from(error: ToolchainError) -> BuildError {
        BuildError::Compiler(error.to_string())
    }
}

impl From<std::io::Error> for BuildError {
    fn from(error: std::io::Error) -> BuildError {
        BuildError::Disk(error.to_string())
    }
}

/// The flags of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// For compiling, in order.
    pub compile: Vec<String>,
    /// For linking, in order.
    pub link: Vec<String>,
}

/// A kernel's objects under some flags.
#[derive(Clone, Debug)]
pub struct Built {
    /// One object a unit, then the support unit's.
    pub objects: Vec<PathBuf>,
    /// Identity of the code: of the objects and, where link flags differ from the base's, of the linked file.
    pub identity: Identity,
    /// The flags they were built with.
    pub flags: Flags,
}

/// Builds kernels in a workspace, each object once.
#[derive(Debug)]
pub struct Builder<'a> {
    compiler: &'a Compiler,
    workspace: &'a Workspace,
    /// Flags of the package's own build.
    base: Flags,
    support: Unit,
    probe_h: Unit,
    objects: Mutex<HashMap<(PathBuf, Vec<String>), PathBuf>>,
    pads: Mutex<HashMap<u64, PathBuf>>,
    next: AtomicU64,
}

impl<'a> Builder<'a> {
    /// A builder for one set of base flags. `support` is compiled with them alone, whatever the variant.
    pub fn new(
        compiler: &'a Compiler,
        workspace: &'a Workspace,
        base: Flags,
        support: Unit,
        probe_h: Unit,
    ) -> Builder<'a> {
        let (objects, pads, next) = Default::default();
        Builder { compiler, workspace, base, support, probe_h, objects, pads, next }
    }

    /// The base flags.
    pub fn base(&self) -> &Flags {
        &self.base
    }

    /// Compiles a kernel under the base and further flags. Units are compiled one after another, so that kernels and
    /// flags can be spread over the cores by the caller.
    pub fn build(&self, kernel: &Kernel, further: &Flags) -> Result<Built, BuildError> {
        let flags = Flags {
            compile: [&self.base.compile[..], &further.compile].concat(),
            link: [&self.base.link[..], &further.link].concat(),
        };
        let folder = self.sources(kernel)?;
        let mut objects = Vec::new();
        for unit in &kernel.units {
            objects.push(self.object(&folder, unit, &flags.compile)?);
        }
        // What prepares inputs is the same in every variant: a flag is not timed for what it does to them.
        for unit in &kernel.setup {
            objects.push(self.object(&folder, unit, &self.base.compile)?);
        }
        objects.push(self.object(&folder, &self.support, &self.base.compile)?);
        let mut built = Built { objects, identity: identity_of(&[])?, flags };
        built.identity = if further.link.is_empty() && !further.compile.iter().any(|f| f.starts_with("-flto"))
        {
            identity_of(&built.objects)?
        } else {
            let linked = self.link(&built, &Layout::canonical(built.objects.len()))?;
            let found = identity_of(std::slice::from_ref(&linked));
            std::fs::remove_file(&linked)?;
            found?
        };
        Ok(built)
    }

    /// The base's identity as a linked file, to compare link options with.
    pub fn linked_identity(&self, built: &Built) -> Result<Identity, BuildError> {
        let linked = self.link(built, &Layout::canonical(built.objects.len()))?;
        let found = identity_of(std::slice::from_ref(&linked));
        std::fs::remove_file(&linked)?;
        found
    }

    /// Links one shared object, a file of its own: the loader gives the same handle for the same inode.
    pub fn link(&self, built: &Built, layout: &Layout) -> Result<PathBuf, BuildError> {
        let out = self.fresh("so");
        let mut args: Vec<String> = vec!["-shared".into(), "-o".into(), out.display().to_string()];
        // Options of the compiler that the linker's driver needs as well: -flto, -m…, -f….
        args.extend(built.flags.compile.iter().filter(|f| !f.starts_with("-D")).cloned());
        args.extend(built.flags.link.iter().cloned());
        args.push("-Wl,--build-id=none".into());
        if layout.pad > 0 {
            args.push(self.pad(layout.pad)?.display().to_string());
        }
        args.extend(
            layout.order.iter().filter_map(|i| built.objects.get(*i)).map(|p| p.display().to_string()),
        );
        args.extend(["-Wl,--as-needed".into(), "-lm".into()]);
        self.call(&args, self.workspace.path())?;
        Ok(out)
    }

    /// Links many at once on all cores. Never while timing.
    pub fn link_all(&self, wanted: &[(&Built, Layout)]) -> Vec<Result<PathBuf, BuildError>> {
        wanted.par_iter().map(|(built, layout)| self.link(built, layout)).collect()
    }

    /// Compiles a program (the runner) with plain flags.
    pub fn program(&self, unit: &Unit) -> Result<PathBuf, BuildError> {
        let source = self.workspace.write(Path::new("runner").join(&unit.file), unit.text.as_bytes())?;
        let out = self.fresh("exe");
        let args = ["-O2", "-o", &out.display().to_string(), &source.display().to_string(), "-ldl"];
        self.call(&args.map(String::from), self.workspace.path())?;
        Ok(out)
    }

    /// A name for a kernel's files: two kernels of one name may be tuned in one run.
    fn content(&self, kernel: &Kernel) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for unit in kernel
            .units
            .iter()
            .chain(&kernel.setup)
            .chain(&kernel.headers)
            .chain([&self.support, &self.probe_h])
        {
            for part in [&unit.file, &unit.text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    /// Writes a kernel's files; the folder is the compiler's working directory, with the same names for every variant.
    fn sources(&self, kernel: &Kernel) -> Result<PathBuf, BuildError> {
        let path = self.workspace.path().join("src").join(self.content(kernel));
        if !path.is_dir() {
            // Written beside and renamed: another thread may be at it.
            let beside = PathBuf::from(format!("beside-{}", self.next.fetch_add(1, Ordering::Relaxed)));
            for unit in kernel
                .units
                .iter()
                .chain(&kernel.setup)
                .chain(&kernel.headers)
                .chain([&self.support, &self.probe_h])
            {
                self.workspace.write(beside.join(&unit.file), unit.text.as_bytes())?;
            }
            std::fs::create_dir_all(self.workspace.path().join("src"))?;
            let beside = self.workspace.path().join(beside);
            if let Err(error) = std::fs::rename(&beside, &path) {
                std::fs::remove_dir_all(&beside)?;
                if !path.is_dir() {
                    return Err(error.into());
                }
            }
        }
        Ok(path)
    }

    fn object(&self, folder: &Path, unit: &Unit, flags: &[String]) -> Result<PathBuf, BuildError> {
        let key = (folder.join(&unit.file), flags.to_vec());
        if let Ok(known) = self.objects.lock()
            && let Some(path) = known.get(&key)
        {
            return Ok(path.clone());
        }
        let out = self.fresh("o");
        let mut args = flags.to_vec();
        args.extend(["-c".into(), "-o".into(), out.display().to_string(), unit.file.clone()]);
        self.call(&args, folder)?;
        if let Ok(mut known) = self.objects.lock() {
            known.insert(key, out.clone());
        }
        Ok(out)
    }

    fn pad(&self, bytes: u64) -> Result<PathBuf, BuildError> {
        let mut pads = self.pads.lock().map_err(|_| BuildError::Disk("a build thread died".into()))?;
        if let Some(path) = pads.get(&bytes) {
            return Ok(path.clone());
        }
        let object = pad_object(bytes).map_err(BuildError::Rejected)?;
        let path = self.workspace.write(format!("pad-{bytes}.o"), &object)?;
        pads.insert(bytes, path.clone());
        Ok(path)
    }

    fn fresh(&self, extension: &str) -> PathBuf {
        self.workspace.path().join(format!("{}.{extension}", self.next.fetch_add(1, Ordering::Relaxed)))
    }

    fn call(&self, args: &[String], cwd: &Path) -> Result<(), BuildError> {
        let finished = self.compiler.invoke(args, b"", cwd, CALL_LIMIT)?;
        if !finished.ok() {
            return Err(BuildError::Rejected(first_error(&finished.stderr, finished.code)));
        }
        let out = args.iter().position(|a| a == "-o").and_then(|i| args.get(i + 1));
        match out.is_none_or(|path| std::fs::metadata(path).is_ok_and(|m| m.len() > 0)) {
            true => Ok(()),
            false => Err(BuildError::Rejected("the compiler reported success and wrote nothing".into())),
        }
    }
}

/// Identity of several files together, in order.
fn identity_of(files: &[PathBuf]) -> Result<Identity, BuildError> {
    use sha2::{Digest, Sha256};
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    for file in files {
        let one = identity(&std::fs::read(file)?).map_err(BuildError::Rejected)?;
        hash.update(one.code.0);
        bytes += one.bytes;
    }
    Ok(Identity { code: super::Code(hash.finalize().into()), bytes })
}

/// The first line of a compiler's answer that tells an error.
fn first_error(stderr: &str, code: Option<i32>) -> String {
    let telling = ["error", "undefined reference", "cannot", "unrecognized"];
    let line = stderr.lines().find(|l| telling.iter().any(|t| l.contains(t)));
    match line.or_else(|| stderr.lines().find(|l| !l.trim().is_empty())) {
        Some(line) => line.trim().chars().take(300).collect(),
        None => code
            .map_or("the compiler was killed".into(), |c| format!("the compiler failed with exit code {c}")),
    }
}
