//! Which flags are to be tried, and what the compiler at hand says of each.

use super::listed::listed;
use super::promise::too_much;
use crate::catalogue::{Catalogue, CodeKind, Flag, Risk};
use crate::profile::Verdict;
use crate::toolchain::{Acceptance, Candidate, Compiler, MarchChoice, Status, ToolchainError, accept};
use std::path::PathBuf;
use thiserror::Error;

/// A file of flags is small.
const MAX_BYTES: u64 = 1 << 20;

/// Where the flags come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The catalogue's rows.
    Catalogue,
    /// The catalogue's rows, and every other option that the compiler lists.
    All,
    /// A file with one flag, or several words that belong together, a line; `#` begins a comment.
    File(PathBuf),
}

impl Source {
    /// As it is written on the command line: `catalogue`, `all`, or a file's name.
    pub fn named(text: &str) -> Source {
        match text {
            "catalogue" => Source::Catalogue,
            "all" => Source::All,
            file => Source::File(file.into()),
        }
    }
}

/// A flag with what is known of it and what the compiler said.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As put to the compiler, placeholders filled in.
    pub candidate: Candidate,
    /// Its options with those it needs beside it.
    pub words: Vec<String>,
    /// True for what moves many options at once and is tried before single ones.
    pub bundle: bool,
    /// True for what the catalogue puts before the others.
    pub first: bool,
    /// Packages it is tried for; every one where empty.
    pub only: Vec<String>,
    /// Kinds of code that it is likely to matter for; any where empty.
    pub matters_for: Vec<CodeKind>,
    /// The verdict that settles it before anything is built, with the reason; `None` for a candidate.
    pub settled: Option<(Verdict, String)>,
}

impl Row {
    /// How likely it is to matter beside the others, where many are screened at once: what the catalogue puts first most,
    /// thresholds and what only the linker sees least.
    pub fn likely(&self) -> f64 {
        match turn(self) {
            0 | 1 => 4.0,
            2 | 3 => 1.0,
            _ => 0.5,
        }
    }
}

/// Why there are no rows.
#[derive(Debug, Error)]
pub enum RowsError {
    /// The file of candidates cannot be used.
    #[error("candidates {place}: {what}; give one flag a line")]
    File {
        /// File and line.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// The compiler could not be asked.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
}

/// What the rows are for.
#[derive(Clone, Copy)]
pub struct RowsFor<'a> {
    /// Where the flags' rows are.
    pub catalogue: &'a Catalogue,
    /// The compiler that is asked.
    pub compiler: &'a Compiler,
    /// Which flags it should get for this CPU.
    pub choice: &'a MarchChoice,
    /// The host's features.
    pub offered: &'a [String],
    /// The flags that everything is built with.
    pub base: &'a [String],
    /// Where the flags come from.
    pub source: &'a Source,
    /// Classes of risk that are tried all the same.
    pub allowed: &'a [Risk],
    /// Sets of earlier profiles.
    pub earlier: &'a [Row],
}

/// The rows for a compiler, what matters most first, each accepted or settled.
pub fn rows(about: RowsFor<'_>) -> Result<Vec<Row>, RowsError> {
    let RowsFor { catalogue, compiler, choice, offered, base, source, allowed, earlier } = about;
    let mut rows = match source {
        Source::Catalogue => of_catalogue(catalogue, compiler, choice, allowed),
        Source::All => {
            let mut rows = of_catalogue(catalogue, compiler, choice, allowed);
            for flag in listed(catalogue, compiler, base)? {
                if !rows.iter().any(|r| r.candidate.flag == flag) {
                    rows.push(bare(catalogue, &flag, allowed));
                }
            }
            rows
        }
        Source::File(path) => of_file(catalogue, compiler, choice, path, allowed)?,
    };
    rows.extend(earlier.iter().cloned());
    match source {
        Source::Catalogue | Source::All => rows.sort_by_key(turn),
        Source::File(_) => rows.sort_by_key(|row| !row.bundle),
    }
    for row in rows.iter_mut().filter(|r| r.settled.is_none()) {
        let why = too_much(compiler, choice, offered, &row.words);
        row.settled = why.map(|why| (Verdict::Refused, why));
    }
    let open: Vec<Candidate> =
        rows.iter().filter(|r| r.settled.is_none()).map(|r| r.candidate.clone()).collect();
    let mut answers = accept(compiler, base, &open)?.into_iter();
    for row in rows.iter_mut().filter(|r| r.settled.is_none()) {
        row.settled = answers.next().and_then(verdict);
    }
    Ok(rows)
}

/// When a row's turn comes, where the time may not reach for all: bundles move most, then what the catalogue puts
/// first; fine adjustments of one threshold come last.
fn turn(row: &Row) -> u8 {
    let word = row.candidate.words.first().map_or("", String::as_str);
    match word {
        _ if row.bundle => 0,
        _ if row.first => 1,
        w if w.starts_with("--param") => 5,
        w if w.starts_with("-Wl,") => 4,
        w if w.starts_with("-m") => 3,
        _ => 2,
    }
}

fn verdict(answer: Acceptance) -> Option<(Verdict, String)> {
    match answer.status {
        Status::Accepted | Status::Warned => None,
        Status::Ignored => Some((Verdict::Unsupported, format!("without effect: {}", answer.message))),
        Status::Rejected => Some((Verdict::Unsupported, answer.message)),
        Status::Refused => Some((Verdict::Refused, answer.message)),
    }
}

