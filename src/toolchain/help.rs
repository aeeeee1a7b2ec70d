//! This module reads the options that a compiler lists itself.

use super::compiler::{Compiler, Family, ToolchainError};
use super::launcher::Launcher;
use super::words;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An option as the compiler's own help lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedOption {
    /// `-fgcse`; with `=` at the end where a value follows, `--param=max-unroll-times=`.
    pub option: String,
    /// Where it was listed.
    pub class: OptionClass,
    /// What it takes.
    pub form: OptionForm,
    /// Its state without further options; `None` where the compiler does not tell.
    pub state: Option<String>,
}

/// The help text in which an option is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OptionClass {
    /// `--help=optimizers`.
    Optimizer,
    /// `--help=params`.
    Parameter,
    /// `--help=target`.
    Target,
}

/// What an option takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OptionForm {
    /// On or off, `-fno-…` is its negation.
    Switch,
    /// One of these words.
    Choice(Vec<String>),
    /// A number between these, both included.
    Range(i64, i64),
    /// A number or a text about which the help says nothing.
    Value,
    /// Another name for this option.
    Alias(String),
}

/// Every option that `-Q --help=optimizers`, `=params` and `=target` list, with its state under `-O0`. clang tells
/// neither state nor values: its `--help` gives names alone.
pub fn optimizer_options(compiler: &Compiler) -> Result<Vec<ListedOption>, ToolchainError> {
    if compiler.family == Family::Clang {
        let text = Launcher::of(compiler).question(&["--help"])?.text();
        return Ok(clang_options(&text));
    }
    let classes = [
        ("--help=optimizers", OptionClass::Optimizer),
        ("--help=params", OptionClass::Parameter),
        ("--help=target", OptionClass::Target),
    ];
    let launcher = Launcher::of(compiler);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            classes.iter().map(|(help, _)| scope.spawn(|| launcher.question(&["-Q", help, "-S"]))).collect();
        asked.into_iter().filter_map(|a| a.join().ok()).collect()
    });
    let mut options: Vec<ListedOption> = Vec::new();
    for (answer, (_, class)) in answers.into_iter().zip(classes) {
        let text = answer?.text();
        let valid = valid_arguments(&text);
        for (spec, state) in lines(&text) {
            if state.starts_with("[available in ") || state == "[ignored]" || spec == "-O<number>" {
                continue;
            }
            let (option, mut form) = form_of(spec, state);
            if let (OptionForm::Value, Some(words)) = (&form, valid.get(&option)) {
                form = OptionForm::Choice(words.clone());
            }
            if !options.iter().any(|o| o.option == option) {
                options.push(ListedOption { option, class, form, state: Some(state.to_string()) });
            }
        }
    }
    Ok(options)
}

/// The state of each option under `flags`, as `-Q --help` shows it: two flag sets with the same map set the compiler
/// up alike. Empty for clang, which does not tell.
pub fn state(compiler: &Compiler, flags: &[String]) -> Result<BTreeMap<String, String>, ToolchainError> {
    if compiler.family == Family::Clang {
        return Ok(BTreeMap::new());
    }
    let help = ["-Q", "--help=common", "--help=optimizers", "--help=params", "--help=target", "-S"];
    let args: Vec<&str> = flags.iter().map(String::as_str).chain(help).collect();
    let answer = Launcher::of(compiler).question(&args)?;
    if !answer.ok() {
        return Err(ToolchainError::Base {
            path: compiler.path.display().to_string(),
            base: flags.join(" "),
            words: words::first_error(&answer.stderr),
        });
    }
    let text = answer.text();
    let sets_code = |spec: &str| ["-f", "-m", "--param="].iter().any(|p| spec.starts_with(p));
    let mut state: BTreeMap<String, String> = lines(&text)
        .filter(|(spec, _)| sets_code(spec))
        .map(|(spec, state)| (form_of(spec, state).0, state.to_string()))
        .collect();
    // Some passes look at the level itself, which the help does not show.
    if let Some(level) = flags.iter().rev().find(|f| f.starts_with("-O")) {
        state.insert("-O".to_string(), level.clone());
    }
    Ok(state)
}

