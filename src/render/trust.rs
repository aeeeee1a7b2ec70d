//! This module decides whether a section can be trusted, by its verdict, its figures and its run.

use super::coherent;
use super::selection::Figures;
use crate::profile::{Evidence, Profile, Section, Stage, Verdict};

/// How far a section's flags can be relied on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trust {
    /// Measured to help, and the figures say so too.
    Measured(Figures),
    /// Nothing was measured, and the user wants it all the same.
    Unmeasured,
    /// Not at all, for this reason.
    No(String),
}

/// Judges one section.
pub(crate) fn judge(profile: &Profile, section: &Section, allow_unmeasured: bool) -> Trust {
    use Verdict as V;
    let because = match section.reason.is_empty() {
        true => String::new(),
        false => format!(": {}", section.reason),
    };
    if section.evidence == Evidence::None {
        return match section.verdict {
            V::Refused | V::Unsupported | V::Crashed | V::WrongResult | V::Harms => {
                Trust::No(format!("verdict {}{because}", section.verdict))
            }
            _ if allow_unmeasured => Trust::Unmeasured,
            _ => Trust::No("not measured; --allow-unmeasured writes it and says so".into()),
        };
    }
    if section.verdict != V::Helps {
        return Trust::No(format!("verdict {}{because}", section.verdict));
    }
    match inconsistency(profile, section) {
        Some(reason) => Trust::No(reason),
        None => match figures(section) {
            Some(figures) => Trust::Measured(figures),
            None => Trust::No("verdict helps without effect, low and high".into()),
        },
    }
}

/// Why a `helps` does not follow from the profile's own figures.
fn inconsistency(profile: &Profile, section: &Section) -> Option<String> {
    let Some(measurement) = &profile.measurement else {
        return Some("verdict helps, but the profile has no [measurement]".into());
    };
    // The profile's own figures are those of its last run, and the section may come from another.
    let (margin, control) = match &section.run {
        Some(run) => (run.margin, run.control),
        None => (measurement.margin, Some(measurement.aa.verdict)),
    };
    if !(margin.is_finite() && margin >= 0.0) {
        return Some(format!("measurement.margin {margin} is not a margin"));
    }
    if let Some(control @ (Verdict::Helps | Verdict::Harms)) = control {
        return Some(format!("the A/A control of the run says {control}: every verdict is inconclusive"));
    }
    let f = figures(section)?;
    if ![f.effect, f.low, f.high].iter().all(|v| v.is_finite()) || f.low > f.effect || f.effect > f.high {
        return Some(format!("effect {} does not lie between low {} and high {}", f.effect, f.low, f.high));
    }
    if f.low <= margin {
        return Some(format!("verdict helps, but low {} is not above the margin {margin}", f.low));
    }
    if !profile.complete && confirmed(section, &section.flags).is_none() {
        return Some("the run was interrupted before these flags were confirmed".into());
    }
    coherent::unfounded(section)
}

/// The section's own figures.
fn figures(section: &Section) -> Option<Figures> {
    let evidence = match section.evidence {
        Evidence::Package => "package",
        Evidence::Kernel => "kernel",
        Evidence::None => "none",
    };
    Some(Figures {
        evidence: evidence.into(),
        effect: section.effect?,
        low: section.low?,
        high: section.high?,
    })
}

/// The figures of a confirmation of exactly these flags over the weighted package, where there is one that helps.
pub(crate) fn confirmed(section: &Section, flags: &[String]) -> Option<Figures> {
    let same = |j: &[String]| j.len() == flags.len() && j.iter().all(|f| flags.contains(f));
    section
        .judged
        .iter()
        .filter(|j| j.stage == Stage::Confirm && j.kernel.is_none() && j.verdict == Verdict::Helps)
        // `without` compares with the set less these flags, which is the base only where they are the whole set.
        .filter(|j| j.kind != crate::profile::JudgedKind::Without || same(&section.flags))
        .find(|j| same(&j.flags))
        .and_then(|j| {
            Some(Figures { evidence: String::new(), effect: j.effect?, low: j.low?, high: j.high? })
        })
}