fn of_catalogue(
    catalogue: &Catalogue,
    compiler: &Compiler,
    choice: &MarchChoice,
    allowed: &[Risk],
) -> Vec<Row> {
    let dialect = compiler.family.name();
    let ours = catalogue.flags.iter().filter(|row| row.compilers.iter().any(|c| c == dialect));
    ours.map(|row| of_row(row, choice, allowed)).collect()
}

fn of_row(row: &Flag, choice: &MarchChoice, allowed: &[Risk]) -> Row {
    let candidate = match allowed.contains(&row.risk) {
        true => Candidate::of(&Flag { risk: Risk::None, ..row.clone() }, Some(choice)),
        false => Candidate::of(row, Some(choice)),
    };
    let needs = candidate.needs.iter().filter(|n| !candidate.words.contains(n));
    let words = candidate.words.iter().chain(needs).cloned().collect();
    let settled = candidate.refused.clone().map(|why| (Verdict::Refused, why));
    let decided = ["{march}", "{mtune}"].iter().any(|p| row.name.contains(p));
    // Other instruction sets and tunings that the catalogue puts first are tried beside the decision's own.
    let bundle = decided || row.name.starts_with("-O") || (row.first && row.name.starts_with("-m"));
    Row {
        candidate,
        words,
        bundle,
        first: row.first,
        only: row.only.clone(),
        matters_for: row.matters_for.clone(),
        settled,
    }
}

/// Flags of a file. One with a row in the catalogue is that row; another is a candidate only where a rule says that
/// it breaks nothing.
fn of_file(
    catalogue: &Catalogue,
    compiler: &Compiler,
    choice: &MarchChoice,
    path: &std::path::Path,
    allowed: &[Risk],
) -> Result<Vec<Row>, RowsError> {
    let place = crate::text::place(path);
    let failed = |what: String| RowsError::File { place: place.clone(), what };
    let text = crate::files::text(path, MAX_BYTES).map_err(failed)?;
    let mut rows: Vec<Row> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let flag =
            line.split('#').next().unwrap_or("").split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if flag.is_empty() {
            continue;
        }
        if !flag.starts_with('-') {
            let place = format!("{place}, line {}", number + 1);
            return Err(RowsError::File { place, what: format!("{flag:?} is no flag") });
        }
        let dialect = compiler.family.name();
        let known =
            catalogue.flags.iter().find(|r| r.name == flag && r.compilers.iter().any(|c| c == dialect));
        let row = known.map_or_else(|| bare(catalogue, &flag, allowed), |row| of_row(row, choice, allowed));
        // Who lists it wants it, for whatever package.
        let row = Row { only: Vec::new(), ..row };
        if !rows.iter().any(|r| r.words == row.words) {
            rows.push(row);
        }
    }
    if rows.is_empty() { Err(failed("no flag in it".into())) } else { Ok(rows) }
}

/// A flag without a row.
fn bare(catalogue: &Catalogue, flag: &str, allowed: &[Risk]) -> Row {
    let candidate = Candidate::bare(flag);
    let form = candidate.words.iter().find_map(|w| Catalogue::grammar(w).err());
    let refused = candidate.refused.clone().or(form).or_else(|| match catalogue.risk(flag) {
        Some((risk, _)) if risk.candidate() || allowed.contains(&risk) => None,
        Some((risk, why)) => Some(format!("risk {}: {why}", risk.name())),
        None => {
            Some("what it may break is not known; give it a row in flags.toml of a --probes folder".into())
        }
    });
    let (words, bundle) = (candidate.words.clone(), flag.starts_with("-O"));
    let settled = refused.map(|why| (Verdict::Refused, why));
    Row { candidate, words, bundle, first: false, only: Vec::new(), matters_for: Vec::new(), settled }
}

/// The set that an earlier profile chose for the subject `name`, as a row. What it says of the CPU is said again for this one.
pub(super) fn earlier_set(
    catalogue: &Catalogue,
    choice: &MarchChoice,
    flags: &[String],
    name: &str,
    allowed: &[Risk],
) -> Row {
    let (of_cpu, others): (Vec<&String>, Vec<&String>) = flags
        .iter()
        .partition(|f| ["-march=", "-mcpu=", "-mtune="].iter().any(|option| f.starts_with(option)));
    let generic = of_cpu.iter().any(|f| f.as_str() == "-mtune=generic");
    let mut words: Vec<String> = others.into_iter().cloned().collect();
    if of_cpu.iter().any(|f| !f.starts_with("-mtune=")) {
        words.extend(generic.then(|| "-mtune=generic".to_string()));
        words.extend(choice.march_flags());
    } else if !of_cpu.is_empty() {
        words.extend(if generic { vec!["-mtune=generic".to_string()] } else { choice.mtune_flags() });
    }
    let mut once: Vec<String> = Vec::new();
    words.into_iter().for_each(|word| {
        if !once.contains(&word) {
            once.push(word);
        }
    });
    let row = bare(catalogue, &once.join(" "), allowed);
    Row { bundle: true, first: true, only: vec![name.into()], ..row }
}
