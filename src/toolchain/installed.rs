//! This module finds the compilers of this machine.

use super::cache;
use super::compiler::{Compiler, ToolchainError};
use super::search::versioned;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The compilers of this machine, and why others were passed over.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Usable compilers, best first.
    pub compilers: Vec<Compiler>,
    /// One line for each command that was found and is of no use.
    pub notes: Vec<String>,
}

/// Programs that call another compiler by their own name: links to them are as many compilers.
const MULTI_CALL: [&str; 4] = ["ccache", "sccache", "distcc", "colorgcc"];

/// The usable compilers, best first: see [`survey`].
pub fn installed(cc: Option<&Path>) -> Result<Vec<Compiler>, ToolchainError> {
    survey(cc).map(|s| s.compilers)
}

/// Finds gcc and clang and asks each who it is, all at once. With `cc` that command alone, and what is wrong with it, or with
/// `$CC` where that is set, is the error; else `$CC`, `cc`, `gcc`, `clang` and the versioned names on PATH, newest first, and what is
/// wrong with one is a note. Several names of one compiler count once.
pub fn survey(cc: Option<&Path>) -> Result<Survey, ToolchainError> {
    survey_beside(cc, || ()).0
}

/// The same with something else to do meanwhile, in this thread. The first compiler is attended by it too, since a thread takes
/// as long to start as a part of its answer; the others are looked for once that one is at work.
pub fn survey_beside<T>(
    cc: Option<&Path>,
    meanwhile: impl FnOnce() -> T,
) -> (Result<Survey, ToolchainError>, T) {
    let own = match cc {
        Some(cc) => Some(("--cc", cc.as_os_str().to_os_string())),
        None => std::env::var_os("CC").filter(|value| !value.is_empty()).map(|value| ("CC", value)),
    };
    let named = own.is_some();
    let own = match own.map(|(setting, value)| command(setting, &value)).transpose() {
        Ok(own) => own,
        Err(error) => return (Err(error), meanwhile()),
    };
    let mut commands: Box<dyn Iterator<Item = PathBuf>> = match (cc, own) {
        (Some(_), own) => Box::new(own.into_iter()),
        (None, own) => Box::new(commands(own)),
    };
    let first = commands.next();
    let (mut work, mut made) = (Some(meanwhile), None);
    let answers = std::thread::scope(|scope| {
        let mut others = Vec::new();
        let mut begin = || {
            if let Some(work) = work.take() {
                others.extend(commands.by_ref().map(|c| scope.spawn(move || cache::ask(&c, &mut || {}))));
                made = Some(work());
            }
        };
        let mut answers: Vec<_> = first.iter().map(|c| cache::ask(c, &mut begin)).collect();
        // What was remembered was not waited for.
        begin();
        let lost = || ToolchainError::Unusable { path: "?".into(), what: "the question panicked".into() };
        answers.extend(others.into_iter().map(|a| a.join().unwrap_or_else(|_| Err(lost()))));
        answers
    });
    let Some(made) = made else { unreachable!("what was started is done") };
    (judge(named, answers), made)
}

/// The compilers of use among the answers; the first must be, where it was `named`.
fn judge(named: bool, answers: Vec<Result<Compiler, ToolchainError>>) -> Result<Survey, ToolchainError> {
    let mut survey = Survey::default();
    let mut engines = HashSet::new();
    for (at, answer) in answers.into_iter().enumerate() {
        let usable = answer.and_then(|compiler| match native_to_host(&compiler) {
            Ok(()) => Ok(compiler),
            Err(why) => {
                cache::keep(&compiler);
                Err(why)
            }
        });
        match usable {
            Ok(compiler) => match engines.insert(compiler.engine.clone()) {
                true => survey.compilers.push(compiler),
                false => cache::keep(&compiler),
            },
            Err(why) if named && at == 0 => return Err(why),
            Err(why) => survey.notes.push(format!("passed over: {why}")),
        }
    }
    if survey.compilers.is_empty() {
        let looked = match survey.notes.first() {
            Some(note) => note.trim_end_matches("; name another with --cc").to_string(),
            None => "no gcc, clang or cc on PATH, and CC names none".to_string(),
        };
        return Err(ToolchainError::None { looked });
    }
    Ok(survey)
}

