//! Exit codes, in one place. They are part of the interface.

/// The command did what it was asked.
pub const OK: u8 = 0;
/// A fault of hwtune itself or of the machine.
pub const INTERNAL: u8 = 1;
/// Usage or bad input, also a kernel that does not compile or fails under its base flags.
pub const USAGE: u8 = 2;
/// Inconclusive under `--strict`.
pub const INCONCLUSIVE: u8 = 11;
/// `rollout verify` advises to roll back.
pub const ROLL_BACK: u8 = 12;
/// `rollout imported`: the configuration imports no rendered module.
pub const NOT_IMPORTED: u8 = 13;
/// No usable compiler.
pub const NO_COMPILER: u8 = 20;
/// The profile is newer than the tool.
pub const NEWER_PROFILE: u8 = 21;
/// Refused by policy.
pub const REFUSED: u8 = 22;
/// Could not write.
pub const CANNOT_WRITE: u8 = 30;
/// Interrupted; what was measured is kept.
pub const INTERRUPTED: u8 = 130;

/// Shown at the end of `--help`.
pub const HELP: &str = "\
Exit codes: 0 ok, 1 internal error, 2 usage or bad input (also a kernel that does not compile or fails under its \
base flags), 11 inconclusive under --strict, 12 roll back (rollout verify), 13 not imported (rollout \
imported), 20 no usable compiler, 21 profile newer than hwtune, 22 refused by \
policy, 30 could not write, 130 interrupted (what was measured is kept).";
