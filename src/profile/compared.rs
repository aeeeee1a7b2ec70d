//! Two verdicts on the same question, and whether they differ by more than the noise.

use super::{JudgedKind, Judgement, Section, Stage, Verdict};
use serde::Serialize;

/// A verdict with its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Figure {
    /// The verdict.
    pub verdict: Verdict,
    /// Estimate, `100 * ln(t_base / t_variant)`; null where nothing was timed.
    pub effect: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// The stage it comes from; only figures of `confirm` are claims.
    pub stage: Stage,
}

impl Figure {
    /// A section's own verdict.
    pub fn of_section(section: &Section) -> Figure {
        let Section { verdict, effect, low, high, .. } = *section;
        Figure { verdict, effect, low, high, stage: Stage::Confirm }
    }

    /// One judgement.
    pub fn of_judgement(judged: &Judgement) -> Figure {
        let Judgement { verdict, effect, low, high, stage, .. } = *judged;
        Figure { verdict, effect, low, high, stage }
    }

    /// The interval, if it is a claim.
    fn claim(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high).filter(|_| self.stage == Stage::Confirm)
    }

    /// Whether the verdict is settled without a clock.
    fn settled(&self) -> bool {
        use Verdict::*;
        matches!(self.verdict, Refused | Unsupported | Crashed | WrongResult | SameCode)
    }

    /// Whether nothing was decided.
    fn open(&self) -> bool {
        matches!(self.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive | Verdict::NotReached)
    }
}

/// How two figures stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The same verdict, and intervals that overlap where there are any.
    Agrees,
    /// The verdicts differ, yet the figures may be the same: intervals overlap, or one side decided nothing.
    WithinNoise,
    /// The intervals are disjoint, or the verdicts exclude each other.
    BeyondNoise,
    /// They answer different questions: another base, other flags, or another set around the flag.
    Incomparable,
}

/// The same question in both profiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Compared {
    /// The flags judged; in `verdict` of a section, empty.
    pub flags: Vec<String>,
    /// What they were compared with.
    pub kind: JudgedKind,
    /// One kernel's name; null for the weighted package.
    pub kernel: Option<String>,
    /// In the first profile.
    pub a: Figure,
    /// In the second profile.
    pub b: Figure,
    /// How they stand to each other.
    pub relation: Relation,
}

/// Whether two figures differ beyond noise. Disjoint intervals are a strict test: two intervals of 95 % that only just
/// part are evidence at about 0.5 % (Cumming and Finch 2005, Inference by Eye).
pub fn relation(a: &Figure, b: &Figure) -> Relation {
    if let Some(((a_low, a_high), (b_low, b_high))) = a.claim().zip(b.claim())
        && (a_low > b_high || b_low > a_high)
    {
        return Relation::BeyondNoise;
    }
    if a.verdict == b.verdict {
        return Relation::Agrees;
    }
    let (settled, open) = (a.settled() || b.settled(), a.open() || b.open());
    // No change in code has no effect, which is what `equivalent` says as well.
    let alike = |x: &Figure, y: &Figure| x.verdict == Verdict::SameCode && y.verdict == Verdict::Equivalent;
    match settled && !open && !alike(a, b) && !alike(b, a) {
        true => Relation::BeyondNoise,
        false => Relation::WithinNoise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(verdict: Verdict, interval: Option<(f64, f64)>) -> Figure {
        let (low, high) = interval.unzip();
        Figure {
            verdict,
            effect: low.zip(high).map(|(l, h)| (l + h) / 2.0),
            low,
            high,
            stage: Stage::Confirm,
        }
    }

    #[test]
    fn intervals_decide_where_both_are_claims() {
        let helps = figure(Verdict::Helps, Some((1.2, 3.0)));
        assert_eq!(relation(&helps, &figure(Verdict::Helps, Some((3.1, 5.0)))), Relation::BeyondNoise);
        assert_eq!(relation(&helps, &figure(Verdict::Helps, Some((2.9, 5.0)))), Relation::Agrees);
        assert_eq!(
            relation(&helps, &figure(Verdict::Inconclusive, Some((-1.0, 2.0)))),
            Relation::WithinNoise
        );
        assert_eq!(
            relation(&helps, &figure(Verdict::Inconclusive, Some((-1.0, 0.5)))),
            Relation::BeyondNoise
        );
        let mut screened = figure(Verdict::Inconclusive, Some((-1.0, 0.5)));
        screened.stage = Stage::Screen;
        assert_eq!(relation(&helps, &screened), Relation::WithinNoise);
    }

    #[test]
    fn what_needs_no_clock_contradicts_what_was_decided_only() {
        let settled = |v| figure(v, None);
        let crashed = settled(Verdict::Crashed);
        assert_eq!(relation(&crashed, &figure(Verdict::Helps, Some((1.2, 3.0)))), Relation::BeyondNoise);
        assert_eq!(relation(&crashed, &settled(Verdict::SameCode)), Relation::BeyondNoise);
        assert_eq!(relation(&crashed, &settled(Verdict::Inconclusive)), Relation::WithinNoise);
        assert_eq!(relation(&crashed, &settled(Verdict::Crashed)), Relation::Agrees);
        let equivalent = figure(Verdict::Equivalent, Some((-0.5, 0.5)));
        assert_eq!(relation(&settled(Verdict::SameCode), &equivalent), Relation::WithinNoise);
    }
}
