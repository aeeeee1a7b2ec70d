//! From a kernel and flags to objects and shared objects, built the way the package is built.

use super::code_cache::{self, CodeCache, Key};
use super::direct_cc1::{Place, Straight, Words};
use super::identity::{Identity, identity};
use super::recorded::Replay;
use super::rejection::Rejection;
use super::sources;
use super::unit_priority::Habits;
use crate::catalogue::{Kernel, Unit};
use crate::experiment::Layout;
use crate::files::Workspace;
use crate::toolchain::{Compiler, Launcher};
use rayon::prelude::*;
use sha2::Digest;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use thiserror::Error;

/// Why a variant could not be built.
#[derive(Debug, Clone, Error)]
pub enum BuildError {
    /// The compiler or linker said no.
    #[error("{0}")]
    Rejected(Rejection),
    /// The compiler cannot be run.
    #[error("{0}")]
    Compiler(String),
    /// The workspace cannot be written.
    #[error("cannot write to the build directory: {0}; make room there or point TMPDIR elsewhere")]
    Disk(String),
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

impl Flags {
    /// Those of the drivers of a library that is linked by itself: no builtin may stand for a call of it.
    pub fn of_drivers() -> Flags {
        Flags { compile: ["-O2", "-fPIC", "-fno-builtin"].map(String::from).to_vec(), link: Vec::new() }
    }
}

/// The objects of some kernels under some flags.
#[derive(Clone, Debug)]
pub struct Built {
    /// One object a unit under test, then those that prepare inputs.
    pub objects: Vec<PathBuf>,
    /// The flags they were built with.
    pub flags: Flags,
}

/// Builds kernels in a workspace, each object once.
#[derive(Debug)]
pub struct Builder<'a> {
    compiler: &'a Compiler,
    launcher: Arc<Launcher>,
    workspace: &'a Workspace,
    /// Flags of the package's own build.
    pub(super) base: Flags,
    pub(super) support: Unit,
    pub(super) probe_h: Unit,
    pub(super) cache: &'a CodeCache,
    straight: Option<Straight<'a>>,
    pub(super) replay: Option<&'a Replay>,
    objects: Mutex<HashMap<Key, PathBuf>>,
    pub(super) habits: Habits,
    spared: AtomicU64,
    pub(super) pads: Mutex<HashMap<u64, PathBuf>>,
    next: AtomicU64,
}

