//! An installed compiler answers questions about its options, and each answer is kept.

use super::compiler::{Compiler, Family, ToolchainError};
use super::help::valid_arguments;
use super::invoke::{Finished, run_beside};
use super::oracle::{Answer, Native, Oracle, Word};
use super::plan::{PLAN, native_of};
use super::words;
use crate::catalogue::Features;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

/// Options that preprocess nothing and print the predefined macros.
const MACROS: [&str; 5] = ["-dM", "-E", "-x", "c", "-"];

/// An installed compiler, really asked.
pub(crate) struct Asked<'a> {
    compiler: &'a Compiler,
    known: OnceLock<BTreeSet<String>>,
    /// Every `-march` name for 64-bit code, where it was listed; clang leaves out the psABI levels.
    names: OnceLock<BTreeSet<String>>,
    /// `-mtune` names that `--help=target` lists; aliases are taken and not listed.
    tunes: OnceLock<BTreeSet<String>>,
    native: OnceLock<Result<Option<Native>, ToolchainError>>,
    answers: Mutex<BTreeMap<Vec<String>, Answer>>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(compiler: &'a Compiler) -> Self {
        Asked {
            compiler,
            known: OnceLock::new(),
            names: OnceLock::new(),
            tunes: OnceLock::new(),
            native: OnceLock::new(),
            answers: Mutex::default(),
        }
    }

    /// Puts questions that are likely to come, all at once: a compiler takes longer to start than to answer.
    pub(crate) fn prefetch(&self, questions: &[Vec<String>], native: bool) {
        std::thread::scope(|scope| {
            if native && self.compiler.plan.is_none() {
                scope.spawn(|| self.native().ok());
            }
            if self.compiler.family == Family::Clang {
                scope.spawn(|| self.known().ok());
            }
            let Some((last, others)) = questions.split_last() else { return };
            for question in others {
                scope.spawn(|| self.state(question).ok());
            }
            self.state(last).ok();
        });
    }

    /// Takes an answer for known.
    pub(crate) fn learn(&self, options: &[String], answer: Answer) {
        if let Ok(mut answers) = self.answers.lock() {
            answers.insert(options.to_vec(), answer);
        }
    }

    /// `gcc -Q --help=target`: one call tells the state of each option and refuses what it does not take. `-S` spares
    /// the call of an assembler.
    fn gcc_state(&self, options: &[String]) -> Result<Answer, ToolchainError> {
        let answer = match self.listed(options) {
            Some(answer) => answer,
            None => {
                let args = options.iter().map(String::as_str).chain(["-Q", "--help=target", "-S"]);
                self.compiler.question(&args.collect::<Vec<_>>(), b"")?
            }
        };
        let text = answer.text();
        let mut listed = BTreeSet::new();
        let mut on = BTreeSet::new();
        for (name, state) in switches(&text) {
            if Features::get().names.contains(name) {
                listed.insert(name.to_string());
                if state == "[enabled]" {
                    on.insert(name.to_string());
                }
            }
        }
        if answer.stderr.contains("fatal error: cannot execute") {
            return Err(ToolchainError::Unusable {
                path: self.compiler.path.display().to_string(),
                what: words::first_error(&answer.stderr),
            });
        }
        if !answer.ok() || answer.stderr.contains("error:") {
            return Ok(Answer::Rejected(words::first_error(&answer.stderr)));
        }
        if listed.is_empty() {
            return Err(ToolchainError::Unusable {
                path: self.compiler.path.display().to_string(),
                what: "it does not list its options (-Q --help=target)".into(),
            });
        }
        self.known.get_or_init(|| listed);
        let mut lists = valid_arguments(&text);
        if let Some(names) = lists.remove("-march=").filter(|names| !names.is_empty()) {
            self.names.get_or_init(|| names.into_iter().collect());
            let tunes = lists.remove("-mtune=").unwrap_or_default();
            self.tunes.get_or_init(|| tunes.into_iter().collect());
        }
        Ok(Answer::Enabled { on, warnings: words::warnings(&answer.stderr) })
    }

    /// The same list from the program behind the driver, which takes a quarter of the time less; whatever it complains of
    /// is for the driver to say.
    fn listed(&self, options: &[String]) -> Option<Finished> {
        let (program, args) = self.compiler.plan.as_ref()?.listing(options)?;
        let answer = run_beside(program, &args, b"", &mut || {}).ok()?;
        (answer.ok() && answer.stderr.is_empty() && !answer.stdout.is_empty()).then_some(answer)
    }

    /// Whether the name is missing from the list of all names.
    fn unlisted(&self, name: &str) -> bool {
        !name.starts_with("x86-64") && self.names.get().is_some_and(|names| !names.contains(name))
    }

    /// The predefined macros tell which features are on; clang has no `-Q --help=target`.
    fn macro_state(&self, options: &[String]) -> Result<Answer, ToolchainError> {
        let args = options.iter().map(String::as_str).chain(MACROS);
        let answer = self.compiler.question(&args.collect::<Vec<_>>(), b"")?;
        if !answer.ok() {
            let names = answer.stderr.split_once("valid target CPU values are: ");
            if let Some((_, names)) = names.filter(|_| is_wide(options)) {
                let line = names.lines().next().unwrap_or_default();
                self.names.get_or_init(|| line.split(", ").map(String::from).collect());
            }
            return Ok(Answer::Rejected(words::first_error(&answer.stderr)));
        }
        let text = answer.text();
        let defined: BTreeSet<&str> =
            text.lines().filter_map(|l| l.strip_prefix("#define ")?.split(' ').next()).collect();
        let table = Features::get();
        let told = |name: &&String| table.macros_of(name).iter().any(|m| defined.contains(m.as_str()));
        let on = table.names.iter().filter(told).cloned().collect();
        Ok(Answer::Enabled { on, warnings: words::warnings(&answer.stderr) })
    }
}

