//! From the catalogue's rows and the compiler's answers to candidates, and to judgements on what never becomes one.

use super::bench::Candidate;
use super::section::judgement;
use crate::catalogue::{Catalogue, Flag, FlagKind, Package, Policy};
use crate::measure::Flags;
use crate::profile::{JudgedKind, Judgement, Stage, Verdict};
use crate::toolchain::{Compiler, MarchChoice};

/// A row with its placeholders filled in for the compiler at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Expanded {
    /// The row.
    pub row: Flag,
    /// Its options, `{march}` and `{mtune}` replaced by the decision with its deltas.
    pub options: Vec<String>,
}

/// The catalogue's rows for a compiler's dialect, bundles first, then in the catalogue's order. A row whose
/// placeholder has no value on this host is left out.
pub fn expand(catalogue: &Catalogue, compiler: &Compiler, choice: &MarchChoice) -> Vec<Expanded> {
    let dialect = compiler.family.name();
    let mut rows: Vec<Expanded> = catalogue
        .flags
        .iter()
        .filter(|row| row.compilers.iter().any(|c| c == dialect))
        .filter_map(|row| Some(Expanded { row: row.clone(), options: options(row, choice)? }))
        .collect();
    rows.sort_by_key(|e| !is_bundle(&e.row.name));
    rows
}

fn options(row: &Flag, choice: &MarchChoice) -> Option<Vec<String>> {
    let mut options: Vec<String> = match row.name.as_str() {
        name if name.contains("{march}") => choice.march_flags(),
        name if name.contains("{mtune}") => choice.mtune_flags(),
        name => name.split_whitespace().map(String::from).collect(),
    };
    options.extend(row.needs.iter().filter(|n| !row.name.contains(*n)).cloned());
    (!options.is_empty()).then_some(options)
}

/// Optimisation levels and the target: each moves many options at once and is tried before single ones.
fn is_bundle(name: &str) -> bool {
    name.contains("{march}") || name.contains("{mtune}") || name.starts_with("-O")
}

/// What the compiler made of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It takes it.
    Accepted,
    /// It does not, or ignores it; its words.
    Unsupported(String),
}

/// Splits rows into candidates and judgements: refused by policy or risk, unsupported by the compiler. `opted_in`
/// holds the flags the user allowed for this subject. A user's own kernel has no `package`, and so no policy but risk.
pub fn candidates(
    catalogue: &Catalogue,
    package: Option<&Package>,
    rows: &[(Expanded, Answer)],
    opted_in: &[String],
) -> (Vec<Candidate>, Vec<Judgement>) {
    let (mut candidates, mut settled): (Vec<Candidate>, Vec<Judgement>) = Default::default();
    for (row, answer) in rows {
        let mut settle = |verdict: Verdict, reason: String| {
            let mut judged = judgement(row.options.clone(), JudgedKind::Alone, Stage::Accept, verdict);
            judged.reason = reason;
            settled.push(judged);
        };
        if !row.row.risk.candidate() {
            settle(Verdict::Refused, format!("{}: {}", row.row.risk.name(), row.row.why));
            continue;
        }
        let mut withheld = None;
        if let Some(package) = package {
            let allowed = |o: &String| opted_in.iter().any(|f| f == o || *f == row.row.name);
            let policies = row.options.iter().map(|o| (o, catalogue.policy(package, o)));
            let mut refused = None;
            for (option, policy) in policies {
                match policy {
                    Policy::Allowed(_) => {}
                    Policy::OptIn(_) if allowed(option) => {}
                    Policy::OptIn(why) => withheld = Some(format!("only with --allow: {why}")),
                    Policy::Refused(why) => refused = Some(format!("{option}: {why}")),
                }
            }
            if let Some(why) = refused {
                settle(Verdict::Refused, why);
                continue;
            }
        }
        if let Answer::Unsupported(words) = answer {
            settle(Verdict::Unsupported, words.clone());
            continue;
        }
        let bundle = is_bundle(&row.row.name);
        let flags = if row.row.kind == FlagKind::Link {
            Flags { compile: Vec::new(), link: row.options.clone() }
        } else {
            Flags { compile: row.options.clone(), link: Vec::new() }
        };
        let conflicts = row.row.conflicts.clone();
        candidates.push(Candidate { flags, conflicts, bundle, withheld, note: String::new() });
    }
    (candidates, settled)
}
