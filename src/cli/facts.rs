//! This module gives names to values of the tables.

use hwtune::catalogue::{Catalogue, FlagKind, Layer, Policy};
use hwtune::profile::Verdict;

/// Where a flag acts.
pub fn kind(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Codegen => "code generation",
        FlagKind::Link => "linking",
        FlagKind::BuildOnly => "the build alone, not the code",
    }
}

/// When a package is built.
pub fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Bootstrap => "part of nixpkgs' bootstrap: a change rebuilds everything",
        Layer::User => "built with the final compiler",
    }
}

/// What each package's rules say of a flag: those that write it, and those that do on request.
pub fn policies(catalogue: &Catalogue, flag: &str) -> Vec<String> {
    // Names of the compiler's decision stand for the CPU's: any will do to find the rule.
    let flag = flag.replace("{march}", "x86-64").replace("{mtune}", "generic");
    let (mut allowed, mut on_request) = (Vec::new(), Vec::new());
    for (name, package) in &catalogue.packages {
        match catalogue.policy(package, &flag) {
            Policy::Allowed(_) => allowed.push(name.as_str()),
            Policy::OptIn(_) => on_request.push(name.as_str()),
            Policy::Refused(_) => {}
        }
    }
    let words =
        |what: &str, names: Vec<&str>| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    [words("allowed in", allowed), words("on request (--allow) in", on_request)]
        .into_iter()
        .flatten()
        .collect()
}

/// What a verdict means, and what follows from it.
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Refused => (
            "policy forbids it",
            "It is never built or timed. The reason names the rule; some can be opted in to with --allow PACKAGE:FLAG, a \
             whole class of risk for one run with --allow CLASS.",
        ),
        Verdict::Unsupported => (
            "the compiler or linker does not take it",
            "The reason holds its message. A newer compiler may take it: tune again after an upgrade.",
        ),
        Verdict::Crashed => (
            "the build with it crashed, hung or broke a limit",
            "It is never written. A crash under a harmless flag is a fault of the compiler or of the kernel: report it.",
        ),
        Verdict::WrongResult => (
            "the build with it computes something else than the base",
            "It is never written. Where only fused multiply-adds differ, the flag is tried with -ffp-contract=off. Functions \
             whose contract is the size of an error, those of libm, may round otherwise within what their library documents: \
             `within_bounds` in the profile has both errors, and tune --exact forbids it.",
        ),
        Verdict::SameCode => (
            "the build with it is the base, byte for byte",
            "There is nothing to time and nothing to gain on this compiler.",
        ),
        Verdict::Helps => (
            "faster: the interval lies wholly above +margin",
            "A flag or a set that helps alone is a candidate; only a set that was confirmed on fresh builds is written.",
        ),
        Verdict::Harms => (
            "slower: the interval lies wholly below -margin",
            "It is not written, however often it is recommended elsewhere.",
        ),
        Verdict::Equivalent => (
            "no difference that matters: the interval lies inside +-margin",
            "It is not written: a flag that does nothing still costs a rebuild. --margin says what matters.",
        ),
        Verdict::LayoutSensitive => (
            "undecided, and where the code lies in memory matters more than the flag",
            "The spread between layouts is beyond two margins: a difference seen once is luck. A larger --budget draws more layouts.",
        ),
        Verdict::Inconclusive => (
            "undecided",
            "The interval reaches across a margin. Tune again with a larger --budget, or on a quieter machine.",
        ),
        Verdict::NotReached => (
            "never timed, or not to the end: the time was over before",
            "Nothing is known of it. Tune again with a larger --budget, or name it alone in a file for --candidates.",
        ),
    }
}