impl Oracle for Asked<'_> {
    fn family(&self) -> Family {
        self.compiler.family
    }

    fn version(&self) -> &str {
        &self.compiler.version
    }

    fn state(&self, options: &[String]) -> Result<Answer, ToolchainError> {
        if let Some(known) = self.answers.lock().ok().and_then(|a| a.get(options).cloned()) {
            return Ok(known);
        }
        let name = options.iter().find_map(|o| o.strip_prefix("-march="));
        if let Some(name) = name.filter(|n| is_wide(options) && self.unlisted(n)) {
            return Ok(Answer::Rejected(format!("{name} is not among the names it lists")));
        }
        let answer = match self.compiler.family {
            Family::Gcc => self.gcc_state(options)?,
            Family::Clang => self.macro_state(options)?,
        };
        self.learn(options, answer.clone());
        Ok(answer)
    }

    fn known(&self) -> Result<BTreeSet<String>, ToolchainError> {
        if let Some(known) = self.known.get() {
            return Ok(known.clone());
        }
        if self.compiler.family == Family::Gcc {
            self.gcc_state(&[])?;
            return Ok(self.known.get().cloned().unwrap_or_default());
        }
        // clang names every option that it does not know, or knows and ignores, in one call.
        let all = &Features::get().names;
        let args: Vec<String> =
            all.iter().map(|f| format!("-m{f}")).chain(MACROS.map(String::from)).collect();
        let answer = self.compiler.question(&args, b"")?;
        // The first option quoted is the one at fault; a second is a suggestion.
        let refused: BTreeSet<&str> = words::diagnostics(&answer.stderr)
            .filter_map(|l| l.split(['\'', '"']).find_map(|word| word.strip_prefix("-m")))
            .collect();
        let known = all.iter().filter(|f| !refused.contains(f.as_str())).cloned().collect();
        Ok(self.known.get_or_init(|| known).clone())
    }

    fn takes_tune(&self, name: &str, word: Word) -> Result<bool, ToolchainError> {
        if self.tunes.get().is_some_and(|t| t.contains(name)) {
            return Ok(true);
        }
        // Whatever gcc tunes for has a name for -march as well, but for generic and intel, which it lists.
        if name != "generic" && word == Word::Bits64 && self.unlisted(name) {
            return Ok(false);
        }
        let options: Vec<String> = word.options().into_iter().chain([format!("-mtune={name}")]).collect();
        Ok(match self.state(&options)? {
            Answer::Enabled { warnings, .. } => warnings.is_empty(),
            Answer::Rejected(_) => false,
        })
    }

    fn native(&self) -> Result<Option<Native>, ToolchainError> {
        let ask = || {
            let Some(driver) = &self.compiler.unwrapped else { return Ok(None) };
            if let Some(plan) = self.compiler.plan.as_ref().filter(|_| *driver == self.compiler.path) {
                return Ok(Some(plan.native.clone()));
            }
            let answer = run_beside(driver, &PLAN, b"", &mut || {})?;
            Ok(native_of(&answer.stderr))
        };
        self.native.get_or_init(ask).clone()
    }
}

/// Whether the options are for 64-bit code: clang lists other names for 32 bits.
fn is_wide(options: &[String]) -> bool {
    !options.iter().any(|o| o == "-m32")
}

/// Lines of `-Q --help`: option name without `-m`, and its state. The name of the longest options is followed by a
/// single blank.
fn switches(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let (name, state) = line.strip_prefix("  -m")?.split_once(char::is_whitespace)?;
        Some((name, state.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lines() {
        let text = "The following options are target specific:\n  -mavx                       \t\t[enabled]\n  \
                    -mavx256-split-unaligned-load \t[disabled]\n  -march=                     \t\tznver3\n\n  \
                    Known ABIs (for use with the -mabi= option):\n    ms sysv\n";
        let all: Vec<_> = switches(text).collect();
        assert_eq!(
            all,
            [("avx", "[enabled]"), ("avx256-split-unaligned-load", "[disabled]"), ("arch=", "znver3")]
        );
    }

    /// What the compiler proper lists is what its driver lists.
    #[test]
    fn the_short_way_and_the_drivers_agree() {
        for name in ["gcc", "gcc-11"] {
            let Ok(compiler) = Compiler::ask(std::path::Path::new(name)) else { continue };
            let asked = Asked::new(&compiler);
            let driven = Compiler { plan: None, ..compiler.clone() };
            let driven = Asked::new(&driven);
            let sets = [
                "-march=haswell",
                "-march=znver3 -mavx512f -mavx512vl -mno-sse4a -mno-clzero",
                "-march=x86-64 -mavx2 -mno-sse4.2 -mtune=skylake",
                "-march=no-such-name",
                "-march=haswell -mtune=no-such-name",
            ];
            for set in sets {
                let options: Vec<String> = set.split(' ').map(String::from).collect();
                let short = asked.listed(&options).is_some();
                assert_eq!(short, !set.contains("no-such"), "{name} {set}");
                let (ours, theirs) = (asked.state(&options).unwrap(), driven.state(&options).unwrap());
                assert_eq!(ours, theirs, "{name} {set}");
            }
            assert_eq!(asked.known.get(), driven.known.get());
            assert_eq!(asked.names.get(), driven.names.get());
            assert_eq!(asked.tunes.get(), driven.tunes.get());
            assert_eq!(asked.native().unwrap(), driven.native().unwrap());
        }
    }
}