/// [`state`] under `flags` as one text, where the help shows each of the `further` among them as given: then equal
/// texts mean equal code. `None` where it does not, as with options that take a value.
pub fn setting(
    compiler: &Compiler,
    flags: &[String],
    further: &[String],
) -> Result<Option<String>, ToolchainError> {
    // Words with a value are never shown as given: not asked at all.
    if further.iter().any(|word| word.contains('=') || word.starts_with("--")) {
        return Ok(None);
    }
    let state = state(compiler, flags)?;
    if state.is_empty() || !further.iter().all(|word| shown(&state, word)) {
        return Ok(None);
    }
    Ok(Some(state.iter().map(|(option, value)| format!("{option} {value}\n")).collect()))
}

/// Whether the help shows a flag as it was given. Only switches: what it shows of an option with a value may be a
/// default that the compiler replaces later (`-fira-region=one` under -O2).
fn shown(state: &BTreeMap<String, String>, word: &str) -> bool {
    let is = |option: &str, value: &str| state.get(option).is_some_and(|v| v == value);
    match word.get(2..).and_then(|rest| rest.strip_prefix("no-")) {
        Some(rest) => is(&format!("{}{rest}", &word[..2]), "[disabled]"),
        None => is(word, "[enabled]"),
    }
}

/// gcc's own list of the options that tell its optimiser what to do, each as `-fx` and `-fno-x`: they change no text
/// that the preprocessor makes but through macros. Empty for clang.
pub fn optimizer_switches(compiler: &Compiler) -> Result<BTreeSet<String>, ToolchainError> {
    if compiler.family == Family::Clang {
        return Ok(BTreeSet::new());
    }
    let text = Launcher::of(compiler).question(&["-Q", "--help=optimizers", "-S"])?.text();
    let mut switches = BTreeSet::new();
    for (option, _) in lines(&text).map(|(spec, state)| form_of(spec, state)) {
        if let Some(rest) = option.strip_prefix("-f") {
            switches.insert(format!("-fno-{rest}"));
            switches.insert(option.clone());
        }
    }
    Ok(switches)
}

/// Options that gcc takes for old makefiles' sake and does nothing about, with the words for it.
pub(super) fn idle_options(compiler: &Compiler) -> Result<BTreeMap<String, String>, ToolchainError> {
    if compiler.family == Family::Clang {
        return Ok(BTreeMap::new());
    }
    let help = ["-Q", "--help=common", "--help=target", "--help=c", "--help=undocumented", "-S"];
    let text = Launcher::of(compiler).question(&help)?.text();
    let mut idle = BTreeMap::new();
    for (spec, _) in lines(&text).filter(|(_, state)| *state == "[ignored]") {
        let words = format!("{spec} is [ignored] in gcc -Q --help");
        if let Some(rest) = spec.strip_prefix("-f") {
            idle.insert(format!("-fno-{rest}"), words.clone());
        }
        idle.insert(spec.to_string(), words);
    }
    Ok(idle)
}

/// Lines of `-Q --help`: the option as specified, and its state.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("  ").filter(|l| l.starts_with('-'))?;
        let (spec, state) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        Some((spec, state.trim()))
    })
}

/// Splits `-fira-region=[one|all|mixed]`, `-flifetime-dse=<0,2>`, `-ffoo` into the option and what it takes.
fn form_of(spec: &str, state: &str) -> (String, OptionForm) {
    let split = if spec.starts_with("--param=") { spec.rfind('=') } else { spec.find('=') };
    let Some(at) = split.filter(|&at| at > "--param".len() || !spec.starts_with("--param=")) else {
        let form = match state.starts_with('-') {
            true => OptionForm::Alias(state.to_string()),
            false => OptionForm::Switch,
        };
        return (spec.to_string(), form);
    };
    let (option, values) = (spec[..=at].to_string(), &spec[at + 1..]);
    let inner = |open, close| values.strip_prefix(open).and_then(|v: &str| v.strip_suffix(close));
    let form = if state.starts_with('-') && !state[1..].starts_with(|c: char| c.is_ascii_digit()) {
        OptionForm::Alias(state.to_string())
    } else if let Some(words) = inner('[', ']') {
        OptionForm::Choice(words.split('|').map(String::from).collect())
    } else if let Some((low, high)) = inner('<', '>').and_then(|v| v.split_once(',')) {
        match (low.trim().parse(), high.trim().parse()) {
            (Ok(low), Ok(high)) => OptionForm::Range(low, high),
            _ => OptionForm::Value,
        }
    } else {
        OptionForm::Value
    };
    (option, form)
}

