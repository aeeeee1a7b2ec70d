//! What starts compilers under flags that are not hwtune's own: the runner's `launch`, see `probes/launcher.h`. It is
//! built under plain flags before any of them is tried, and lies where nothing that it starts can write.

use super::compiler::{Compiler, ToolchainError};
use super::confinement;
use super::invoke::{ASK_LIMIT, Confined, Finished, Scratch, run_in};
use super::readable;
use super::words;
use crate::catalogue::{RUNNER_HEADERS, Unit, embedded};
use crate::files::{Store, Workspace};
use sha2::{Digest as _, Sha256};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// The runner's source in `probes/`.
const SOURCE: &str = "runner.c";

/// Longest the build may take.
const BUILD_LIMIT: Duration = Duration::from_secs(60);

/// Launchers in use, by the compiler that built them.
static HELD: Mutex<Vec<Weak<Launcher>>> = Mutex::new(Vec::new());

/// A compiler, and the program that starts it confined. One that could not be built starts it all the same, within
/// nothing but time limits; [`Launcher::lacks`] tells, and who asks for it passes that on.
#[derive(Debug)]
pub struct Launcher {
    compiler: Compiler,
    built: Option<Built>,
    lacks: Option<String>,
}

#[derive(Debug)]
struct Built {
    program: PathBuf,
    /// Where a question leaves what it writes: beside the program, which lies outside of it.
    scratch: PathBuf,
    /// What the compiler may read of the system and of its own.
    readable: Vec<PathBuf>,
    /// Whether this system has Landlock.
    restricts: bool,
    _place: Workspace,
}

/// Where a program of a recorded build runs.
#[derive(Clone, Copy, Debug)]
pub struct CallPlace<'a> {
    /// Its working directory.
    pub cwd: &'a Path,
    /// The folder that it writes beneath.
    pub scratch: &'a Path,
    /// What it may read of the build.
    pub readable: &'a [PathBuf],
}

impl Launcher {
    /// The compiler's launcher: the one that is held, as a command does for as long as it asks the compiler, or a new one.
    pub fn of(compiler: &Compiler) -> Arc<Launcher> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|launcher| launcher.strong_count() > 0);
        // What is known of a compiler grows while it is asked; the command stays.
        let same = |l: &Arc<Launcher>| {
            l.compiler.path == compiler.path && l.compiler.hardening == compiler.hardening
        };
        if let Some(found) = held.iter().filter_map(Weak::upgrade).find(same) {
            return found;
        }
        let made = Arc::new(Launcher::build(compiler));
        held.push(Arc::downgrade(&made));
        made
    }

    fn build(compiler: &Compiler) -> Launcher {
        let (built, lacks) = match Built::by(compiler) {
            Ok((built, lacks)) => (Some(built), lacks),
            Err(why) => (None, Some(format!("compilers run unconfined: {why}"))),
        };
        Launcher { compiler: compiler.clone(), built, lacks }
    }

    /// What is missing of the confinement, in one line for people; `None` where all of it holds.
    pub fn lacks(&self) -> Option<&str> {
        self.lacks.as_deref()
    }

    /// The executable, where `unit` is the source that it was built from.
    pub fn built_from(&self, unit: &Unit) -> Option<&Path> {
        let built = self.built.as_ref()?;
        (unit.file == SOURCE && embedded(SOURCE) == Some(&unit.text)).then_some(&built.program)
    }

    /// Runs the compiler: it writes beneath `scratch` alone, its temporary files among them, and reads there, what is
    /// installed, and what the user named.
    pub fn invoke<S: AsRef<OsStr>>(
        &self,
        args: &[S],
        cwd: &Path,
        scratch: &Path,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        self.compiler.invoke_in(args, cwd, self.scratch(scratch, &[]), limit)
    }

    /// Runs one of the programs behind the compiler in the same way, and tells no more than whether it
    /// succeeded.
    pub fn part<S: AsRef<OsStr>>(
        &self,
        program: &Path,
        args: &[S],
        cwd: &Path,
        scratch: &Path,
        limit: Duration,
    ) -> bool {
        self.compiler.run_part(program, args, cwd, self.scratch(scratch, &[]), limit)
    }

    /// Puts a question that compiles nothing, within [`ASK_LIMIT`].
    pub(super) fn question<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Finished, ToolchainError> {
        match &self.built {
            Some(built) => self.invoke(args, &built.scratch, &built.scratch, ASK_LIMIT),
            None => self.compiler.question(args, b""),
        }
    }

    /// Runs another program in the compiler's place: it writes beneath `folder` alone, starts there, and reads `source` as
    /// well.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        program: &Path,
        args: &[S],
        folder: &Path,
        source: &Path,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        run_in(program, args, folder, self.scratch(folder, &[source.to_path_buf()]), limit)
    }

    /// The same with another working directory than the folder that it writes beneath, and with all that it may read of a
    /// recorded build.
    pub fn run_at<S: AsRef<OsStr>>(
        &self,
        program: &Path,
        args: &[S],
        at: &CallPlace<'_>,
        limit: Duration,
    ) -> Result<Finished, ToolchainError> {
        run_in(program, args, at.cwd, self.scratch(at.scratch, at.readable), limit)
    }

    fn scratch<'a>(&'a self, folder: &'a Path, further: &[PathBuf]) -> Scratch<'a> {
        let confined = |built: &'a Built| Confined {
            program: &built.program,
            readable: readable::of_call(&built.readable, further),
            restricts: built.restricts,
        };
        Scratch { folder, launcher: self.built.as_ref().map(confined) }
    }
}

