//! Deltas are the options that correct a `-march` to what the host offers.

use super::compiler::ToolchainError;
use super::decide::Question;
use super::oracle::{Answer, Oracle};
use crate::catalogue::Features;
use std::collections::BTreeSet;

/// More rounds than any chain of implications is long.
const ROUNDS: usize = 12;

/// Options that make a name enable exactly what the host offers.
#[derive(Debug, PartialEq)]
pub(crate) struct Settled {
    /// `-mX` that change generated code.
    pub(crate) add: Vec<String>,
    /// `-mno-X` that change generated code.
    pub(crate) drop: Vec<String>,
    /// The others.
    pub(crate) inert: Vec<String>,
    /// What the whole set enables.
    pub(crate) on: BTreeSet<String>,
}

/// Finds the options to put beside `name` (`-march=…`, which alone enables `implied` and says `spoken`), asking again
/// with the whole set until it enables exactly what the host offers. Every feature that differs is named, also one
/// that follows from another: the set then means the same to a compiler with other implications.
/// `None` when the compiler takes no such set; the reasons say why.
pub(crate) fn settle(
    oracle: &dyn Oracle,
    question: &Question,
    name: Vec<String>,
    implied: BTreeSet<String>,
    spoken: &[String],
    reasons: &mut Vec<String>,
) -> Result<Option<Settled>, ToolchainError> {
    let mut known = question.word.concerns(oracle.known()?);
    let implied = question.word.concerns(implied);
    // Features that no source mentions stay as the name has them.
    let keeps = |feature: &str| question.unknown.contains(feature) && implied.contains(feature);
    let mut impossible = BTreeSet::new();
    let (mut add, mut drop) = differing(question, &implied, &known, &impossible);
    for _ in 0..ROUNDS {
        let options: Vec<String> = name.iter().cloned().chain(ordered(&add, &drop, &implied)).collect();
        let on = match oracle.state(&options)? {
            Answer::Enabled { on, warnings } => {
                let new: Vec<&String> = warnings.iter().filter(|w| !spoken.contains(w)).collect();
                let mut unwelcome = named_in(&new, &add, &drop);
                if let (Some(words), true) = (new.first(), unwelcome.is_empty()) {
                    unwelcome = blame(oracle, &name, words, spoken, &add, &drop, &implied)?;
                }
                if new.is_empty() {
                    question.word.concerns(on)
                } else if unwelcome.is_empty() {
                    reasons.push(format!("{}: {}", options.join(" "), new[0]));
                    return Ok(None);
                } else {
                    reasons.extend(new.iter().map(|w| format!("option left out: {w}")));
                    forget(&unwelcome, &mut known, &mut add, &mut drop);
                    continue;
                }
            }
            Answer::Rejected(words) => {
                let unwelcome = named_in(&[&words], &add, &drop);
                if unwelcome.is_empty() {
                    reasons.push(format!("{}: {words}", options.join(" ")));
                    return Ok(None);
                }
                reasons.push(format!("option left out: {words}"));
                forget(&unwelcome, &mut known, &mut add, &mut drop);
                continue;
            }
        };
        let offered: BTreeSet<String> = question.offered.intersection(&known).cloned().collect();
        let missing: BTreeSet<String> =
            offered.difference(&on).filter(|f| !impossible.contains(*f)).cloned().collect();
        let extra: BTreeSet<String> =
            on.difference(&question.offered).filter(|f| known.contains(*f) && !keeps(f)).cloned().collect();
        let before = (add.len(), drop.len());
        add.extend(missing.iter().cloned());
        drop.extend(extra.iter().cloned());
        if (add.len(), drop.len()) == before {
            if missing.is_empty() {
                return Ok(Some(finish(add, drop, &implied, on, question, &known, reasons)));
            }
            // The compiler ties it to a feature that the host lacks: no more goes before no less.
            for feature in missing {
                reasons
                    .push(format!("{feature} is left out: it does not come on beside what the host lacks"));
                impossible.insert(feature);
            }
            // What came with it alone need not be dropped any more.
            (add, drop) = differing(question, &implied, &known, &impossible);
        }
    }
    reasons.push(format!("{}: no option set enables exactly what the host offers", name.join(" ")));
    Ok(None)
}

