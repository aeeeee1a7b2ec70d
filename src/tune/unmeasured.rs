//! A section for a host on which nothing was measured.

use super::section::blank;
use crate::catalogue::{Catalogue, Package, Policy};
use crate::profile::{Evidence, Section, Verdict};
use crate::toolchain::MarchChoice;

/// What the CPU alone suggests for a package: the compiler's name for it with its deltas, and its tuning, as far as
/// policy allows. Nothing is known of its effect, and the section says so.
pub fn unmeasured(
    catalogue: &Catalogue,
    package: &Package,
    toolchain: &str,
    choice: &MarchChoice,
) -> Section {
    let base = [&package.base[..], &package.link].concat();
    let allowed = |flag: &String| matches!(catalogue.policy(package, flag), Policy::Allowed(_));
    let mut section = blank(toolchain, &base);
    section.flags =
        [choice.march_flags(), choice.mtune_flags()].concat().into_iter().filter(allowed).collect();
    section.evidence = Evidence::None;
    section.verdict = Verdict::Inconclusive;
    section.reason = "not measured: run `hwtune tune` on this host".into();
    section
}
