//! Exit codes, in one place. They are part of the interface.

/// The command did what it was asked.
pub const OK: u8 = 0;
/// A fault of hwtune itself or of the machine.
pub const INTERNAL: u8 = 1;
/// Usage or bad input, also a kernel that does not compile or fails under its base flags.
pub const USAGE: u8 = 2;
/// The profile is stale.
pub const STALE: u8 = 10;
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

/// All of them, with what they mean: the text of `--help`, of `explain` and of `list`.
pub const CODES: &[(u8, &str)] = &[
    (OK, "ok"),
    (INTERNAL, "internal error"),
    (USAGE, "usage or bad input (also a kernel that does not compile or fails under its base flags)"),
    (STALE, "profile stale here"),
    (INCONCLUSIVE, "inconclusive under --strict"),
    (ROLL_BACK, "roll back (rollout verify)"),
    (NOT_IMPORTED, "not imported (rollout imported)"),
    (NO_COMPILER, "no usable compiler"),
    (NEWER_PROFILE, "profile newer than hwtune"),
    (REFUSED, "refused by policy"),
    (CANNOT_WRITE, "could not write"),
    (INTERRUPTED, "interrupted (what was measured is kept)"),
];

/// Shown at the end of `--help`.
pub fn help() -> String {
    let all: Vec<String> = CODES.iter().map(|(code, what)| format!("{code} {what}")).collect();
    format!("Exit codes: {}.", all.join(", "))
}
