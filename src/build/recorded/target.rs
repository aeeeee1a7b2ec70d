//! Which product of a recorded build is meant.

use super::command_line::settled;
use super::document::{RecordError, RecordedBuild, Step, StepKind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How a target is named.
#[derive(Clone, Debug)]
pub(super) enum Wanted<'w> {
    /// By its path, or the end of it.
    Path(&'w Path),
    /// The library with one of these SONAMEs, or its static one.
    Library(&'w [String]),
    /// The only library there is.
    AnyLibrary,
    /// The program that one of these words names, from a folder; else the only one.
    Program(&'w [String], &'w Path),
}

/// Finds a target: the number of its step.
pub(super) fn find(build: &RecordedBuild, wanted: &Wanted) -> Result<usize, RecordError> {
    // A name that was used twice is its last file.
    let mut products: BTreeMap<&Path, usize> = BTreeMap::new();
    for (number, step) in build.steps.iter().enumerate() {
        if matches!(step.kind, StepKind::Archive | StepKind::Shared | StepKind::Program) {
            products.insert(&step.output, number);
        }
    }
    let of = |test: &dyn Fn(&Step) -> bool| -> Vec<usize> {
        products.values().copied().filter(|n| test(&build.steps[*n])).collect()
    };
    let kind = |kind: StepKind| of(&|s| s.kind == kind);
    let found = match wanted {
        Wanted::Path(path) => {
            let here = std::env::current_dir().unwrap_or_default();
            let whole = settled(&here, &path.to_string_lossy());
            let exact = of(&|s| s.output == whole);
            if exact.is_empty() { of(&|s| s.output.ends_with(path)) } else { exact }
        }
        Wanted::Library(sonames) => {
            let shared = of(&|s| s.kind == StepKind::Shared && is_library(s, sonames));
            let archives = || of(&|s| s.kind == StepKind::Archive && is_library(s, sonames));
            if shared.is_empty() { archives() } else { shared }
        }
        Wanted::AnyLibrary => match kind(StepKind::Shared) {
            none if none.is_empty() => kind(StepKind::Archive),
            shared => shared,
        },
        Wanted::Program(words, folder) => {
            let named: Vec<PathBuf> = words.iter().map(|w| settled(folder, w)).collect();
            let named = of(&|s| named.contains(&s.output));
            if named.is_empty() { kind(StepKind::Program) } else { named }
        }
    };
    let names = |all: &[usize]| {
        let names: Vec<String> = all.iter().map(|n| crate::text::place(&build.steps[*n].output)).collect();
        names.join(", ")
    };
    let all: Vec<usize> = products.values().copied().collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(RecordError::new(
            "the recorded build",
            "has no such product",
            format!("name one with --target: {}", names(&all)),
        )),
        _ => Err(RecordError::new(
            "the recorded build",
            "has several",
            format!("name one with --target: {}", names(&found)),
        )),
    }
}

/// Whether a product is the library of one of these SONAMEs.
fn is_library(step: &Step, sonames: &[String]) -> bool {
    let name = step.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = |soname: &String| soname.split(".so").next().unwrap_or_default().to_string();
    match step.kind {
        StepKind::Shared => match soname(step) {
            Some(own) => sonames.contains(&own),
            None => sonames.iter().any(|s| name.split(".so").next() == Some(&stem(s))),
        },
        _ => sonames.iter().any(|s| name == format!("{}.a", stem(s))),
    }
}

fn joined(word: &str) -> Option<&str> {
    ["-soname=", "--soname=", "-h"].iter().find_map(|prefix| word.strip_prefix(prefix))
}

/// The SONAME that a link gives.
pub(super) fn soname(step: &Step) -> Option<String> {
    let flat: Vec<&str> = step
        .arguments
        .iter()
        .flat_map(|word| {
            word.strip_prefix("-Wl,").map_or(vec![word.as_str()], |rest| rest.split(',').collect())
        })
        .filter(|word| *word != "-Xlinker")
        .collect();
    let next = |at: usize| flat.get(at + 1).map(|w| w.to_string());
    flat.iter().enumerate().find_map(|(at, word)| match *word {
        "-soname" | "--soname" | "-h" => next(at),
        _ => joined(word).filter(|s| !s.is_empty() && s.contains(".so")).map(String::from),
    })
}
