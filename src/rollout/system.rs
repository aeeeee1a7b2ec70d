//! A system is the seam between a rollout and the machine.

use crate::process::{Pipes, Program, Running, Shown};
use crate::text::place;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// No answer that is read here is longer.
const KEPT: usize = 64 << 20;

/// A command: its program, arguments and standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Name on PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Text it reads.
    pub stdin: String,
    /// Folder it runs in; the current one where absent.
    pub folder: Option<PathBuf>,
    /// Seconds it may take.
    pub seconds: u64,
    /// It talks to the terminal itself, may ask there, and takes as long as it takes.
    pub shown: bool,
}

impl Call {
    /// A command that may take a minute.
    pub fn new(program: impl Into<String>, args: &[&str]) -> Call {
        let args = args.iter().map(|a| a.to_string()).collect();
        Call { program: program.into(), args, seconds: 60, ..Call::default() }
    }
}

impl fmt::Display for Call {
    /// As one would type it in a shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = std::iter::once(&self.program).chain(&self.args).map(|word| quoted(word));
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

/// A word of a shell, quoted where it must be; control characters, which no such word needs, are left out.
pub(super) fn quoted(word: &str) -> String {
    let clean: String = word.chars().filter(|c| !c.is_control()).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    match !clean.is_empty() && clean.chars().all(plain) {
        true => clean,
        false => format!("'{}'", clean.replace('\'', "'\\''")),
    }
}

/// What a command left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// Exit code; `None` where a signal or the time limit ended it.
    pub code: Option<i32>,
    /// Standard output, lossy UTF-8.
    pub stdout: String,
    /// Standard error, lossy UTF-8.
    pub stderr: String,
}

impl Ran {
    /// Standard output of a command that succeeded, else why it did not, on one line.
    pub fn ok(self, call: &Call) -> Result<String, String> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        let code = self.code.map_or("ended by a signal or the time limit".into(), |c| format!("exit {c}"));
        let silent = if call.shown { "its messages are above" } else { "no message" };
        let last = self.stderr.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or(silent);
        Err(format!("{}: {code}: {}", call.program, crate::render::line(last.trim())))
    }
}

/// The machine as a rollout sees it. Errors are one line without a remedy: the caller knows it.
pub trait System {
    /// Runs a command to its end.
    fn run(&self, call: &Call) -> Result<Ran, String>;
    /// Starts a command that waits for its input, gives the text of its `/proc/PID/maps`, and ends it.
    fn maps(&self, call: &Call) -> Result<String, String>;
    /// The text of a file.
    fn read(&self, path: &Path) -> Result<String, String>;
    /// A path with all links followed.
    fn resolve(&self, path: &Path) -> Result<PathBuf, String>;
    /// When a path, or the link itself, last changed; seconds since 1970.
    fn changed(&self, path: &Path) -> Result<i64, String>;
    /// Seconds since 1970.
    fn now(&self) -> i64;

    /// Runs a command and gives its output where it succeeded.
    fn output(&self, call: &Call) -> Result<String, String> {
        self.run(call)?.ok(call)
    }
}

/// The real machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Machine {
    /// Runs a command in sight of the user: what it prints goes to standard error, ctrl-C reaches it as well.
    fn show(call: &Call) -> Result<Ran, String> {
        let status = Program::new(&call.program).args(&call.args).shown(Shown::OnStandardError);
        let status = status.map_err(|e| format!("{}: cannot be started: {e}", call.program))?;
        Ok(Ran { code: status.code(), ..Ran::default() })
    }

    /// Without what would make the loader take other libraries than the system's.
    fn start(call: &Call) -> Result<Running, String> {
        let steered = ["LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "GLIBC_TUNABLES", "MALLOC_PERTURB_"];
        let mut program =
            Program::new(&call.program).args(&call.args).env("LC_ALL", "C").in_own_group().without(&steered);
        if let Some(folder) = &call.folder {
            program = program.folder(folder);
        }
        program.start(Pipes::All).map_err(|e| format!("{}: cannot be started: {e}", call.program))
    }
}

