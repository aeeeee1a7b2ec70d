//! `tune --like PROFILE`: what earlier profiles say of the same subjects.

use super::common::Common;
use super::output;
use hwtune::catalogue::{Catalogue, Risk};
use hwtune::profile;
use hwtune::text::place;
use hwtune::toolchain::MarchChoice;
use hwtune::tune::{Row, Subject};
use std::path::PathBuf;

/// What the sets of earlier profiles are put into rows with.
pub struct Rules<'a> {
    /// The tables.
    pub catalogue: &'a Catalogue,
    /// What the compiler gets for this CPU.
    pub choice: &'a MarchChoice,
    /// Classes of risk that this run is allowed.
    pub allowed: &'a [Risk],
}

/// Gives each subject its sections of earlier profiles, and returns the sets they chose as rows to be tried.
pub fn earlier(
    files: &[PathBuf],
    common: &Common,
    subjects: &mut [Subject],
    rules: &Rules<'_>,
) -> anyhow::Result<Vec<Row>> {
    for file in files {
        let read = profile::read(file)?;
        let mut found = false;
        for subject in subjects.iter_mut() {
            let of = if subject.package.is_some() { &read.package } else { &read.kernel };
            if let Some(section) = of.get(&subject.name) {
                subject.prior.earlier.push(section.clone());
                found = true;
            }
        }
        if !found {
            let text = format!("--like {}: says nothing of what is tuned here", place(file));
            output::note(common, &text);
        }
    }
    let Rules { catalogue, choice, allowed } = rules;
    Ok(subjects.iter().flat_map(|s| s.prior.sets(catalogue, choice, &s.name, allowed)).collect())
}
