//! This module decides which flags a compiler should get on this host.

use super::asked::Asked;
use super::cache;
use super::choice::MarchChoice;
use super::compiler::{Compiler, Family, ToolchainError};
use super::deltas::{self, Settled};
use super::mcpu;
use super::oracle::{Answer, Native, Oracle, Word};
use super::processors::TabledProcessors;
use super::table::Table;
use crate::host::Detected;
use std::collections::BTreeSet;

/// Which flags the compiler should get on this host, by asking it; `live` when the host is the machine it runs on, so
/// that `-march=native` can be compared. The answer is kept in the cache.
pub fn decide(host: &Detected, compiler: &Compiler, live: bool) -> Result<MarchChoice, ToolchainError> {
    if !speaks_for(compiler.arch(), &host.arch) {
        return Err(ToolchainError::Unusable {
            path: compiler.path.display().to_string(),
            what: format!("it compiles for {}, the CPU is {}", compiler.target, host.arch),
        });
    }
    let question = Question::of(host);
    let key = cache::key(&(
        (&question.names, &question.tunes, &question.offered, &question.unknown),
        (&host.host.features, &host.arch, live),
    ));
    if let Some(known) = cache::decision(compiler, &key) {
        return Ok(known);
    }
    if !is_x86(&host.arch) {
        let choice = mcpu::decide(host, compiler)?;
        cache::keep_decision(compiler, key, &choice);
        return Ok(choice);
    }
    let asked = Asked::new(compiler);
    // What a table expects is asked first, in parallel; what it does not know is asked in turn.
    let table = Table::nearest(compiler.family, &compiler.version);
    let expected = table.as_ref().and_then(|table| expect(table, &question));
    match (&table, &expected) {
        (Some(table), Some(expected)) if table.version() == compiler.version => {
            asked.prefetch(&[&expected.others[..], std::slice::from_ref(&expected.whole)].concat(), live);
            // The very release that the table was made of: where the whole set does what the table says, the name alone
            // need not be asked as well.
            if asked.state(&expected.whole)? == table.state(&expected.whole)? {
                asked.learn(&expected.name, table.state(&expected.name)?);
            }
        }
        (_, Some(Expected { name, whole, others })) => {
            asked.prefetch(&[&others[..], &[name.clone(), whole.clone()]].concat(), live);
        }
        _ => asked.prefetch(&[], live),
    }
    let mut choice = answer(&asked, &question, live)?;
    choice.verified = true;
    cache::keep_decision(compiler, key, &choice);
    Ok(choice)
}

/// The answer for a compiler that is not installed, `gcc@12` or `clang@16.0.6`, by the table made of it. A version with
/// fewer numbers means the oldest release that bears them.
pub fn decide_for(host: &Detected, spec: &str) -> Result<MarchChoice, ToolchainError> {
    let wrong = |what: String| ToolchainError::Spec { spec: spec.to_string(), what };
    let form = || wrong("not COMPILER@VERSION, such as gcc@12 or clang@16.0.6".into());
    let (compiler, version) = spec.split_once('@').ok_or_else(form)?;
    let family = match compiler {
        "gcc" => Family::Gcc,
        "clang" => Family::Clang,
        _ => return Err(form()),
    };
    if version.is_empty() || version.split('.').any(|n| n.parse::<u32>().is_err()) {
        return Err(form());
    }
    if host.arch == "aarch64" {
        let table = Table::file_for(Some("aarch64"), family, version);
        let table = table.ok_or_else(|| {
            wrong(format!(
                "no table for that release; for AArch64 there are {}",
                Table::covered(Some("aarch64"))
            ))
        })?;
        let choice = mcpu::aarch64(host, &TabledProcessors { table })?;
        return Ok(MarchChoice { version: version.to_string(), ..choice });
    }
    if !is_x86(&host.arch) {
        return Ok(MarchChoice {
            compiler: compiler.to_string(),
            version: version.to_string(),
            untabled: true,
            reasons: vec![format!(
                "{spec}: there are tables for x86 and AArch64, none for {}; name an installed compiler with --cc",
                host.arch
            )],
            ..MarchChoice::default()
        });
    }
    let table = Table::nearest(family, version)
        .ok_or_else(|| wrong(format!("no table for that release; there are {}", Table::covered(None))))?;
    let mut choice = answer(&table, &Question::of(host), false)?;
    choice.version = version.to_string();
    Ok(choice)
}