/// What the host offers beyond what the name implies, without the `impossible`, and the other way round; of what has an option.
fn differing(
    question: &Question,
    implied: &BTreeSet<String>,
    known: &BTreeSet<String>,
    impossible: &BTreeSet<String>,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let (offered, of_use) = (&question.offered, |f: &&String| known.contains(*f));
    let add = offered.difference(implied).filter(of_use).filter(|f| !impossible.contains(*f));
    let drop = implied.difference(offered).filter(of_use).filter(|f| !question.unknown.contains(*f));
    (add.cloned().collect(), drop.cloned().collect())
}

/// The feature that a warning is about which names it otherwise than by its option: without it there is no warning.
fn blame(
    oracle: &dyn Oracle,
    name: &[String],
    words: &str,
    spoken: &[String],
    add: &BTreeSet<String>,
    drop: &BTreeSet<String>,
    implied: &BTreeSet<String>,
) -> Result<BTreeSet<String>, ToolchainError> {
    for suspect in add.union(drop).filter(|f| words.contains(f.as_str())) {
        let without = |set: &BTreeSet<String>| set.iter().filter(|f| *f != suspect).cloned().collect();
        let options: Vec<String> =
            name.iter().cloned().chain(ordered(&without(add), &without(drop), implied)).collect();
        if let Answer::Enabled { warnings, .. } = oracle.state(&options)?
            && warnings.iter().all(|w| spoken.contains(w))
        {
            return Ok(BTreeSet::from([suspect.clone()]));
        }
    }
    Ok(BTreeSet::new())
}

/// The order in which options are written: what is added, what is dropped, then the inert ones, each sorted.
fn ordered(add: &BTreeSet<String>, drop: &BTreeSet<String>, implied: &BTreeSet<String>) -> Vec<String> {
    let (add, drop, inert) = split(add, drop, implied);
    [add, drop, inert].concat()
}

fn split(
    add: &BTreeSet<String>,
    drop: &BTreeSet<String>,
    implied: &BTreeSet<String>,
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let table = Features::get();
    let on: BTreeSet<String> = implied.union(add).filter(|f| !drop.contains(*f)).cloned().collect();
    let is_inert = |f: &&String| table.is_inert(f, &on);
    let plus = |f: &String| format!("-m{f}");
    let minus = |f: &String| format!("-mno-{f}");
    let mut inert: Vec<String> = add.iter().filter(is_inert).map(plus).collect();
    inert.extend(drop.iter().filter(is_inert).map(minus));
    inert.sort();
    (
        add.iter().filter(|f| !is_inert(f)).map(plus).collect(),
        drop.iter().filter(|f| !is_inert(f)).map(minus).collect(),
        inert,
    )
}

fn finish(
    add: BTreeSet<String>,
    drop: BTreeSet<String>,
    implied: &BTreeSet<String>,
    on: BTreeSet<String>,
    question: &Question,
    known: &BTreeSet<String>,
    reasons: &mut Vec<String>,
) -> Settled {
    let list = |set: Vec<&String>| set.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let without_option = list(question.offered.difference(known).collect());
    if !without_option.is_empty() {
        reasons.push(format!("the compiler has no option for {without_option}"));
    }
    let stuck = list(on.difference(&question.offered).filter(|f| !question.unknown.contains(*f)).collect());
    if !stuck.is_empty() {
        reasons.push(format!("no option of the compiler turns off {stuck}, which the host does not offer"));
    }
    let (add, drop, inert) = split(&add, &drop, implied);
    Settled { add, drop, inert, on }
}

/// The features whose options a message names.
fn named_in(messages: &[&String], add: &BTreeSet<String>, drop: &BTreeSet<String>) -> BTreeSet<String> {
    let names = |f: &&String, prefix: &str| {
        let option = format!("{prefix}{f}");
        messages.iter().any(|m| m.split([' ', '\'', '"', ',', ';']).any(|word| word == option))
    };
    let added = add.iter().filter(|f| names(f, "-m"));
    let dropped = drop.iter().filter(|f| names(f, "-mno-"));
    // Some warnings name a feature in capitals without its option ("AVX512ER support will be removed").
    let capitals = add
        .union(drop)
        .filter(|f| messages.iter().any(|m| m.split(' ').any(|w| w.len() > 2 && w == f.to_uppercase())));
    added.chain(dropped).chain(capitals).cloned().collect()
}

fn forget(
    unwelcome: &BTreeSet<String>,
    known: &mut BTreeSet<String>,
    add: &mut BTreeSet<String>,
    drop: &mut BTreeSet<String>,
) {
    for set in [known, add, drop] {
        set.retain(|f| !unwelcome.contains(f));
    }
}