impl Built {
    /// Compiles the runner and starts it once. The error says why there is none.
    fn by(compiler: &Compiler) -> Result<(Built, Option<String>), String> {
        let with = compiler.path.display();
        let no_place = |e: std::io::Error| {
            let place = std::env::temp_dir();
            format!("no place for their launcher under {}: {e}; point TMPDIR elsewhere", place.display())
        };
        let place = Workspace::new().map_err(no_place)?;
        for file in [SOURCE].into_iter().chain(RUNNER_HEADERS) {
            place.write(file, embedded(file).unwrap_or_default().as_bytes()).map_err(no_place)?;
        }
        let scratch = place.path().join("scratch");
        std::fs::create_dir(&scratch).map_err(no_place)?;
        let program = place.path().join("launcher");
        let (out, source) = (program.display().to_string(), place.path().join(SOURCE).display().to_string());
        let store = Store::at(super::cache_folder("runner"));
        let key = key(compiler);
        match store.get(&key) {
            Some(bytes) => executable(&program, &bytes).map_err(no_place)?,
            None => {
                let plain = Scratch { folder: place.path(), launcher: None };
                let said = compiler
                    .invoke_in(&["-O2", "-o", &out, &source, "-ldl"], place.path(), plain, BUILD_LIMIT)
                    .map_err(|e| format!("their launcher does not build: {e}"))?;
                if !said.ok() || !program.is_file() {
                    let words = match said.ok() {
                        true => "the compiler reported success and wrote nothing".to_string(),
                        false => words::first_error(&said.stderr),
                    };
                    return Err(format!("their launcher does not build with {with}: {words}"));
                }
                store.put(&key, &std::fs::read(&program).map_err(no_place)?);
            }
        }
        let offered = confinement::offered(&program).map_err(|e| {
            let place = place.path().display();
            format!(
                "their launcher cannot be started in {place}: {e}; point TMPDIR to a place that is not mounted noexec"
            )
        })?;
        let (readable, restricts) = (readable::of(compiler), offered.landlock);
        Ok((Built { program, scratch, readable, restricts, _place: place }, offered.lacks()))
    }
}

/// Names the runner as this compiler makes it: its sources, and all that tells the compiler from another.
fn key(compiler: &Compiler) -> [u8; 16] {
    let mut hash = Sha256::new();
    let sources = [SOURCE].into_iter().chain(RUNNER_HEADERS).map(|f| embedded(f).unwrap_or_default());
    let hardening = compiler.hardening.as_deref().unwrap_or_default();
    let path = compiler.path.display().to_string();
    let about = [path, compiler.id(), compiler.target.clone(), compiler.sha256().into(), hardening.into()];
    for text in sources.chain(about.iter().map(String::as_str)) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// Writes a program that can be started.
fn executable(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, bytes)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_built_once_for_as_long_as_it_is_held_and_leaves_nothing() {
        let gcc = Compiler::ask(Path::new("gcc")).unwrap();
        let first = Launcher::of(&gcc);
        let remembered = Compiler { plan: None, ..gcc.clone() };
        assert!(!gcc.sha256().is_empty() && Arc::ptr_eq(&first, &Launcher::of(&remembered)));
        let place = first.built.as_ref().unwrap().program.parent().unwrap().to_path_buf();
        let other = Compiler { hardening: Some("fortify".into()), ..gcc.clone() };
        let second = Launcher::of(&other);
        assert!(!Arc::ptr_eq(&first, &second) && place.is_dir());
        drop(first);
        assert!(!place.exists(), "it goes with the last who held it");
    }

    #[test]
    fn only_the_runner_itself_is_what_it_was_built_from() {
        let launcher = Launcher::of(&Compiler::ask(Path::new("gcc")).unwrap());
        let unit = |file: &str, text: &str| Unit { file: file.into(), text: text.into() };
        let runner = embedded(SOURCE).unwrap();
        assert!(launcher.built_from(&unit(SOURCE, runner)).is_some_and(Path::is_file));
        assert_eq!(launcher.built_from(&unit(SOURCE, "int main;")), None);
        assert_eq!(launcher.built_from(&unit("lockstep.c", runner)), None);
    }

    #[test]
    fn one_that_cannot_be_built_says_so_and_the_compiler_answers_all_the_same() {
        let gcc = Compiler::ask(Path::new("gcc")).unwrap();
        // A program that takes everything and writes nothing.
        let launcher = Launcher::of(&Compiler { path: which::which("true").unwrap(), ..gcc });
        let lacks = launcher.lacks().unwrap();
        assert!(
            lacks.contains("unconfined") && lacks.contains("/true") && lacks.contains("wrote nothing"),
            "{lacks}"
        );
        assert!(!lacks.contains('\n') && launcher.question(&["-Q"]).unwrap().ok());
    }
}
