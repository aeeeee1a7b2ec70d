//! This module finds what one host's profile shows about a set of flags.

use crate::profile::{Evidence, JudgedKind, Judgement, Profile, Section, Stage, Verdict};
use crate::render::Figures;
use crate::render::trust::{self, Trust};

/// A host whose figures count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Witness<'a> {
    /// Its profile.
    pub profile: &'a Profile,
    /// The section in question.
    pub section: &'a Section,
}

/// A host's word on exactly one set against the base.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// Confirmed to help, no kernel beyond what a regression may cost.
    Helps(Figures),
    /// Judged, and it does not.
    Not(Verdict),
    /// Never timed in this form.
    Silent,
}

impl<'a> Witness<'a> {
    /// The host as a witness, or why it is none and what is to be done about it.
    pub fn new(profile: &'a Profile, section: &'a Section) -> Result<Self, String> {
        if section.evidence == Evidence::None {
            return Err("not measured".into());
        }
        let Some(measurement) = &profile.measurement else {
            return Err("figures without [measurement]".into());
        };
        if matches!(measurement.aa.verdict, Verdict::Helps | Verdict::Harms) {
            return Err(format!("the A/A control says {}: its verdicts are noise", measurement.aa.verdict));
        }
        let witness = Witness { profile, section };
        match trust::judge(profile, section, false) {
            Trust::No(reason) if section.verdict == Verdict::Helps => Err(reason),
            _ => Ok(witness),
        }
    }

    /// What the host says of a set.
    pub fn says(&self, set: &[String]) -> Word {
        if let Some(verdict) = self.broken(set).or_else(|| self.regression(set)) {
            return Word::Not(verdict);
        }
        if same(&self.section.flags, set)
            && let Trust::Measured(figures) = trust::judge(self.profile, self.section, false)
        {
            return Word::Helps(figures);
        }
        let of_package = |j: &&Judgement| {
            j.kernel.is_none()
                && j.stage == Stage::Confirm
                && j.kind != JudgedKind::Without
                && same(&j.flags, set)
        };
        let Some(judged) = self.section.judged.iter().find(of_package) else { return Word::Silent };
        let margin = self.profile.measurement.as_ref().map_or(f64::INFINITY, |m| m.margin);
        match (judged.verdict, judged.effect, judged.low, judged.high) {
            (Verdict::Helps, Some(effect), Some(low), Some(high)) if low > margin => {
                Word::Helps(Figures { evidence: String::new(), effect, low, high })
            }
            (Verdict::Helps, ..) => Word::Not(Verdict::Inconclusive),
            (verdict, ..) => Word::Not(verdict),
        }
    }

    /// A flag of the set that by itself breaks the build or the program here.
    fn broken(&self, set: &[String]) -> Option<Verdict> {
        let part = |j: &&Judgement| j.kind != JudgedKind::Without && j.flags.iter().all(|f| set.contains(f));
        let alone = |j: &&Judgement| j.flags.len() == 1 || same(&j.flags, set);
        let rows = self.section.judged.iter().filter(|j| breaks(j.verdict));
        rows.filter(part).find(alone).map(|j| j.verdict)
    }

    /// A kernel that the set makes slower than is allowed.
    fn regression(&self, set: &[String]) -> Option<Verdict> {
        let most = self.profile.measurement.as_ref()?.max_regression;
        let slow = |j: &&Judgement| {
            j.kernel.is_some()
                && j.stage == Stage::Confirm
                && j.kind != JudgedKind::Without
                && same(&j.flags, set)
                && j.high.is_some_and(|high| high < -most)
        };
        self.section.judged.iter().find(slow).map(|_| Verdict::Harms)
    }
}

/// Whether a verdict means that the build or the program does not work.
pub(super) fn breaks(verdict: Verdict) -> bool {
    use Verdict as V;
    matches!(verdict, V::Refused | V::Unsupported | V::Crashed | V::WrongResult)
}

/// Whether two lists hold the same flags.
pub(super) fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|f| b.contains(f))
}
