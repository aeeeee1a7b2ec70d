//! `tune --if-stale`: whether there is anything to measure.

use super::common::Common;
use super::output;
use hwtune::catalogue::Catalogue;
use hwtune::check::{self, Asked, Class, Here};
use hwtune::host::Detected;
use hwtune::profile::{Evidence, Profile};
use hwtune::tune::Subject;
use std::path::Path;

/// Whether the profile that is there holds all that is asked for and is true here; says so, or why not.
pub fn fresh(
    common: &Common,
    path: &Path,
    old: Option<&Profile>,
    subjects: &[Subject],
    detected: &Detected,
    catalogue: &Catalogue,
) -> anyhow::Result<bool> {
    let measure = |why: &str| {
        output::note(common, &format!("profile {}: {why}; measuring", path.display()));
        Ok(false)
    };
    let Some(old) = old else { return measure("not there yet") };
    if !old.complete {
        return measure("its run was interrupted");
    }
    for subject in subjects {
        let sections = if subject.package.is_some() { &old.package } else { &old.kernel };
        let base = [&subject.base.compile[..], &subject.base.link].concat();
        match sections.get(&subject.name) {
            Some(section) if section.evidence != Evidence::None && section.base == base => {}
            Some(_) => return measure(&format!("{} was not measured against this base", subject.name)),
            None => return measure(&format!("says nothing of {}", subject.name)),
        }
    }
    let asked = common.cc.as_deref().map_or(Asked::Found, Asked::Only);
    let here = Here::now(detected.clone(), old, asked, catalogue.clone(), hwtune::tune::METHOD)?;
    let found = check::compare(old, &here);
    if found.stale {
        let changed: Vec<String> = found.of(Class::Stable).map(|c| format!("{} {}", c.key, c.what)).collect();
        return measure(&format!("stale: {}", changed.join("; ")));
    }
    output::note(common, &format!("profile {}: still true here; nothing to measure", path.display()));
    Ok(true)
}
