//! Whether a replay under no further flags is the recorded build.

use super::log::digest;
use super::replay::Replay;
use crate::build::builder::{BuildError, Builder};
use crate::build::{CodeCache, Flags};
use crate::catalogue::{Catalogue, Kernel};
use crate::experiment::Layout;
use crate::files::Workspace;
use crate::toolchain::Compiler;
use object::{Object as _, ObjectSection as _, SectionFlags};
use std::collections::BTreeMap;
use std::path::Path;

/// What the replay of the base gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Objects that were compiled.
    pub objects: usize,
    /// Of them, those that are the recorded ones byte for byte.
    pub equal: usize,
    /// How the linked product differs from the recorded one; empty where it does not, `None` where it is not linked.
    pub product: Option<String>,
}

/// Replays the base once, and compares objects and product with the recorded ones. The objects stay in the cache.
pub fn verify(
    compiler: &Compiler,
    catalogue: &Catalogue,
    replay: &Replay,
    workspace: &Workspace,
) -> Result<Replayed, BuildError> {
    let cache = CodeCache::of(compiler);
    let base = Flags { compile: replay.flags().to_vec(), link: Vec::new() };
    let (support, probe_h) = (catalogue.support.clone(), catalogue.probe_h.clone());
    let builder = Builder::new(compiler, workspace, &cache, base, support, probe_h).replaying(replay);
    let built = builder.build(&kernel(replay, "base"), &Flags::default())?;
    let steps = replay.units.iter().chain(&replay.assembled);
    let mut found =
        Replayed { objects: replay.units.len() + replay.assembled.len(), equal: 0, product: None };
    for (step, object) in steps.zip(&built.objects) {
        let recorded = &replay.build.steps[*step].sha256;
        // What was compiled and linked by one command never was a file.
        found.equal += usize::from(recorded.is_empty() || digest(object) == *recorded);
    }
    if replay.is_product() {
        let file = builder.link_replayed(replay, &built, &Layout::canonical(built.objects.len()))?;
        found.product = Some(difference(replay.product(), &file));
        std::fs::remove_file(file).ok();
    }
    Ok(found)
}

/// The units of a replay as one kernel.
pub(crate) fn kernel(replay: &Replay, name: &str) -> Kernel {
    Kernel {
        title: format!("{name}, as recorded"),
        stands_for: format!("{name} itself"),
        units: replay.units(),
        setup: replay.assembled(),
        ..Kernel::named(name)
    }
}

/// How two files differ, in words; empty where what is loaded of them is the same.
fn difference(recorded: &Path, replayed: &Path) -> String {
    let read = |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", crate::text::place(path)));
    let (a, b) = match (read(recorded), read(replayed)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(e), _) | (_, Err(e)) => return e,
    };
    if a == b {
        return String::new();
    }
    let (Some(a), Some(b)) = (sections(&a), sections(&b)) else { return "one is no ELF file".into() };
    let names: Vec<&str> = a
        .keys()
        .chain(b.keys())
        .filter(|name| a.get(*name) != b.get(*name))
        .map(String::as_str)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    names.join(" ")
}

/// The sections that are loaded, but for the build id.
fn sections(file: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let elf = object::File::parse(file).ok()?;
    let loaded =
        |s: &object::Section| matches!(s.flags(), SectionFlags::Elf { sh_flags } if sh_flags & 2 != 0);
    let own = elf.sections().filter(loaded).filter_map(|s| {
        let name = s.name().ok()?.to_string();
        Some((name, s.data().ok()?.to_vec()))
    });
    Some(own.filter(|(name, _)| name != ".note.gnu.build-id").collect())
}
