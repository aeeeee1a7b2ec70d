//! What is asked about flags beside code: the state in which they leave the compiler, whether what they make has 512-bit
//! instructions, at which some CPUs change their frequency, and how long compiling takes.

use super::builder::{BuildError, Builder, Built, Flags};
use super::code_cache::{self, Key};
use super::identity::{Code, Identity};
use super::sources;
use crate::catalogue::{Kernel, Unit};
use crate::toolchain;
use rayon::prelude::*;
use sha2::Digest as _;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest the disassembler may take.
const LIMIT: Duration = Duration::from_secs(60);

impl Builder<'_> {
    /// A key over the state in which further flags leave the compiler; `None` where it does not tell, or where a
    /// flag is not among what it tells. Flags with equal keys make equal code, without compiling anything.
    pub fn setting(&self, further: &Flags) -> Option<Key> {
        // Units under several sets of flags leave the compiler in several states.
        if self.replay.is_some_and(|replay| !replay.is_uniform()) {
            return None;
        }
        let flags = self.flags(further);
        let key = code_cache::key(["setting"].into_iter().chain(flags.compile.iter().map(String::as_str)));
        let unknown = Identity { code: Code([0; 32]), bytes: 0 };
        let known = self.cache.get(&key).unwrap_or_else(|| {
            let found =
                toolchain::setting(self.compiler(), &flags.compile, &further.compile).unwrap_or_default();
            let digest = |text: String| Identity { code: Code(sha2::Sha256::digest(text).into()), bytes: 0 };
            let found = found.map_or(unknown, digest);
            self.cache.put(key, found);
            found
        });
        (known != unknown).then(|| {
            let mut short = Key::default();
            short.copy_from_slice(&known.code.0[..16]);
            short
        })
    }

    /// Whether any object names a 512-bit register, by binutils' objdump. Where that cannot be found out, they may.
    pub fn is_wide(&self, built: &Built) -> bool {
        let mut args = vec![OsStr::new("--disassemble"), OsStr::new("--no-show-raw-insn")];
        args.extend(built.objects.iter().map(|p| p.as_os_str()));
        let folder = self.workspace().path();
        let said = self.launcher().run(Path::new("objdump"), &args, folder, folder, LIMIT);
        said.map_or(true, |said| !said.ok() || said.text().contains("%zmm"))
    }

    /// Time for compiling every unit under test once more, by the driver and without what is stored, added up over the units.
    pub fn compile_time(&self, kernels: &[Kernel], further: &Flags) -> Result<Duration, BuildError> {
        let flags = self.compile_flags(further);
        let mut seen: HashSet<(&str, &str)> = HashSet::new();
        let mut wanted: Vec<(&Kernel, &Unit)> = Vec::new();
        for kernel in kernels {
            let units = kernel.units.iter().filter(|u| seen.insert((&u.file, &u.text)));
            wanted.extend(units.map(|unit| (kernel, unit)));
        }
        let one = |(kernel, unit): &(&Kernel, &Unit)| {
            let folder = sources::write(self.workspace(), kernel, &self.support, &self.probe_h)?;
            let began = Instant::now();
            let object = self.driven(&folder, unit, &flags)?;
            let took = began.elapsed();
            std::fs::remove_file(object)?;
            Ok(took)
        };
        wanted.par_iter().map(one).collect::<Result<Vec<Duration>, BuildError>>().map(|all| all.iter().sum())
    }
}
