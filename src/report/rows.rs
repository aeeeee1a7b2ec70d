//! This module turns a section into the rows of plots and tables.

use super::escape::{interval, signed};
use crate::profile::{
    DomainEffect, HostAnswer, HostQuestion, JudgedKind, Judgement, Section, Stage, Verdict,
    told_within_bounds,
};
use serde::Serialize;

/// One interval, or one verdict without.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What is judged, whole: flags or a kernel.
    pub what: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Estimate, `100 * ln(t_base / t_variant)`.
    pub effect: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// A kernel's share of the package's time, `12 %`; empty where unknown.
    pub share: String,
    /// The effect in each layout.
    pub dots: Vec<f64>,
    /// How the pairs spread in each layout.
    pub spread: Vec<[f64; 5]>,
    /// Layouts.
    pub layouts: u32,
    /// Pairs.
    pub pairs: u32,
    /// Why.
    pub reason: String,
    /// `+7.11`; empty where nothing was timed.
    pub effect_text: String,
    /// `[+4.24, +9.97]`; empty where nothing was timed.
    pub interval_text: String,
}

/// Rows that answer one question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The question.
    pub title: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl Row {
    /// Of one judgement; `what` is what is judged.
    pub fn of(judged: &Judgement, what: String) -> Row {
        // A kernel's row stands beneath one that says it.
        let within =
            if judged.kernel.is_none() { told_within_bounds(&judged.within_bounds) } else { String::new() };
        let reason = [judged.reason.as_str(), &within].into_iter().filter(|part| !part.is_empty());
        let row = Row {
            layouts: judged.layouts,
            pairs: judged.pairs,
            reason: reason.collect::<Vec<_>>().join("; "),
            dots: judged.layout_effects.clone(),
            spread: judged.layout_spread.clone(),
            ..Row::bare(what, judged.verdict)
        };
        match judged.stage {
            // Few layouts, chosen among many: a rough figure ranks, and no interval is shown as if it were a claim.
            Stage::Screen => Row {
                effect: judged.effect,
                effect_text: judged.effect.map(|e| format!("~{e:+.0}")).unwrap_or_default(),
                dots: Vec::new(),
                ..row
            },
            _ => row.with_figures(judged.effect, judged.low, judged.high),
        }
    }

    /// Of a section's own verdict, with the layouts of the judgement that it is.
    pub fn of_section(section: &Section, what: String) -> Row {
        let row = Row {
            layouts: section.layouts,
            pairs: section.pairs,
            reason: section.reason.clone(),
            dots: own(section).map(|j| j.layout_effects.clone()).unwrap_or_default(),
            ..Row::bare(what, section.verdict)
        };
        row.with_figures(section.effect, section.low, section.high)
    }

    /// A row without figures.
    pub fn bare(what: String, verdict: Verdict) -> Row {
        Row {
            what,
            verdict,
            effect: None,
            low: None,
            high: None,
            share: String::new(),
            dots: Vec::new(),
            spread: Vec::new(),
            layouts: 0,
            pairs: 0,
            reason: String::new(),
            effect_text: String::new(),
            interval_text: String::new(),
        }
    }

    /// With an estimate and its interval; without them where one is missing.
    pub fn with_figures(mut self, effect: Option<f64>, low: Option<f64>, high: Option<f64>) -> Row {
        if let (Some(e), Some(l), Some(h)) = (effect, low, high) {
            (self.effect, self.low, self.high) = (Some(e), Some(l), Some(h));
            (self.effect_text, self.interval_text) = (signed(e), interval(l, h));
        }
        self
    }

    /// Estimate, low and high, where there are all.
    pub fn figures(&self) -> Option<(f64, f64, f64)> {
        Some((self.effect?, self.low?, self.high?))
    }

    /// The row in words, for those who do not see the plot.
    pub fn sentence(&self) -> String {
        match self.figures() {
            Some((e, l, h)) => {
                format!("{}: {} from {} to {}, {}", self.what, signed(e), signed(l), signed(h), self.verdict)
            }
            None => format!("{}: {}", self.what, self.verdict),
        }
    }
}

/// Whether a verdict says something of the effect.
pub fn decided(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Helps | Verdict::Harms | Verdict::Equivalent)
}

/// The judgement whose figures are the section's own.
fn own(section: &Section) -> Option<&Judgement> {
    section.judged.iter().find(|j| {
        j.stage == Stage::Confirm && j.kernel.is_none() && j.effect.is_some() && j.effect == section.effect
    })
}

/// The flags judged, or the kernel with the time of a call under the base and under the flags.
fn subject(judged: &Judgement) -> String {
    let Some(kernel) = &judged.kernel else { return judged.flags.join(" ") };
    match (judged.base_ns, judged.effect) {
        (Some(base), Some(effect)) => {
            format!("{kernel}  {} -> {}", call_time(base), call_time(base * (-effect / 100.0).exp()))
        }
        _ => kernel.clone(),
    }
}