impl System for Machine {
    fn run(&self, call: &Call) -> Result<Ran, String> {
        if call.shown {
            return Machine::show(call);
        }
        let limit = Duration::from_secs(call.seconds);
        let ended = Machine::start(call)?.attend(call.stdin.as_bytes(), limit, KEPT);
        let ended = ended.map_err(|e| format!("{}: {e}", call.program))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = ended.status.and_then(|status| status.code());
        Ok(Ran { code, stdout: text(&ended.stdout), stderr: text(&ended.stderr) })
    }

    fn maps(&self, call: &Call) -> Result<String, String> {
        let mut running = Machine::start(call)?;
        let path = format!("/proc/{}/maps", running.id());
        let until = Instant::now() + Duration::from_secs(5);
        let mut maps = String::new();
        // The loader needs a moment; what is mapped at two looks in a row is what it maps.
        while Instant::now() < until && running.is_running() {
            let seen = std::fs::read_to_string(&path).unwrap_or_default();
            if seen.contains("libc.so") && seen == maps {
                break;
            }
            maps = seen;
            std::thread::sleep(Duration::from_millis(40));
        }
        running.end();
        if maps.is_empty() {
            Err(format!("{}: ended before it could be looked at", call.program))
        } else {
            Ok(maps)
        }
    }

    fn read(&self, path: &Path) -> Result<String, String> {
        let failed = |e: std::io::Error| format!("{}: {e}", place(path));
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(KEPT as u64).read_to_end(&mut bytes).map_err(failed)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, String> {
        std::fs::canonicalize(path).map_err(|e| format!("{}: {e}", place(path)))
    }

    fn changed(&self, path: &Path) -> Result<i64, String> {
        let about = std::fs::symlink_metadata(path).map_err(|e| format!("{}: {e}", place(path)))?;
        Ok(std::os::unix::fs::MetadataExt::mtime(&about))
    }

    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |time| time.as_secs() as i64)
    }
}

/// Writes seconds since 1970 as `2026-11-24T20:00:00Z`; the text is empty for times before 1970 and after the year 9999, which
/// a damaged file may hold and which cannot be written in this form.
pub fn stamp(seconds: i64) -> String {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds <= LAST);
    let time = seconds.map(|seconds| std::time::UNIX_EPOCH + Duration::from_secs(seconds));
    time.map(|time| humantime::format_rfc3339_seconds(time).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let call = Call::new("nix-env", &["--profile", "/a b", "it's", ""]);
        assert_eq!(call.to_string(), "nix-env --profile '/a b' 'it'\\''s' ''");
    }

    #[test]
    fn commands_end_with_their_output_their_code_or_their_limit() {
        let mut call = Call::new("sh", &["-c", "cat; echo bad >&2; exit 3"]);
        call.stdin = "hello".into();
        let ran = Machine.run(&call).unwrap();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), "hello"));
        assert_eq!(ran.ok(&call).unwrap_err(), "sh: exit 3: bad");
        let slow = Call { seconds: 1, ..Call::new("sh", &["-c", "sleep 60 & sleep 60"]) };
        assert_eq!(Machine.run(&slow).unwrap().code, None);
        assert!(Machine.run(&Call::new("/nonexistent/x", &[])).unwrap_err().contains("cannot be started"));
        assert!(Machine.maps(&Call::new("cat", &[])).unwrap().contains("libc.so"));
    }

    #[test]
    fn a_time_that_cannot_be_written_is_empty() {
        assert_eq!(stamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(stamp(253_402_300_799), "9999-12-31T23:59:59Z");
        for odd in [-1, 253_402_300_800, i64::MIN, i64::MAX] {
            assert_eq!(stamp(odd), "");
        }
    }
}
