//! Arguments, one short function a command, terminal output, exit codes.

mod exit;

use std::process::ExitCode;

/// Parses the arguments, runs the command, and maps its outcome to an exit code.
pub fn main() -> ExitCode {
    ExitCode::from(exit::USAGE)
}