/// The questions that lead to the answer if the compiler is as its table says.
struct Expected {
    /// The name alone.
    name: Vec<String>,
    /// The name with all deltas.
    whole: Vec<String>,
    /// What clang does not tell unasked.
    others: Vec<Vec<String>>,
}

fn expect(table: &Table, question: &Question) -> Option<Expected> {
    let choice = answer(table, question, false).ok().filter(|c| !c.march.is_empty())?;
    let with =
        |option: String| -> Vec<String> { question.word.options().into_iter().chain([option]).collect() };
    let name = with(format!("-march={}", choice.march));
    let whole = [name.clone(), choice.add, choice.drop, choice.inert].concat();
    let mut others = Vec::new();
    // gcc lists the names that -march and -mtune take in the same answer.
    if table.family() == Family::Clang {
        others.push(with(format!("-mtune={}", choice.mtune)));
        // Where the CPU's own name is not expected to be taken, asking for it brings the list of names.
        let own = question.names.first().filter(|own| **own != choice.march);
        others.extend(own.map(|own| with(format!("-march={own}"))));
    }
    Some(Expected { name, whole, others })
}

/// [`decide`] for several compilers at once, in their order.
pub fn decide_all(
    host: &Detected,
    compilers: &[Compiler],
    live: bool,
) -> Vec<Result<MarchChoice, ToolchainError>> {
    // The first is decided in this thread: another takes a tenth of the time of an answer to start.
    let Some((first, others)) = compilers.split_first() else { return Vec::new() };
    std::thread::scope(|scope| {
        let asked: Vec<_> = others.iter().map(|c| (c, scope.spawn(|| decide(host, c, live)))).collect();
        let first = decide(host, first, live);
        let lost = |c: &Compiler| ToolchainError::Unusable {
            path: c.path.display().to_string(),
            what: "the decision panicked".into(),
        };
        let others = asked.into_iter().map(|(c, a)| a.join().unwrap_or_else(|_| Err(lost(c))));
        std::iter::once(first).chain(others).collect()
    })
}

fn is_x86(arch: &str) -> bool {
    matches!(arch, "x86_64" | "i686" | "x86")
}

fn speaks_for(compiler: &str, cpu: &str) -> bool {
    match cpu {
        "x86_64" => compiler == "x86_64",
        "i686" | "x86" => matches!(compiler, "x86_64" | "x86"),
        "ppc64le" => compiler == "powerpc64le",
        "ppc64" => matches!(compiler, "powerpc64" | "ppc64"),
        "arm" => compiler.starts_with("arm"),
        other => compiler == other,
    }
}

/// The host's side of the decision.
#[derive(Debug)]
pub(crate) struct Question {
    /// `-march` names to try, best first.
    pub(crate) names: Vec<String>,
    /// `-mtune` names to try, best first.
    pub(crate) tunes: Vec<String>,
    /// Features that the CPU offers and the OS enables.
    pub(crate) offered: BTreeSet<String>,
    /// Features of the CPU's name of which the source of the facts tells nothing: neither put on nor taken off.
    pub(crate) unknown: BTreeSet<String>,
    /// Word size.
    pub(crate) word: Word,
}

impl Question {
    pub(crate) fn of(host: &Detected) -> Question {
        let own = host.host.microarchitecture.clone();
        let table = crate::catalogue::microarchitectures().ok();
        let row = table.and_then(|t| t.get(&own));
        let lineage = row.map(|row| row.lineage.to_vec()).unwrap_or_default();
        let word = if host.arch == "x86_64" { Word::Bits64 } else { Word::Bits32 };
        let levels = ["x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64"].map(String::from);
        let offered_level = host.host.level.as_ref().and_then(|own| levels.iter().position(|l| l == own));
        let levels = match word {
            Word::Bits64 => &levels[offered_level.unwrap_or(levels.len() - 1)..],
            Word::Bits32 => &[],
        };
        let named: Vec<String> = std::iter::once(own).chain(lineage).filter(|n| !n.is_empty()).collect();
        let is_level = |name: &String| name.starts_with("x86-64");
        let tunes = named.iter().filter(|n| !is_level(n)).cloned().chain(["generic".to_string()]);
        let unknown = host.unknown.iter().cloned().collect();
        Question {
            unknown: word.concerns(unknown),
            tunes: unique(tunes),
            names: unique(named.iter().chain(levels).cloned()),
            offered: word.concerns(host.host.features.iter().cloned().collect()),
            word,
        }
    }
}

fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|n| seen.insert(n.clone())).collect()
}

