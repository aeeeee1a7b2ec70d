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

/// All of them, with what they mean and what to do: the text of `--help`, of `explain` and of `list`.
pub const CODES: &[(u8, &str, &str)] = &[
    (OK, "ok", "Whatever the verdicts: `tune` and `compare` exit with 0 also where nothing helps."),
    (
        INTERNAL,
        "internal error",
        "hwtune or the machine failed, not the input. Please report it with the message.",
    ),
    (
        USAGE,
        "usage or bad input (also a kernel that does not compile or fails under its base flags)",
        "The message names the argument, file or key and the remedy.",
    ),
    (STALE, "profile stale here", "`hwtune check` tells what changed; tune again."),
    (
        INCONCLUSIVE,
        "inconclusive under --strict",
        "A section stayed undecided: tune again with a larger --budget, or without --strict. Or a promise of `selftest`, or the goal of \
         `transfer`, was not kept.",
    ),
    (
        ROLL_BACK,
        "roll back (rollout verify)",
        "The running system is slower or wrong with the flags. `hwtune rollout back` goes back.",
    ),
    (
        NOT_IMPORTED,
        "not imported (rollout imported)",
        "The configuration imports no rendered module. Add it to `imports`, as the module's head says.",
    ),
    (NO_COMPILER, "no usable compiler", "Install gcc or clang, or name a compiler with --cc."),
    (NEWER_PROFILE, "profile newer than hwtune", "Another hwtune wrote the profile. Upgrade this one."),
    (
        REFUSED,
        "refused by policy",
        "A rule forbids what was asked for; the message gives its reason and, where there is one, the way to opt in.",
    ),
    (CANNOT_WRITE, "could not write", "What was there is untouched. Name another file with -o, or `-o -`."),
    (
        INTERRUPTED,
        "interrupted (what was measured is kept)",
        "Confirmed sections were written; the rest can be tuned again.",
    ),
];

/// Shown at the end of `--help`.
pub fn help() -> String {
    let all: Vec<String> = CODES.iter().map(|(code, what, _)| format!("{code} {what}")).collect();
    format!("Exit codes: {}.", all.join(", "))
}
