//! Exit codes, in one place. They are part of the interface.
#![allow(dead_code)]

/// The command did what it was asked.
pub const OK: u8 = 0;
/// A fault of hwtune itself.
pub const INTERNAL: u8 = 1;
/// Usage or bad input, also a kernel that does not compile or fails under its base flags.
pub const USAGE: u8 = 2;
/// `check`: the profile is stale here.
pub const STALE: u8 = 10;
/// Inconclusive under `--strict`.
pub const INCONCLUSIVE: u8 = 11;
/// `rollout verify` advises to roll back.
pub const ROLL_BACK: u8 = 12;
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