impl<'a> Builder<'a> {
    /// A builder for one set of base flags. `support` is compiled with them alone, whatever the variant.
    pub fn new(
        compiler: &'a Compiler,
        workspace: &'a Workspace,
        cache: &'a CodeCache,
        base: Flags,
        support: Unit,
        probe_h: Unit,
    ) -> Builder<'a> {
        let (objects, pads, next, habits, spared) = Default::default();
        let launcher = Launcher::of(compiler);
        let straight = Some(Straight::new(compiler, Arc::clone(&launcher), workspace.path()));
        Builder {
            compiler,
            launcher,
            workspace,
            base,
            support,
            probe_h,
            cache,
            straight,
            replay: None,
            objects,
            habits,
            spared,
            pads,
            next,
        }
    }

    /// The same builder, which leaves each call to the driver: slower, with the same objects.
    pub fn by_driver(self) -> Builder<'a> {
        Builder { straight: None, ..self }
    }

    /// Writes down which code was found, for this run's end may come at any time.
    pub fn keep(&self) {
        self.cache.save();
    }

    pub(super) fn workspace(&self) -> &Workspace {
        self.workspace
    }

    pub(super) fn compiler(&self) -> &Compiler {
        self.compiler
    }

    pub(super) fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    /// The base's compile flags with further ones after them.
    pub(super) fn compile_flags(&self, further: &Flags) -> Vec<String> {
        self.flags(further).compile
    }

    /// What a kernel's units may include.
    pub(super) fn headers(&self, kernel: &Kernel) -> String {
        sources::headers(kernel, &self.probe_h)
    }

    /// The base with further flags after it.
    pub(super) fn flags(&self, further: &Flags) -> Flags {
        Flags {
            compile: [&self.base.compile[..], &further.compile].concat(),
            link: [&self.base.link[..], &further.link].concat(),
        }
    }

    /// The identity of a kernel's code under the base and further flags, compiled where the cache does not know it.
    /// What prepares inputs is left out: it is the same in every variant. `linked` compares the linked file, as is
    /// needed where an option of the linker is at stake. Units are compiled one after another, so that kernels and
    /// flags can be spread over the cores by the caller.
    pub fn code(&self, kernel: &Kernel, further: &Flags, linked: bool) -> Result<Identity, BuildError> {
        let flags = self.flags(further);
        if !linked {
            let parts = kernel.units.iter().map(|u| self.unit_code(kernel, u, &flags.compile));
            return Ok(joined(&parts.collect::<Result<Vec<_>, _>>()?));
        }
        let headers = sources::headers(kernel, &self.probe_h);
        let keys = kernel.units.iter().map(|u| sources::object_key(u, &headers, &flags.compile));
        let whole = keys.map(|k| crate::text::hex(&k)).collect::<String>();
        let product = self.replay.map(|replay| replay.product_key()).unwrap_or_default();
        let with = [whole.as_str(), &product].into_iter().chain(flags.link.iter().map(String::as_str));
        let key = code_cache::key(with);
        if let Some(known) = self.cache.get(&key) {
            return Ok(joined(&[known]));
        }
        let built = self.build(kernel, further)?;
        let file = self.link(&built, &Layout::canonical(built.objects.len()))?;
        let found = identity(&std::fs::read(&file)?).map_err(|what| BuildError::Rejected(what.into()))?;
        self.cache.put(key, found);
        std::fs::remove_file(file)?;
        Ok(joined(&[found]))
    }

    /// The identity of one unit's object, if the cache has it.
    pub(super) fn known_code(&self, kernel: &Kernel, unit: &Unit, flags: &[String]) -> Option<Identity> {
        self.cache.get(&sources::object_key(unit, &self.headers(kernel), flags))
    }

    /// The identity of one unit's object.
    pub(super) fn unit_code(
        &self,
        kernel: &Kernel,
        unit: &Unit,
        flags: &[String],
    ) -> Result<Identity, BuildError> {
        let headers = sources::headers(kernel, &self.probe_h);
        let key = sources::object_key(unit, &headers, flags);
        if let Some(known) = self.cache.get(&key) {
            return Ok(known);
        }
        let folder = sources::write(self.workspace, kernel, &self.support, &self.probe_h)?;
        let file = self.object(&folder, unit, &headers, flags)?;
        let found = identity(&std::fs::read(file)?).map_err(|what| BuildError::Rejected(what.into()))?;
        self.cache.put(key, found);
        Ok(found)
    }

    /// Compiles a kernel under the base and further flags.
    pub fn build(&self, kernel: &Kernel, further: &Flags) -> Result<Built, BuildError> {
        self.build_all(std::slice::from_ref(kernel), further).map_err(|(_, error)| error)
    }

    /// Compiles all kernels of a subject for one shared object. A unit that several kernels name is in it once, and one
    /// that is under test in any kernel is built with the further flags. An error comes with the kernel's place.
    pub fn build_all(&self, kernels: &[Kernel], further: &Flags) -> Result<Built, (usize, BuildError)> {
        let flags = self.flags(further);
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        let mut wanted: Vec<(usize, &Unit, &[String])> = Vec::new();
        let under_test =
            kernels.iter().enumerate().flat_map(|(k, one)| one.units.iter().map(move |u| (k, u)));
        for (kernel, unit) in under_test {
            if seen.insert((&unit.file, &unit.text)) {
                wanted.push((kernel, unit, &flags.compile));
            }
        }
        // What prepares inputs is the same in every variant: a flag is not timed for what it does to them.
        let prepares = kernels.iter().enumerate().flat_map(|(k, one)| one.setup.iter().map(move |u| (k, u)));
        for (kernel, unit) in prepares.chain([(0, &self.support)]) {
            if seen.insert((&unit.file, &unit.text)) {
                wanted.push((kernel, unit, &self.base.compile));
            }
        }
        let compiled = |(kernel, unit, flags): &(usize, &Unit, &[String])| {
            self.stored_object(&kernels[*kernel], unit, flags).map_err(|error| (*kernel, error))
        };
        let objects = wanted.par_iter().map(compiled).collect::<Result<Vec<_>, _>>()?;
        Ok(Built { objects, flags })
    }

    /// A unit's object: from this run, from an earlier one, or compiled.
    fn stored_object(&self, kernel: &Kernel, unit: &Unit, flags: &[String]) -> Result<PathBuf, BuildError> {
        let headers = self.headers(kernel);
        let key = sources::object_key(unit, &headers, flags);
        if let Some(path) = self.objects.lock().ok().and_then(|known| known.get(&key).cloned()) {
            return Ok(path);
        }
        if let Some(bytes) = self.cache.objects().get(&key) {
            let path = self.fresh("o");
            std::fs::write(&path, bytes)?;
            if let Ok(mut known) = self.objects.lock() {
                known.insert(key, path.clone());
            }
            return Ok(path);
        }
        let folder = sources::write(self.workspace, kernel, &self.support, &self.probe_h)?;
        let path = self.object(&folder, unit, &headers, flags)?;
        self.cache.objects().put(&key, &std::fs::read(&path)?);
        Ok(path)
    }

    fn object(
        &self,
        folder: &Path,
        unit: &Unit,
        headers: &str,
        flags: &[String],
    ) -> Result<PathBuf, BuildError> {
        let key = sources::object_key(unit, headers, flags);
        if let Ok(known) = self.objects.lock()
            && let Some(path) = known.get(&key)
        {
            return Ok(path.clone());
        }
        let recorded = self.replay.and_then(|replay| Some((replay, replay.step(unit)?)));
        let out = match recorded {
            Some((replay, step)) => self.replayed_unit(replay, step, flags)?,
            None => match self.by_its_parts(folder, unit, headers, flags) {
                Some(out) => out,
                None => self.driven(folder, unit, flags)?,
            },
        };
        if let Ok(mut known) = self.objects.lock() {
            known.insert(key, out.clone());
        }
        Ok(out)
    }

    /// An object by the parts of the compiler; `None` for the base and wherever the driver has to be asked.
    fn by_its_parts(&self, folder: &Path, unit: &Unit, headers: &str, flags: &[String]) -> Option<PathBuf> {
        let base = &self.base.compile;
        let words = Words { base, all: flags };
        if flags == base || !flags.starts_with(base) {
            return None;
        }
        let place = Place { folder, file: &unit.file, source: sources::object_key(unit, headers, &[]) };
        let driven = || self.object(folder, unit, headers, base).ok();
        let object = self.straight.as_ref()?.object(&place, words, driven)?;
        self.spared.fetch_add(1, Ordering::Relaxed);
        Some(object)
    }

    /// Objects made without the driver so far.
    pub fn spared(&self) -> usize {
        self.spared.load(Ordering::Relaxed) as usize
    }

    /// An object by the driver.
    pub(super) fn driven(&self, folder: &Path, unit: &Unit, flags: &[String]) -> Result<PathBuf, BuildError> {
        let out = self.fresh("o");
        let mut args = flags.to_vec();
        args.extend(["-c".into(), "-o".into(), out.display().to_string(), unit.file.clone()]);
        self.call(&args, folder)?;
        Ok(out)
    }

    pub(super) fn fresh(&self, extension: &str) -> PathBuf {
        self.workspace.path().join(format!("{}.{extension}", self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Identity of several objects together, in order.
fn joined(parts: &[Identity]) -> Identity {
    let mut hash = sha2::Sha256::new();
    parts.iter().for_each(|p| hash.update(p.code.0));
    Identity { code: super::Code(hash.finalize().into()), bytes: parts.iter().map(|p| p.bytes).sum() }
}
