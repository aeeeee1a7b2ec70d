//! This module finds out which candidates a compiler accepts.

use super::candidate::Candidate;
use super::compiler::{Compiler, ToolchainError};
use super::trial::{Outcome, Stage, Trial};
use super::{help, words};
use crate::catalogue::FlagKind;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::HashSet;

/// What became of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Taken without a word.
    Accepted,
    /// Taken, with a warning that does not say it is without effect.
    Warned,
    /// Taken, and without effect.
    Ignored,
    /// Not taken.
    Rejected,
    /// Not tried: policy.
    Refused,
}

/// A compiler's answer to one candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Acceptance {
    /// The flag, see [`Candidate::flag`].
    pub flag: String,
    /// Where it acts.
    pub kind: FlagKind,
    /// Where it was tried.
    pub stage: Stage,
    /// What became of it.
    pub status: Status,
    /// The compiler's message, or the policy's reason; empty if it was accepted.
    pub message: String,
}

/// What compilers and linkers say of an option that they take and that does nothing.
const WITHOUT_EFFECT: [&str; 18] = [
    "unused during compilation",
    "input unused",
    "is not supported",
    "does not support",
    "not supported on this",
    "ignored",
    "unknown warning option",
    "unrecognized command-line option",
    "does not have delayed branches",
    "has no effect",
    "have no effect",
    "was removed",
    "no longer supported",
    "requires",
    "not implemented",
    "only works with",
    "disabled; other options",
    "useless unless",
];

/// Tries each candidate at the stage it is for, beside `base`, in few calls: many at once, those that a diagnostic
/// names are taken out, and where none is named the call is halved. In the order of the candidates.
pub fn accept(
    compiler: &Compiler,
    base: &[String],
    candidates: &[Candidate],
) -> Result<Vec<Acceptance>, ToolchainError> {
    let trial = Trial::prepare(compiler, base)?;
    let mut outcomes: Vec<Option<(Status, String)>> =
        candidates.iter().map(|c| Some((Status::Refused, c.refused.clone()?))).collect();
    let open = |stage: Stage, outcomes: &[Option<_>]| -> Vec<usize> {
        (0..candidates.len())
            .filter(|&i| outcomes[i].is_none() && Stage::of(candidates[i].kind) == stage)
            .collect()
    };
    for stage in [Stage::Compile, Stage::Link] {
        let groups = compatible_groups(candidates, &open(stage, &outcomes));
        let answers: Vec<Vec<(usize, Outcome)>> = groups
            .par_iter()
            .map(|group| judge(&trial, stage, candidates, group))
            .collect::<Result<_, ToolchainError>>()?;
        for (i, outcome) in answers.into_iter().flatten() {
            outcomes[i] = Some(classify(&outcome));
        }
    }
    // Options that only old makefiles need say so in the help alone.
    let idle = help::idle_options(compiler)?;
    Ok(candidates
        .iter()
        .zip(outcomes)
        .map(|(candidate, outcome)| {
            let (mut status, mut message) = outcome.unwrap_or((Status::Rejected, "not tried".into()));
            if status == Status::Accepted
                && let Some(text) = candidate.words.iter().find_map(|w| idle.get(w))
            {
                (status, message) = (Status::Ignored, text.clone());
            }
            Acceptance {
                flag: candidate.flag.clone(),
                kind: candidate.kind,
                stage: Stage::of(candidate.kind),
                status,
                message,
            }
        })
        .collect())
}

fn classify(outcome: &Outcome) -> (Status, String) {
    match outcome {
        Outcome::Silent => (Status::Accepted, String::new()),
        Outcome::Failed(text) => (Status::Rejected, text.clone()),
        Outcome::Spoke(text) if WITHOUT_EFFECT.iter().any(|w| text.contains(w)) => {
            (Status::Ignored, text.clone())
        }
        Outcome::Spoke(text) => (Status::Warned, text.clone()),
    }
}

/// Groups in which no two candidates hide each other.
fn compatible_groups(candidates: &[Candidate], open: &[usize]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(HashSet<String>, Vec<usize>)> = Vec::new();
    for &i in open {
        let candidate = &candidates[i];
        let keys: Vec<String> = candidate.keys().collect();
        let against: Vec<String> = candidate
            .conflicts
            .iter()
            .chain(&candidate.needs)
            .flat_map(|c| Candidate::bare(c).keys().collect::<Vec<_>>())
            .collect();
        let alone = !candidate.needs.is_empty() || !candidate.conflicts.is_empty();
        let fits = |taken: &HashSet<String>| keys.iter().chain(&against).all(|k| !taken.contains(k));
        // Candidates with company of their own are few: each gets its own call, so that nobody else's company counts.
        let group = if alone { None } else { groups.iter_mut().find(|(taken, _)| fits(taken)) };
        match group {
            Some((taken, members)) => {
                taken.extend(keys);
                members.push(i);
            }
            None if alone => groups.push((HashSet::from(["*".to_string()]), vec![i])),
            None => groups.push((keys.into_iter().collect(), vec![i])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// Judges the candidates of one group.
fn judge(
    trial: &Trial,
    stage: Stage,
    candidates: &[Candidate],
    group: &[usize],
) -> Result<Vec<(usize, Outcome)>, ToolchainError> {
    let mut left = group.to_vec();
    let mut judged = Vec::new();
    while !left.is_empty() {
        let options: Vec<&str> = left
            .iter()
            .flat_map(|&i| candidates[i].needs.iter().chain(&candidates[i].words))
            .map(String::as_str)
            .collect();
        let said = trial.run(stage, &options)?;
        if said.quiet() {
            judged.extend(left.iter().map(|&i| (i, Outcome::Silent)));
            break;
        }
        if let [only] = left[..] {
            judged.push((only, said.outcome()));
            break;
        }
        // Whoever is named is taken out; the first call's errors may hide those of later stages.
        let (named, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|&&i| said.about(&candidates[i]).is_some());
        if named.is_empty() {
            let (a, b) = left.split_at(left.len() / 2);
            for half in [a, b] {
                judged.extend(judge(trial, stage, candidates, half)?);
            }
            break;
        }
        for i in named {
            let outcome = said.about(&candidates[i]).unwrap_or(Outcome::Silent);
            let definite = match &outcome {
                Outcome::Failed(text) | Outcome::Spoke(text) => words::holds_in_any_company(text),
                Outcome::Silent => false,
            };
            let alone = if definite {
                outcome
            } else {
                let own = candidates[i].needs.iter().chain(&candidates[i].words);
                trial.run(stage, &own.map(String::as_str).collect::<Vec<_>>())?.outcome()
            };
            judged.push((i, alone));
        }
        left = rest;
    }
    Ok(judged)
}
