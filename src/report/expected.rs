//! This module puts what was expected of faster packages beside what was found.

use super::adr::Adr;
use super::expectation::{Expectation, Standing, expectations};
use crate::profile::{Evidence, JudgedKind, Judgement, Profile, Stage};
use crate::rollout::{Compared, State};
use serde::Serialize;

/// One expectation with what can be known of it and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// The operation.
    pub operation: String,
    /// What was expected, as it was written.
    pub expected: String,
    /// What can be known.
    pub standing: &'static str,
    /// What was found; `-` for nothing.
    pub found: String,
    /// Why; code between backquotes.
    pub why: String,
}

/// How a name is written as code.
type Code = fn(&str) -> String;

/// The expectations of a package.
pub fn expected(of: &Adr<'_>, package: &str, code: Code) -> Vec<Expected> {
    expectations().iter().filter(|e| e.package == package).map(|e| row(of, e, code)).collect()
}

/// The rollout's figures, if it was one of this profile.
pub fn verified<'a>(of: &Adr<'a>) -> Option<(&'a State, &'a [Compared])> {
    let state = of.rollout?;
    let plan = state.plan.as_ref()?;
    let ours = plan.fingerprint == of.profile.fingerprint && plan.route == of.route.name();
    let verified = state.verified.as_ref().filter(|_| ours)?;
    Some((state, &verified.timing))
}

/// One row: what can be known, what was found, why.
fn row(of: &Adr<'_>, expected: &Expectation, code: Code) -> Expected {
    let (standing, found) = match expected.standing {
        Standing::NotReached => ("not reached", "-".to_string()),
        Standing::NotMovable => {
            ("not movable by flags", jobs(of, expected, code).unwrap_or_else(|| "-".into()))
        }
        Standing::StandIn => match jobs(of, expected, code) {
            Some(found) if expected.direct => ("measured", found),
            Some(found) => ("measured by stand-in", found),
            None => match stand_in(of.profile, expected, code) {
                Some(found) => ("measured by stand-in", found),
                None => ("not measured", "-".into()),
            },
        },
    };
    let why = match (standing, of.profile.package.get(&expected.package)) {
        ("not measured", None) => format!("{}; the profile has no {}", expected.why, expected.package),
        ("not measured", Some(s)) if s.flags.is_empty() => {
            format!("{}; no flag was found to write", expected.why)
        }
        _ => expected.why.clone(),
    };
    let (operation, written) = (expected.operation.clone(), expected.expected.clone());
    Expected { operation, expected: written, standing, found, why }
}

/// Figures of `rollout verify`, with the libraries that were really built.
fn jobs(of: &Adr<'_>, expected: &Expectation, code: Code) -> Option<String> {
    let (state, timing) = verified(of)?;
    state.plan.as_ref()?.packages.get(&expected.package)?;
    let figures: Vec<String> = timing
        .iter()
        .filter(|row| expected.jobs.contains(&row.job))
        .map(|c| {
            format!(
                "{} in the built library: {:+.2} [{:+.2}, {:+.2}], n = {}",
                code(&c.job),
                c.effect,
                c.low,
                c.high,
                c.n
            )
        })
        .collect();
    (!figures.is_empty()).then(|| figures.join("; "))
}

/// Figures of the profile's kernels, from the confirmation.
fn stand_in(profile: &Profile, expected: &Expectation, code: Code) -> Option<String> {
    let section = profile.package.get(&expected.package)?;
    if section.evidence == Evidence::None {
        return None;
    }
    if expected.whole {
        let (e, l, h) = (section.effect?, section.low?, section.high?);
        let n = count(section.layouts, section.pairs);
        return Some(format!("{e:+.2} [{l:+.2}, {h:+.2}], {n}, {}", section.verdict));
    }
    let figure = |j: &Judgement| {
        let kernel = j.kernel.as_deref()?;
        let name = kernel.rsplit('/').next().unwrap_or(kernel);
        let ours = expected.kernels.iter().any(|k| k == name);
        let decided = j.kind == JudgedKind::Set && j.stage == Stage::Confirm;
        // Of a set that was written, its own rows; of one that failed, what was judged of it.
        let same = section.flags.is_empty() || j.flags == section.flags;
        let (e, l, h) = (j.effect?, j.low?, j.high?);
        let told = format!(
            "kernel {}: {e:+.2} [{l:+.2}, {h:+.2}], {}, {}",
            code(name),
            count(j.layouts, j.pairs),
            j.verdict
        );
        (ours && decided && same).then_some(told)
    };
    let figures: Vec<String> = section.judged.iter().filter_map(figure).collect();
    (!figures.is_empty()).then(|| figures.join("; "))
}

fn count(layouts: u32, pairs: u32) -> String {
    format!("n = {layouts} layouts ({pairs} pairs)")
}