/// The one engine: walks the names to the first that is taken, settles the deltas, and compares with `native`.
pub(crate) fn answer(
    oracle: &dyn Oracle,
    question: &Question,
    live: bool,
) -> Result<MarchChoice, ToolchainError> {
    let mut walked = walk(oracle, question)?;
    if live {
        compare(oracle, question, &mut walked, oracle.native()?)?;
    }
    Ok(walked.choice)
}

struct Walked {
    choice: MarchChoice,
    enabled: BTreeSet<String>,
}

fn walk(oracle: &dyn Oracle, question: &Question) -> Result<Walked, ToolchainError> {
    let who = format!("{} {}", oracle.family().name(), oracle.version());
    let mut choice = MarchChoice {
        compiler: oracle.family().name().to_string(),
        version: oracle.version().to_string(),
        ..MarchChoice::default()
    };
    let mut enabled = BTreeSet::new();
    for name in &question.names {
        let options: Vec<String> =
            question.word.options().into_iter().chain([format!("-march={name}")]).collect();
        match oracle.state(&options)? {
            Answer::Rejected(words) => choice.reasons.push(format!("{who}: not -march={name}: {words}")),
            Answer::Enabled { on, warnings } => {
                let settled = deltas::settle(oracle, question, options, on, &warnings, &mut choice.reasons)?;
                let Some(Settled { add, drop, inert, on }) = settled else { continue };
                if *name != question.names[0] {
                    choice.reasons.push(format!("{who}: -march={name} is the nearest relative it accepts"));
                } else {
                    choice.reasons.push(format!("{who}: accepts -march={name}, the CPU's own name"));
                }
                choice.march = name.clone();
                (choice.add, choice.drop, choice.inert, enabled) = (add, drop, inert, on);
                break;
            }
        }
    }
    if choice.march.is_empty() {
        choice.reasons.push(format!("{who}: accepts none of {}", question.names.join(", ")));
        return Ok(Walked { choice, enabled });
    }
    if question.word == Word::Bits32 {
        choice.reasons.push(format!("{who}: the CPU is 32-bit only: asked with -m32"));
    }
    // A level says nothing about the pipeline; a tuning for another vendor's would be a guess.
    let generic = vec!["generic".to_string()];
    let tunes = if choice.march.starts_with("x86-64") { &generic } else { &question.tunes };
    for name in tunes {
        if oracle.takes_tune(name, question.word)? {
            choice.mtune = name.clone();
            break;
        }
        choice.reasons.push(format!("{who}: not -mtune={name}"));
    }
    Ok(Walked { choice, enabled })
}

/// Says where and why the answer differs from `-march=native`.
fn compare(
    oracle: &dyn Oracle,
    question: &Question,
    walked: &mut Walked,
    native: Option<Native>,
) -> Result<(), ToolchainError> {
    let who = format!("{} {}", oracle.family().name(), oracle.version());
    let choice = &mut walked.choice;
    let Some((name, on)) = native else {
        choice.reasons.push(format!("{who}: -march=native cannot be asked here"));
        return Ok(());
    };
    let known = oracle.known()?;
    // What it has no option for, our answer cannot add; what our answer has and cannot take off may be on there as well.
    let possible: BTreeSet<String> = on.intersection(&known).cloned().collect();
    let list = |set: Vec<&String>| set.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let mut differences = Vec::new();
    if name != choice.march {
        differences.push(format!("it is named {name}, ours {}", choice.march));
    }
    // What each side has beyond the other, by whether the host offers it: nothing is said of that but what was detected.
    let (more, less) = (possible.difference(&walked.enabled), walked.enabled.difference(&on));
    let told = |(mut what, offered): (Vec<&String>, bool), says: &str| {
        what.retain(|feature| question.offered.contains(*feature) == offered);
        (!what.is_empty()).then(|| says.replace("{}", &list(what)))
    };
    differences.extend(
        [
            told((more.clone().collect(), false), "it enables {}, which this host does not offer"),
            told((more.collect(), true), "it enables {}, which our answer leaves out"),
            told((less.clone().collect(), true), "it leaves out {}, which this host offers"),
            told(
                (less.collect(), false),
                "it leaves out {}, which our answer cannot turn off and this host does not offer",
            ),
        ]
        .into_iter()
        .flatten(),
    );
    choice.reasons.push(match differences.is_empty() {
        true => format!("{who}: -march=native says the same"),
        false => format!("{who}: -march=native differs: {}", differences.join("; ")),
    });
    choice.native_differs = Some(!differences.is_empty());
    choice.native = Some(name);
    Ok(())
}

#[cfg(test)]
mod tests;
