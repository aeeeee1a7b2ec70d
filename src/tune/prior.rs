//! How likely candidates are to matter for a subject, before anything of it was measured: by the catalogue's order, by the kind
//! of code, and by what earlier profiles of the same subject say. It steers what is measured first and how the figures of
//! groups are read; no verdict rests on it.

use super::rows::{Row, earlier_set};
use crate::catalogue::{Catalogue, CodeKind, Kernel, Risk};
use crate::profile::{JudgedKind, Section, Verdict};
use crate::toolchain::MarchChoice;

/// How much more likely a flag is to matter where the subject has the kind of code it is made for, and how much less where it
/// has not.
const OF_THIS_KIND: f64 = 1.5;
const OF_ANOTHER_KIND: f64 = 0.5;
/// The same for what an earlier profile found to help, to be promising, and to do nothing or harm.
const HELPED: f64 = 4.0;
const PROMISED: f64 = 1.5;
const USELESS: f64 = 0.3;

/// What is known of a subject beforehand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prior {
    /// What its kernels spend their time in.
    pub code: Vec<CodeKind>,
    /// Its sections in earlier profiles, of this host or another.
    pub earlier: Vec<Section>,
}

impl Prior {
    /// What the kernels themselves say.
    pub fn of(kernels: &[Kernel]) -> Prior {
        let mut code: Vec<CodeKind> = kernels.iter().flat_map(|k| k.code.iter().copied()).collect();
        code.sort();
        code.dedup();
        Prior { code, earlier: Vec::new() }
    }

    /// How likely a row is to matter beside the others: 1 where nothing is known of it.
    pub fn likely(&self, row: &Row) -> f64 {
        let kind = match (self.code.is_empty() || row.matters_for.is_empty(), &row.matters_for) {
            (true, _) => 1.0,
            (false, kinds) if kinds.iter().any(|k| self.code.contains(k)) => OF_THIS_KIND,
            (false, _) => OF_ANOTHER_KIND,
        };
        row.likely() * kind * self.seen(row)
    }

    /// What earlier profiles say of a row; the first that judged it counts.
    fn seen(&self, row: &Row) -> f64 {
        let mut judged = self.earlier.iter().flat_map(|section| &section.judged);
        let found = judged.find(|j| j.kind == JudgedKind::Alone && j.flags == row.words);
        match found.map(|j| (j.verdict, j.effect.unwrap_or(0.0))) {
            Some((Verdict::Helps, _)) => HELPED,
            Some((Verdict::LayoutSensitive | Verdict::Inconclusive, effect)) if effect > 0.5 => PROMISED,
            Some((Verdict::SameCode | Verdict::Equivalent | Verdict::Harms, _)) => USELESS,
            _ => 1.0,
        }
    }

    /// The sets that earlier profiles chose for the subject `name`, as rows that are tried with the levels and names.
    pub fn sets(
        &self,
        catalogue: &Catalogue,
        choice: &MarchChoice,
        name: &str,
        allowed: &[Risk],
    ) -> Vec<Row> {
        let chosen = self.earlier.iter().filter(|s| s.verdict == Verdict::Helps && !s.flags.is_empty());
        let mut rows: Vec<Row> =
            chosen.map(|s| earlier_set(catalogue, choice, &s.flags, name, allowed)).collect();
        rows.dedup_by(|one, other| one.words == other.words);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Stage;
    use crate::toolchain::Candidate;
    use crate::tune::judgements::judgement;
    use crate::tune::section::blank;

    fn row(flag: &str, matters_for: &[CodeKind]) -> Row {
        let candidate = Candidate::bare(flag);
        let (words, matters_for) = (candidate.words.clone(), matters_for.to_vec());
        Row { candidate, words, bundle: false, first: false, only: Vec::new(), matters_for, settled: None }
    }

    #[test]
    fn the_kind_of_code_and_earlier_verdicts_weigh() {
        let loops = row("-funroll-loops", &[CodeKind::Loop]);
        let branches = row("-fno-if-conversion", &[CodeKind::Branchy, CodeKind::Calls]);
        let unknown = Prior::default();
        assert_eq!(unknown.likely(&loops), unknown.likely(&branches));
        let of_loops = Prior { code: vec![CodeKind::Loop], earlier: Vec::new() };
        assert!(of_loops.likely(&loops) > unknown.likely(&loops));
        assert!(of_loops.likely(&branches) < unknown.likely(&branches));

        let mut section = blank("gcc", &[]);
        for (flag, verdict) in [("-funroll-loops", Verdict::Harms), ("-fno-if-conversion", Verdict::Helps)] {
            let kind = JudgedKind::Alone;
            section.judged.push(judgement(vec![flag.into()], kind, Stage::Confirm, verdict));
        }
        let seen = Prior { code: Vec::new(), earlier: vec![section] };
        assert!(seen.likely(&loops) < unknown.likely(&loops));
        assert!(seen.likely(&branches) > unknown.likely(&branches));
    }

    #[test]
    fn an_earlier_set_is_tried_as_one_for_this_cpu_and_never_what_breaks_something() {
        let catalogue = Catalogue::load(None).unwrap();
        let choice = MarchChoice {
            march: "znver3".into(),
            drop: vec!["-mno-avx512f".into()],
            ..MarchChoice::default()
        };
        let mut section = blank("gcc", &[]);
        section.verdict = Verdict::Helps;
        let mut of = |flags: &[&str]| {
            section.flags = flags.iter().map(|f| f.to_string()).collect();
            let prior = Prior { code: Vec::new(), earlier: vec![section.clone()] };
            prior.sets(&catalogue, &choice, "zlib", &[]).remove(0)
        };
        let set = of(&["-O3", "-march=skylake"]);
        assert_eq!(set.words, ["-O3", "-march=znver3", "-mno-avx512f"]);
        assert!(set.settled.is_none() && set.bundle && set.only == ["zlib"], "{set:?}");
        assert_eq!(of(&["-mtune=generic", "-march=skylake"]).words[..2], ["-mtune=generic", "-march=znver3"]);
        assert_eq!(of(&["-O3", "-ffast-math"]).settled.unwrap().0, Verdict::Refused);
        assert_eq!(of(&["-O3", "-fplugin=/tmp/x.so"]).settled.unwrap().0, Verdict::Refused);
    }
}
