//! From rows to candidates for one subject, and to judgements on what never becomes one.

use super::bench::Candidate;
use super::judgements::judgement;
use super::rows::Row;
use super::subject::Subject;
use crate::build::Flags;
use crate::catalogue::{Catalogue, FlagKind, Package, Policy, Risk};
use crate::experiment::Planted;
use crate::profile::{JudgedKind, Judgement, Stage, Verdict};

/// Turns off the fusing of a multiplication and an addition, which -march may bring and which rounds once instead of twice.
pub const NO_CONTRACTION: &str = "-ffp-contract=off";

/// Splits the rows that are for a subject into candidates and judgements: refused by risk or policy, unsupported by the
/// compiler. A user's own kernel has no package, and so no policy but risk.
pub fn candidates(catalogue: &Catalogue, subject: &Subject) -> (Vec<Candidate>, Vec<Judgement>) {
    let Subject { name, rows, opted_in, allowed, .. } = subject;
    let package = subject.package.as_ref();
    let contraction = package.and_then(|p| match catalogue.policy_allowing(p, NO_CONTRACTION, allowed) {
        Policy::Allowed(_) => None,
        Policy::OptIn(_) if opted_in.iter().any(|f| f == NO_CONTRACTION) => None,
        Policy::OptIn(why) | Policy::Refused(why) => Some(format!("{NO_CONTRACTION}: {why}")),
    });
    let (mut candidates, mut settled): (Vec<Candidate>, Vec<Judgement>) = Default::default();
    for row in rows.iter().filter(|row| row.only.is_empty() || row.only.contains(name)) {
        let (refused, withheld) =
            package.map_or((None, None), |p| policy(catalogue, p, row, opted_in, allowed));
        let refused = refused.map(|why| (Verdict::Refused, why));
        // What the row itself says comes first: a risk is a better reason than a package's rule.
        if let Some((verdict, reason)) = row.settled.clone().or(refused) {
            let mut judged = judgement(row.words.clone(), JudgedKind::Alone, Stage::Accept, verdict);
            judged.reason = reason;
            settled.push(judged);
            continue;
        }
        let words = row.words.clone();
        let flags = match row.candidate.kind {
            FlagKind::Link => Flags { compile: Vec::new(), link: words },
            _ => Flags { compile: words, link: Vec::new() },
        };
        let conflicts = row.candidate.conflicts.clone();
        let (note, planted) = (String::new(), Planted::NONE);
        let (bundle, likely, contraction) = (row.bundle, subject.prior.likely(row), contraction.clone());
        candidates.push(Candidate { flags, conflicts, bundle, likely, withheld, contraction, note, planted });
    }
    (candidates, settled)
}

/// Why the package refuses a row, and why it withholds it until asked.
fn policy(
    catalogue: &Catalogue,
    package: &Package,
    row: &Row,
    opted_in: &[String],
    allowed: &[Risk],
) -> (Option<String>, Option<String>) {
    let whole = row.words.join(" ");
    let (mut refused, mut withheld) = (None, None);
    for word in &row.words {
        match catalogue.policy_allowing(package, word, allowed) {
            Policy::Allowed(_) => {}
            Policy::OptIn(_) if opted_in.iter().any(|f| f == word || *f == whole) => {}
            Policy::OptIn(why) => withheld = Some(format!("only with --allow: {why}")),
            Policy::Refused(why) => refused = refused.or(Some(format!("{word}: {why}"))),
        }
    }
    (refused, withheld)
}
