//! What the programs of a recorded build may read when they run again: its tree, and the folders and files that its commands
//! name.

use super::document::{RecordedBuild, Step, StepKind};
use crate::files::is_too_wide;
use crate::toolchain::{CallPlace, Finished, Launcher, ToolchainError, installed_with, is_apart, named};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the programs of a record are started again.
#[derive(Clone, Copy)]
pub(super) struct Again<'a> {
    pub(super) launcher: &'a Launcher,
    /// Where they write.
    pub(super) scratch: &'a Path,
    /// What they may read.
    pub(super) readable: &'a [PathBuf],
}

impl Again<'_> {
    /// Runs a program in the folder of a step.
    pub(super) fn run(
        &self,
        program: &Path,
        words: &[String],
        step: &Step,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        let at = CallPlace { cwd: &step.folder, scratch: self.scratch, readable: self.readable };
        self.launcher.run_at(program, words, &at, limit)
    }
}

/// Files and folders by their real paths, sorted: the tree that commands and sources lie in, or the folder that hwtune was
/// called in where it holds that tree, and what the commands name. Whoever wrote the record chose them: what [`is_apart`] is left out.
pub(super) fn readable(build: &RecordedBuild) -> Vec<PathBuf> {
    let mut all = BTreeSet::new();
    let folders: Vec<PathBuf> = build.steps.iter().filter_map(|s| real(&s.folder)).collect();
    let sources = build.steps.iter().filter(|s| matches!(s.kind, StepKind::Compile | StepKind::Assemble));
    let sources: Vec<PathBuf> = sources
        .flat_map(|step| &step.inputs)
        .filter_map(|input| real(&input.path)?.parent().map(PathBuf::from))
        .filter(|folder| !folder.starts_with("/usr"))
        .collect();
    // The sources of a tree include what lies beside and above them.
    let trees = [common(&[&folders[..], &sources].concat()), common(&sources)];
    if let Some(tree) = trees.into_iter().flatten().find(|tree| is_tree(tree)) {
        let here = std::env::current_dir().ok().and_then(|here| real(&here));
        all.extend(here.filter(|here| tree.starts_with(here) && is_tree(here)));
        all.insert(tree);
    }
    all.extend(folders.into_iter().chain(sources));
    all.extend(build.steps.iter().flat_map(|step| {
        let words = step.arguments.iter().chain(step.environment.values());
        words.flat_map(|word| named(word, &step.folder)).collect::<Vec<_>>()
    }));
    all.retain(|path| !is_apart(path));
    let programs: BTreeSet<&Path> = build.steps.iter().map(|s| s.program.as_path()).collect();
    all.extend(programs.into_iter().flat_map(installed_with));
    let covered = |path: &PathBuf| path.ancestors().skip(1).any(|above| all.contains(above));
    all.iter().filter(|path| !covered(path)).cloned().collect()
}

fn real(path: &Path) -> Option<PathBuf> {
    std::fs::canonicalize(path).ok()
}

/// The folder that holds all of some folders.
fn common(folders: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = folders.split_first()?;
    first.ancestors().find(|above| rest.iter().all(|folder| folder.starts_with(above))).map(PathBuf::from)
}

/// Whether a folder can be the root of a source tree: a home, and what lies right below the root directory and has the
/// homes or all that is temporary, are not.
fn is_tree(folder: &Path) -> bool {
    !is_too_wide(folder) && folder.components().count() > 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::recorded::Input;
    use std::collections::BTreeMap;

    fn step(folder: &Path, source: PathBuf, words: &str) -> Step {
        Step {
            kind: StepKind::Compile,
            program: "/usr/bin/gcc".into(),
            folder: folder.into(),
            arguments: words.split(' ').map(String::from).collect(),
            inputs: vec![Input { at: 0, path: source, from: None }],
            output: folder.join("x.o"),
            sha256: String::new(),
            environment: BTreeMap::from([("CPATH".into(), folder.join("../more").display().to_string())]),
        }
    }

    #[test]
    fn the_tree_and_what_the_commands_name() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        for folder in ["a/tree/src/sub", "a/tree/build", "b/inc", "a/more", "c/secret", "d"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["a/tree/src/sub/x.c", "c/one.h", "c/secret/two.h"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        let words = format!(
            "../src/sub/x.c -I{} -include {} -I/etc -I/",
            root.join("b/inc").display(),
            root.join("c/one.h").display()
        );
        let steps = vec![step(&root.join("a/tree/build"), root.join("a/tree/src/sub/x.c"), &words)];
        let found = readable(&RecordedBuild::new(Vec::new(), steps));
        let may = |file: &str| found.iter().any(|path| root.join(file).starts_with(path));
        for (file, allowed) in [
            ("a/tree/src/common.h", true),
            ("a/tree/build/config.h", true),
            ("b/inc/x.h", true),
            ("c/one.h", true),
            ("c/secret/two.h", false),
            ("d/x", false),
            ("a/other", false),
        ] {
            assert_eq!(may(file), allowed, "{file} of {found:?}");
        }
        assert!(!found.iter().any(|path| path == Path::new("/") || path.starts_with("/etc")), "{found:?}");
    }
}
