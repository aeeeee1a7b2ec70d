//! What a C library of a recorded build needs beside it to run: its loader and its other libraries.

use super::document::{RecordError, StepKind};
use super::replay::Replay;
use crate::toolchain::soname;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// No library is larger.
const LARGEST: u64 = 512 << 20;
/// The file in a folder of modules for character sets.
const MODULES: &str = "gconv-modules";

/// A C library as it was built, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CLibrary {
    /// The SONAME of the product.
    pub soname: String,
    /// The loader's SONAME.
    pub loader: String,
    /// Files by the SONAMEs under which they are looked for, the product and the loader among them.
    pub files: BTreeMap<String, PathBuf>,
    /// The list of modules for character sets, which may lie beside the sources, and the folder that holds the modules.
    pub modules: Option<(PathBuf, PathBuf)>,
}

impl CLibrary {
    /// Finds what was built beside the product of a replay.
    pub fn of(replay: &Replay) -> Result<CLibrary, RecordError> {
        let place = crate::text::place(replay.product());
        let wrong = |what: &str, remedy: &str| RecordError::new(place.clone(), what, remedy);
        let mut files = BTreeMap::new();
        for file in replay.shared_files() {
            // What is no shared object, or is gone, has no name to be looked for.
            if let Ok(bytes) = crate::files::bytes(&file, LARGEST)
                && let Ok(name) = soname(&bytes)
                && !name.is_empty()
            {
                files.insert(name, file);
            }
        }
        let soname = replay
            .soname()
            .ok_or_else(|| wrong("has no SONAME", "name the shared C library with --target"))?;
        let loader = files.keys().find(|name| name.starts_with("ld-linux") || name.starts_with("ld64"));
        let loader = loader.cloned().ok_or_else(|| {
            wrong(
                "no loader was built beside it",
                "record the build of the whole C library, and keep its folder",
            )
        })?;
        Ok(CLibrary { soname, loader, files, modules: replay.modules() })
    }

    /// Folders that a process which runs under it has to read.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let modules = self.modules.iter().flat_map(|(list, folder)| [list.parent(), Some(folder.as_path())]);
        self.files.values().map(|f| f.parent()).chain(modules).flatten()
    }
}

impl Replay {
    /// Files of the build that may be shared libraries: what was linked as one, and what the product was linked with.
    fn shared_files(&self) -> Vec<PathBuf> {
        let made = self.build.steps.iter().filter(|s| s.kind == StepKind::Shared).map(|s| s.output.clone());
        // A loader is often linked under another name and then renamed.
        let step = &self.build.steps[self.target];
        let named = step.arguments.iter().filter(|w| w.contains(".so")).map(|w| step.folder.join(w));
        made.chain(named).filter(|f| f.is_file()).collect()
    }

    /// The list of `iconv`'s modules and the folder of those that were built, which has the name of the list's.
    fn modules(&self) -> Option<(PathBuf, PathBuf)> {
        let shared = self.build.steps.iter().filter(|s| s.kind == StepKind::Shared);
        let built: BTreeSet<&Path> = shared.filter_map(|s| s.output.parent()).collect();
        let sources: BTreeSet<&Path> = self.build.steps.iter().map(|s| s.folder.as_path()).collect();
        let list = built.iter().chain(&sources).map(|f| f.join(MODULES)).find(|f| f.is_file())?;
        let name = list.parent()?.file_name()?;
        let folder = built.iter().find(|f| f.file_name() == Some(name))?;
        Some((list.clone(), folder.to_path_buf()))
    }
}
