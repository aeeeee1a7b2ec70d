//! Whether standard output takes an answer. A write to what is closed or open for reading alone is lost without an error, and
//! one beyond the limit on files ends the process.

use super::exit;
use super::output::Stop;
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, tell};
use rustix::process::{Resource, getrlimit};

/// Whether an answer of so many bytes can be printed. What was closed is open for reading alone: see `closed_stdout.c`.
pub fn takes(bytes: usize) -> Result<(), Stop> {
    let out = std::io::stdout();
    let reads_only = fcntl_getfl(&out).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDONLY);
    let what = match reads_only {
        true => "it is closed, or open for reading alone",
        false if beyond_limit(bytes) => "the size of files is limited here (`ulimit -f`)",
        false => return Ok(()),
    };
    let message = format!("standard output: the answer cannot be written, {what}; give a file with -o");
    Err(Stop { code: exit::CANNOT_WRITE, message })
}

fn beyond_limit(bytes: usize) -> bool {
    let Some(limit) = getrlimit(Resource::Fsize).current else { return false };
    let out = std::io::stdout();
    let is_file =
        fstat(&out).is_ok_and(|about| FileType::from_raw_mode(about.st_mode) == FileType::RegularFile);
    is_file && tell(&out).unwrap_or(0).saturating_add(bytes as u64) > limit
}
