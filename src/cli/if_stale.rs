//! `tune --if-stale`: whether there is anything to measure.

use super::common::Common;
use super::output::{self, Stop};
use hwtune::catalogue::Catalogue;
use hwtune::check::{self, Asked, Class, Here};
use hwtune::host::Detected;
use hwtune::profile::{Evidence, Profile};
use hwtune::text::place;
use hwtune::toolchain::Compiler;
use hwtune::tune::Subject;
use std::path::Path;

/// Whether the profile that is there holds all that is asked for and is true here; says so, or why not.
pub fn fresh(
    common: &Common,
    path: Option<&Path>,
    old: Option<&Profile>,
    subjects: &[Subject],
    compiler: &Compiler,
    detected: &Detected,
    catalogue: &Catalogue,
) -> anyhow::Result<bool> {
    let Some(path) = path else {
        return Err(Stop::usage("--if-stale: there is no file to look at; give one with -o").into());
    };
    let measure = |why: &str| {
        output::note(common, &format!("profile {}: {why}; measuring", place(path)));
        Ok(false)
    };
    let Some(old) = old else { return measure("not there yet") };
    if !old.complete {
        return measure("its run was interrupted");
    }
    let mut exact: Vec<&str> = Vec::new();
    for subject in subjects {
        let sections = if subject.package.is_some() { &old.package } else { &old.kernel };
        let base = [&subject.base.compile[..], &subject.base.link].concat();
        match sections.get(&subject.name) {
            Some(section) if common.cc.is_some() && section.toolchain != compiler.id() => {
                return measure(&format!("{} was measured with {}", subject.name, section.toolchain));
            }
            Some(section)
                if subject.evidence == Evidence::Package && section.evidence == Evidence::Kernel =>
            {
                return measure(&format!("{} was measured through kernels", subject.name));
            }
            // The sources are part of the question, where they were given.
            Some(section) if !subject.sources.is_empty() && section.sources != subject.sources => {
                return measure(&format!("{} was measured on other sources", subject.name));
            }
            Some(section) if subject.exact && section.rests_on_bounds() => {
                return measure(&format!(
                    "{} has results within documented errors, and --exact asks for the same bits",
                    subject.name
                ));
            }
            Some(section) if section.evidence != Evidence::None && section.base == base => {
                // Equal bits are within any error: such a result holds for either question.
                if section.exact && !subject.exact {
                    exact.push(subject.name.as_str());
                }
            }
            Some(_) => return measure(&format!("{} was not measured against this base", subject.name)),
            None => return measure(&format!("says nothing of {}", subject.name)),
        }
    }
    let asked = common.cc.as_deref().map_or(Asked::Found, Asked::Only);
    let own = subjects.iter().filter(|s| s.package.is_none()).flat_map(|s| s.kernels.clone()).collect();
    let here = Here::now(detected.clone(), old, asked, (catalogue.clone(), own), hwtune::experiment::METHOD)?;
    // That the catalogue changed for a section that is not asked for is not this run's matter.
    let others = |key: &str| {
        let ours = |s: &Subject| key == format!("{}.{}.catalogue", kind(s), s.name);
        key.ends_with(".catalogue") && !subjects.iter().any(ours)
    };
    let found = check::compare(old, &here);
    let changed: Vec<String> = found
        .of(Class::Stable)
        .filter(|c| !others(&c.key))
        .map(|c| format!("{} {}", c.key, c.what))
        .collect();
    if !changed.is_empty() {
        return measure(&format!("stale: {}", changed.join("; ")));
    }
    let exact = match exact.is_empty() {
        true => String::new(),
        false => format!(" ({}: measured with --exact, which holds without it too)", exact.join(", ")),
    };
    output::note(common, &format!("profile {}: still true here; nothing to measure{exact}", place(path)));
    Ok(true)
}

fn kind(subject: &Subject) -> &'static str {
    if subject.package.is_some() { "package" } else { "kernel" }
}
