//! Runs a build with stand-ins first in PATH, and makes a record of their log.

use super::assembled::assembled;
use super::document::{RecordError, RecordedBuild};
use super::log;
use super::tools::Tools;
use crate::files::Workspace;
use crate::process::{Program, Shown};
use crate::toolchain::cache_folder;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names the log for the stand-ins.
pub(super) const LOG: &str = "HWTUNE_RECORD_LOG";
/// Names their folder.
pub(super) const BIN: &str = "HWTUNE_RECORD_BIN";
/// Where builds read their tools from.
const VARIABLES: [&str; 6] = ["CC", "CXX", "AR", "LD", "HOSTCC", "CPP"];

/// A build that is about to be recorded.
#[derive(Debug)]
pub struct Recording {
    command: Vec<String>,
    folder: PathBuf,
    /// What a build says goes where the caller's own output goes, or nowhere.
    shown: Shown,
}

impl Recording {
    /// Of a command, word by word, that runs in a folder.
    pub fn new(command: &[String], folder: &Path) -> Recording {
        Recording { command: command.to_vec(), folder: folder.to_path_buf(), shown: Shown::All }
    }

    /// The same, of which only standard error is shown.
    pub fn without_output(self) -> Recording {
        Recording { shown: Shown::Errors, ..self }
    }

    /// Runs the build to its end and makes the record.
    pub fn run(&self) -> Result<RecordedBuild, RecordError> {
        let told = shlex::try_join(self.command.iter().map(String::as_str)).unwrap_or_default();
        let told = crate::text::one_line(&told);
        let wrong = |what: String, remedy: &str| RecordError::new(told.clone(), what, remedy);
        let Some((program, words)) = self.command.split_first() else {
            return Err(RecordError::new(
                "hwtune record",
                "no command",
                "name the build: hwtune record -- make",
            ));
        };
        let tools = Tools::load().map_err(|e| wrong(e, "report it"))?;
        let room = "make room in the cache folder and under TMPDIR";
        let workspace = Workspace::new().map_err(|e| wrong(e.to_string(), room))?;
        let log = workspace.write("log", b"").map_err(|e| wrong(e.to_string(), room))?;
        let bin = stand_ins(&tools, workspace.path()).map_err(|e| wrong(e.to_string(), room))?;
        let mut build = Program::new(program).args(words).folder(&self.folder).env(LOG, &log).env(BIN, &bin);
        build = build.env("PATH", with_first(&bin));
        // A compiler cache answers without the linker, and distcc elsewhere; the commands are the same.
        build = build.env("CCACHE_DISABLE", "1").env("SCCACHE_DISABLE", "1").env("DISTCC_HOSTS", "localhost");
        for (name, value) in VARIABLES.iter().filter_map(|n| Some((n, std::env::var(n).ok()?))) {
            build = build.env(name, stood_in(&value, &bin));
        }
        let status =
            build.shown(self.shown).map_err(|e| wrong(e.to_string(), "name a build command in PATH"))?;
        if !status.success() {
            return Err(wrong(
                format!("the build failed ({status})"),
                "correct the build, then record it again",
            ));
        }
        let logged = log::read(&log).map_err(|e| wrong(e, room))?;
        let steps = assembled(logged, &tools);
        if steps.is_empty() {
            let what = "nothing was compiled and linked by a compiler found in PATH";
            let remedy = "clean the tree first; where the build names its compiler by an absolute path, as CMake does \
                          once it is configured, configure it under `hwtune record` as well";
            return Err(wrong(what.into(), remedy));
        }
        Ok(RecordedBuild::new(self.command.clone(), steps))
    }
}

/// The stand-ins: links to this program, one for each tool in PATH. They stay in the cache, since a configured tree may
/// name them in its own files; without a log they are what they stand for.
fn stand_ins(tools: &Tools, fallback: &Path) -> std::io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let bin = cache_folder("record").map_or(fallback.join("bin"), |folder| folder.join("bin"));
    let usable = std::fs::create_dir_all(&bin).is_ok();
    let bin = if usable { bin } else { fallback.join("bin") };
    std::fs::create_dir_all(&bin)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).filter_map(|f| std::fs::read_dir(f).ok());
    let names: BTreeSet<String> = folders
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| tools.kind(name).is_some())
        .collect();
    for name in names {
        let link = bin.join(&name);
        if std::fs::read_link(&link).ok().as_ref() == Some(&own) {
            continue;
        }
        // Put beside and renamed: another recording may be using it.
        let beside = bin.join(format!(".{name}.{}", std::process::id()));
        std::os::unix::fs::symlink(&own, &beside)?;
        std::fs::rename(&beside, &link)?;
    }
    Ok(bin)
}

fn with_first(bin: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}

/// The value of `CC` and the like with the stand-in in place of a tool that is named by an absolute path.
fn stood_in(value: &str, bin: &Path) -> String {
    let (program, rest) = value.split_once(' ').unwrap_or((value, ""));
    let name = Path::new(program).file_name().map(|n| bin.join(n));
    match name.filter(|link| Path::new(program).is_absolute() && link.is_symlink()) {
        Some(link) => format!("{} {rest}", link.display()).trim_end().to_string(),
        None => value.to_string(),
    }
}
