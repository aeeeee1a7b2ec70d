use super::cache;
use super::compiler::{Compiler, ToolchainError};
use super::search::versioned;
use std::collections::HashSet;
use std::ffi::OsString;
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

/// Finds gcc and clang and asks each who it is, all at once. With `cc` that command alone, and what is wrong with it
/// is the error; else `$CC`, `cc`, `gcc`, `clang` and the versioned names on PATH, newest first, and what is
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
    let mut commands: Box<dyn Iterator<Item = PathBuf>> = match cc {
        Some(cc) => Box::new(std::iter::once(cc.into())),
        None => Box::new(commands()),
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
    let Some(made) = made else { unreachable!("what was begun is done") };
    (judge(cc.is_some(), answers), made)
}

/// The compilers of use among the answers; one that was `named` must be.
fn judge(named: bool, answers: Vec<Result<Compiler, ToolchainError>>) -> Result<Survey, ToolchainError> {
    let mut survey = Survey::default();
    let mut engines = HashSet::new();
    for answer in answers {
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
            Err(why) if named => return Err(why),
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

/// Commands worth asking, best first, each file once; found as they are asked for, since to read the folders of PATH takes
/// longer than to find `cc`.
fn commands() -> impl Iterator<Item = PathBuf> {
    let from_env = std::env::var_os("CC").and_then(|value| env_command(&value));
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

/// The compiler in `$CC`, which may begin with a cache (`ccache gcc`) and end with options.
fn env_command(value: &OsString) -> Option<PathBuf> {
    if which::which(value).is_ok() {
        return Some(value.into());
    }
    // Read by the rules of the crate that C code in Rust packages is built with, which takes CC from the
    // environment by itself: the two must not understand different compilers.
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cargo_metadata(false).cargo_warnings(false).opt_level(0).host(&triple).target(&triple);
    let tool = build.try_get_compiler().ok()?;
    Some(tool.path().to_path_buf())
}
