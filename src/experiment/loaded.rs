//! A sampler for C libraries, which run under their own loader alone: each rebuilt one goes into a folder with what was built
//! beside it, and two processes take turns.

use super::lockstep::{Loader, Lockstep};
use super::sampler::{Fault, Job, Sampler, Samples};
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measures rebuilt C libraries through the drivers of their operations.
#[derive(Clone, Debug)]
pub struct LoadedSampler {
    /// The compiled `probes/lockstep.c`.
    pub executable: PathBuf,
    /// The drivers of all operations, one shared object.
    pub drivers: PathBuf,
    /// The SONAME in whose place a rebuilt file goes.
    pub soname: String,
    /// The loader's SONAME.
    pub loader: String,
    /// Files of the build by their SONAMEs.
    pub files: BTreeMap<String, PathBuf>,
    /// Where `iconv` finds its modules.
    pub modules: Option<PathBuf>,
    /// The logical CPU that everything is pinned to.
    pub cpu: u32,
    /// A folder of its own.
    pub folder: PathBuf,
    /// Wall time after which an answer is not waited for any longer.
    pub limit: Duration,
}

impl Sampler for LoadedSampler {
    fn run(&self, job: &Job) -> Result<Vec<Result<Samples, Fault>>, Fault> {
        let loaders = [self.placed("a", &job.a)?, self.placed("b", &job.b)?];
        let both =
            Lockstep { executable: self.executable.clone(), loaders, cpu: self.cpu, limit: self.limit };
        both.run(&Job { a: self.drivers.clone(), b: self.drivers.clone(), ..job.clone() })
    }
}

impl LoadedSampler {
    /// A folder that holds everything by its SONAME, the rebuilt file among it.
    fn placed(&self, side: &str, rebuilt: &Path) -> Result<Loader, Fault> {
        let machine = |e: std::io::Error| Fault::Machine(e.to_string());
        let folder = self.folder.join(side);
        std::fs::create_dir_all(&folder).map_err(machine)?;
        // What is not rebuilt is linked once.
        let links = self.files.iter().map(|(name, file)| (folder.join(name), file));
        for (link, file) in links.filter(|(link, _)| !link.is_symlink()) {
            symlink(file, link).map_err(machine)?;
        }
        let own = folder.join(&self.soname);
        std::fs::remove_file(&own).ok();
        symlink(rebuilt, own).map_err(machine)?;
        let libraries = folder.to_string_lossy().into_owned();
        Ok(Loader { executable: folder.join(&self.loader), libraries, modules: self.modules.clone() })
    }
}