/// The lists of words under `--help=target`, by option.
pub(super) fn valid_arguments(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("    ") {
            for option in &current {
                lists.entry(option.clone()).or_default().extend(words.split_whitespace().map(String::from));
            }
        } else if line.ends_with(':') {
            let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | ')' | ':' | ',');
            current = line
                .split(is_end)
                .filter(|w| w.starts_with('-') && w.ends_with('='))
                .map(String::from)
                .collect();
        } else {
            current.clear();
        }
    }
    lists
}

fn clang_options(text: &str) -> Vec<ListedOption> {
    let mut options: Vec<ListedOption> = Vec::new();
    for line in text.lines() {
        let Some(spec) = line.strip_prefix("  ").and_then(|l| l.split_whitespace().next()) else { continue };
        let class = match spec {
            s if s.starts_with("-f") => OptionClass::Optimizer,
            s if s.starts_with("-m") => OptionClass::Target,
            _ => continue,
        };
        let (option, form) = form_of(spec, "");
        if !options.iter().any(|o| o.option == option) {
            options.push(ListedOption { option, class, form, state: None });
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_an_option() {
        let text = "  -march=  \t\tznver3\n\n  Known valid arguments for -march= option:\n    nocona  core2\n\n  Known valid \
                    arguments for -mtune= option:\n    generic i386\n";
        let lists = valid_arguments(text);
        let list = |option: &str| lists.get(option).map(|words| words.join(" ")).unwrap_or_default();
        assert_eq!(
            [list("-march="), list("-mtune="), list("-mabi=")].join(", "),
            "nocona core2, generic i386, "
        );
    }

    #[test]
    fn forms() {
        let form = |spec, state| form_of(spec, state);
        assert_eq!(form("-fgcse", "[enabled]"), ("-fgcse".into(), OptionForm::Switch));
        assert_eq!(form("-flifetime-dse=<0,2>", "2"), ("-flifetime-dse=".into(), OptionForm::Range(0, 2)));
        assert_eq!(form("--param=align-threshold=<1,65536>", "100").1, OptionForm::Range(1, 65536));
        assert_eq!(form("--param=x=", "-1"), ("--param=x=".into(), OptionForm::Value));
        assert_eq!(form("-msse5", "-mavx").1, OptionForm::Alias("-mavx".into()));
        let region = form("-fira-region=[one|all|mixed]", "one");
        assert_eq!(region.1, OptionForm::Choice(vec!["one".into(), "all".into(), "mixed".into()]));
        assert_eq!(form("-fsched-stalled-insns=<number>", "").1, OptionForm::Value);
    }

    #[test]
    fn word_lists_of_the_target() {
        let text = "  Known indirect branch choices (for use with the -mindirect-branch=/-mfunction-return= options):\n    \
                    keep thunk\n\n  Known valid arguments for -mtune= option:\n    generic i386\n    i486\n";
        let lists = valid_arguments(text);
        assert_eq!(lists["-mfunction-return="], ["keep", "thunk"]);
        assert_eq!(lists["-mtune="], ["generic", "i386", "i486"]);
    }

    #[test]
    fn lines_of_any_width() {
        let text = "The following\n  -mavx256-split-unaligned-load \t[disabled]\n  -fpcc  \t\t\n    i386\n  -O<number>\n";
        let all: Vec<_> = lines(text).collect();
        assert_eq!(all, [("-mavx256-split-unaligned-load", "[disabled]"), ("-fpcc", ""), ("-O<number>", "")]);
    }
}
