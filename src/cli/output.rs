//! This module writes answers and notes, and maps errors to exit codes.

use super::common::{Common, Format};
use super::terminal::Paper;
use super::{exit, shown};
use clap::ColorChoice;
use hwtune::profile;
use hwtune::text::visible_toml;
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, tell};
use rustix::process::{Resource, getrlimit};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// An exit code that is not a fault of hwtune's, with its message.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Stop {
    /// From [`exit`].
    pub code: u8,
    /// One line: the thing, the place, the remedy.
    pub message: String,
}

impl Stop {
    /// Usage or bad input.
    pub fn usage(message: impl Into<String>) -> Stop {
        Stop { code: exit::USAGE, message: message.into() }
    }
}

/// Gives the answer: to the file of `-o`, whole or not at all, else to standard output, where a terminal obeys nothing in
/// it but our own colours.
pub fn answer(common: &Common, text: &str) -> anyhow::Result<()> {
    match common.format {
        Format::Human => file(common, &shown::text(text)),
        Format::Json => file(common, &shown::json(text)),
        Format::Toml => file(common, &visible_toml(text)),
    }
}

/// The same, of which a terminal gets a screen unless all was asked for.
pub fn screenful(common: &Common, text: &str) -> anyhow::Result<()> {
    match common.format {
        Format::Human => answer(common, &Paper::of(common).screen(text, common.verbose > 0)),
        _ => answer(common, text),
    }
}

/// Gives a text that another program reads, as it is.
pub fn file(common: &Common, text: &str) -> anyhow::Result<()> {
    match &common.output {
        // Colours belong to a terminal: into a file only where they were asked for.
        Some(path)
            if path != Path::new("-") && common.color != ColorChoice::Always && text.contains('\u{1b}') =>
        {
            Ok(profile::write(path, &anstream::adapter::strip_str(text).to_string())?)
        }
        Some(path) if path != Path::new("-") => Ok(profile::write(path, text)?),
        _ => print(text),
    }
}

/// Writes to standard output. A reader that went away (`| head`) is not an error.
pub fn print(text: &str) -> anyhow::Result<()> {
    takes(text.len())?;
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Stop { code: exit::CANNOT_WRITE, message: format!("standard output: {e}") }.into())
        }
        _ => Ok(()),
    }
}

/// Says a line on standard error unless `-q`.
pub fn note(common: &Common, text: &str) {
    if !common.quiet {
        writeln!(anstream::stderr(), "hwtune: {}", shown::line(text)).ok();
    }
}

/// Whether an answer of so many bytes can be printed: a write to what is closed or open for reading alone is lost without an error, and
/// one beyond the limit on files ends the process. What was closed is open for reading alone: see `closed_stdout.c`.
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