/// `231 us`, `850 ns`, `1.2 ms`.
fn call_time(ns: f64) -> String {
    match ns {
        n if n >= 1e6 => format!("{:.2} ms", n / 1e6),
        n if n >= 1e4 => format!("{:.1} us", n / 1e3),
        n if n >= 1e3 => format!("{:.2} us", n / 1e3),
        n => format!("{n:.0} ns"),
    }
}

/// What was confirmed, question by question; kernels last. A question without a row is left out.
pub fn confirmed(section: &Section) -> Vec<Group> {
    let of = |title: &str, wanted: &dyn Fn(&Judgement) -> bool| Group {
        title: title.into(),
        rows: section
            .judged
            .iter()
            .filter(|j| j.stage == Stage::Confirm && wanted(j))
            .map(|j| Row::of(j, subject(j)))
            .collect(),
    };
    let mut set = of("The whole set, against the base", &|j| j.kernel.is_none() && j.kind == JudgedKind::Set);
    if set.rows.is_empty() && section.effect.is_some() && own(section).is_none() {
        set.rows.push(Row::of_section(section, section.flags.join(" ")));
    }
    let groups = [
        set,
        of("What each adds to the set: with it, against without", &|j| {
            j.kernel.is_none() && j.kind == JudgedKind::Without
        }),
        of("Alone, against the base", &|j| j.kernel.is_none() && j.kind == JudgedKind::Alone),
        of("Kernel by kernel: the set, against the base", &|j| j.kernel.is_some()),
    ];
    groups.into_iter().chain(domains(section)).filter(|g| !g.rows.is_empty()).collect()
}

/// Of the whole host: each answer's effect on the domains of everyday code.
fn domains(section: &Section) -> Vec<Group> {
    let of = |answer: &HostAnswer| {
        let row = |(name, d): (&String, &DomainEffect)| {
            Row::bare(name.clone(), d.verdict).with_figures(Some(d.effect), Some(d.low), Some(d.high))
        };
        let rows = answer.domain.iter().filter(|(_, d)| d.verdict != Verdict::SameCode).map(row).collect();
        Group { title: format!("By domain: {}", answer.flags.join(" ")), rows }
    };
    // A set of one member answers two questions with the same figures.
    let own = |a: &&HostAnswer| {
        a.question == HostQuestion::Set
            || section.answer.iter().all(|s| s.question != HostQuestion::Set || s.flags != a.flags)
    };
    section.answer.iter().filter(own).map(of).collect()
}

/// What was not confirmed: first what was timed, furthest from 0 first, then by verdict.
pub fn others(section: &Section) -> Vec<Row> {
    let mut list: Vec<&Judgement> = section.judged.iter().filter(|j| j.stage != Stage::Confirm).collect();
    let distance = |j: &Judgement| j.effect.map_or(0.0, f64::abs);
    list.sort_by(|a, b| {
        (a.effect.is_none(), a.verdict)
            .cmp(&(b.effect.is_none(), b.verdict))
            .then(distance(b).total_cmp(&distance(a)))
    });
    let what = |j: &Judgement| match &j.kernel {
        Some(kernel) => format!("{kernel}: {}", j.flags.join(" ")),
        None => j.flags.join(" "),
    };
    list.into_iter().map(|j| Row::of(j, what(j))).collect()
}

/// Flags in at most `width` characters: as many as fit, and how many more there are.
pub fn short(what: &str, width: usize) -> String {
    let length = |text: &str| text.chars().count();
    if length(what) <= width {
        return what.into();
    }
    let words: Vec<&str> = what.split(' ').filter(|w| !w.is_empty()).collect();
    for kept in (1..words.len()).rev() {
        let text = format!("{} +{}", words[..kept].join(" "), words.len() - kept);
        if length(&text) <= width {
            return text;
        }
    }
    what.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::parse;

    #[test]
    fn a_long_set_is_shortened_and_says_so() {
        assert_eq!(short("-O3 -fno-plt", 20), "-O3 -fno-plt");
        assert_eq!(short("-march=znver3 -mavx512f -mavx512bw", 20), "-march=znver3 +2");
        assert_eq!(short("-march=znver3", 6), "-marc…");
        for width in 1..40 {
            assert!(short("-march=é -mtune=漢字 -O3", width).chars().count() <= width.max(1));
        }
    }

    #[test]
    fn a_profile_without_rows_still_shows_its_own_verdict() {
        let text = include_str!("../../tests/profiles/measured.toml");
        let profile = parse(text, "measured.toml").unwrap();
        let groups = confirmed(&profile.package["glibc"]);
        assert_eq!(groups.len(), 1);
        assert_eq!(
            groups[0].rows[0].sentence(),
            "-march=skylake -mtune=skylake -O3 -fno-plt: +2.40 from +1.30 to +3.50, helps"
        );
        let zlib = &profile.package["zlib"];
        assert_eq!((confirmed(zlib).len(), confirmed(zlib)[0].rows.len(), others(zlib).len()), (1, 1, 1));
    }
}