/// Refuses a compiler whose programs do not run here.
fn native_to_host(compiler: &Compiler) -> Result<(), ToolchainError> {
    let (theirs, ours) = (compiler.arch(), std::env::consts::ARCH);
    let same = theirs == ours || (theirs == "powerpc64le" && ours == "powerpc64");
    let x32 = compiler.target.ends_with("x32");
    if same && !x32 && compiler.target.contains(std::env::consts::OS) {
        return Ok(());
    }
    Err(ToolchainError::Unusable {
        path: compiler.path.display().to_string(),
        what: format!("it compiles for {}, not for this {ours} host", compiler.target),
    })
}

/// Commands worth asking, that of `CC` first, each file once; found as they are asked for, since to read the folders of PATH
/// takes longer than to find `cc`.
fn commands(from_env: Option<PathBuf>) -> impl Iterator<Item = PathBuf> {
    let plain = ["cc", "gcc", "clang"].map(PathBuf::from);
    let mut seen = HashSet::new();
    from_env
        .into_iter()
        .chain(plain)
        .chain(std::iter::once_with(versioned).flatten())
        .filter_map(|c| which::which(c).ok())
        .filter(move |found| {
            let real = std::fs::canonicalize(found).unwrap_or_else(|_| found.clone());
            let multi_call = real.file_name().is_some_and(|n| MULTI_CALL.iter().any(|m| n == *m));
            seen.insert(if multi_call { found.clone() } else { real })
        })
}

/// The compiler that `--cc` or `CC` names, which may stand after a cache (`ccache gcc`). Options behind it would be lost, so
/// they are refused.
fn command(setting: &str, value: &OsStr) -> Result<PathBuf, ToolchainError> {
    let whole = value.to_string_lossy();
    let one = setting == "--cc" && !whole.contains(char::is_whitespace);
    if (one || which::which(value).is_ok()) && !whole.contains("++") {
        return Ok(value.into());
    }
    let text = value.to_string_lossy();
    let unusable = |what: String| ToolchainError::Unusable { path: format!("{setting}={text}"), what };
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_cache = |word: &str| {
        let name = Path::new(word).file_name().unwrap_or_default();
        MULTI_CALL.iter().any(|m| name == *m)
    };
    let words = match words[..] {
        [first, ..] if is_cache(first) => &words[1..],
        _ => &words[..],
    };
    let cxx = |word: &str| Path::new(word).file_name().is_some_and(|n| n.to_string_lossy().contains("++"));
    if let Some(one) = words.first().filter(|one| cxx(one)) {
        return Err(unusable(format!("{one} is a C++ compiler; give the C compiler beside it")));
    }
    match words {
        [one] if which::which(one).is_ok() && setting == "CC" => {
            Ok(as_rust_builds_read_it().unwrap_or(one.into()))
        }
        [one] if which::which(one).is_ok() => Ok(one.into()),
        [one] => Err(unusable(format!("no such executable as {one}"))),
        [_, options @ ..] => Err(unusable(format!(
            "hwtune measures a compiler without options of its own; give {} with --base",
            options.join(" ")
        ))),
        [] => Err(unusable("names no compiler".into())),
    }
}

/// The compiler in `CC` by the rules of the crate that C code in Rust packages is built with, which takes it from the
/// environment by itself: the two must not understand different compilers.
fn as_rust_builds_read_it() -> Option<PathBuf> {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cargo_metadata(false).cargo_warnings(false).opt_level(0).host(&triple).target(&triple);
    build.try_get_compiler().ok().map(|tool| tool.path().to_path_buf())
}
