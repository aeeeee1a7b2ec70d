//! This module checks that a profile's claims follow from its own rows, from what its host offers and from today's
//! catalogue.

use super::offered;
use super::selection::{Choice, Dropped};
use crate::catalogue::{Catalogue, Features};
use crate::check::{Subject, catalogue_fingerprint};
use crate::profile::{Evidence, JudgedKind, Judgement, Profile, Section, Stage, Toolchain, Verdict};
use crate::toolchain;
use std::collections::BTreeSet;

/// Why no row of a section confirms its flags and figures; `None` where one does.
pub(super) fn unfounded(section: &Section) -> Option<String> {
    let flags = &section.flags;
    let same = |j: &[String]| j.len() == flags.len() && j.iter().all(|f| flags.contains(f));
    // `without` compares with the set less these flags: that is the base only where they are the whole set.
    let claim = |j: &&Judgement| {
        j.stage == Stage::Confirm && j.kernel.is_none() && (j.kind != JudgedKind::Without || same(flags))
    };
    let mut rows = section.judged.iter().filter(claim).filter(|j| same(&j.flags)).peekable();
    if rows.peek().is_none() {
        return Some("no row of the profile confirms exactly these flags".into());
    }
    let own = (section.effect, section.low, section.high);
    match rows.any(|j| j.verdict == Verdict::Helps && (j.effect, j.low, j.high) == own) {
        true => None,
        false => Some("the row that confirms these flags has another verdict or other figures".into()),
    }
}

/// What is to be said where the kernels, flags or rules that a section was measured with have changed since.
pub(super) fn outdated(section: &Section, name: &str, catalogue: &Catalogue) -> Option<String> {
    let own = section.catalogue.as_ref().filter(|_| section.evidence != Evidence::None)?;
    let subject = match section.evidence {
        Evidence::Package => Subject::Trial(name),
        _ => Subject::Package(name),
    };
    (*own != catalogue_fingerprint(catalogue, subject)).then(|| {
        format!(
            "measured with kernels or rules that have changed since; measure again with `hwtune tune --package {name}`"
        )
    })
}

/// Takes from a decision the flags that promise more than the profile's host offers: code built with them dies with SIGILL.
pub(super) fn keep_to_host(choice: &mut Choice, profile: &Profile) {
    let toolchain = profile.toolchain.iter().find(|t| t.id == choice.toolchain);
    let Some(toolchain) = toolchain.or(profile.toolchain.first()) else { return };
    let reasons: Vec<(String, String)> = match machine(toolchain) {
        Machine::X86 => too_much(profile, toolchain, &choice.kept),
        Machine::Other => {
            let own = &toolchain.march;
            let foreign = |flag: &&String| {
                let name = flag.strip_prefix("-mcpu=").or(flag.strip_prefix("-march="));
                name.is_some_and(|name| name != own && name != "generic")
            };
            let why = format!("names another CPU than {own}, which was decided for this one");
            choice.kept.iter().filter(foreign).map(|flag| (flag.clone(), why.clone())).collect()
        }
    };
    if reasons.is_empty() {
        return;
    }
    choice.kept.retain(|flag| !reasons.iter().any(|(f, _)| f == flag));
    if !choice.kept.is_empty() && choice.measured {
        choice.notes.push("NOT MEASURED in this form: what the host does not offer is left out".into());
    }
    (choice.measured, choice.figures) = (false, None);
    choice.dropped.extend(reasons.into_iter().map(|(flag, reason)| Dropped { flag, reason }));
}

enum Machine {
    X86,
    Other,
}

fn machine(toolchain: &Toolchain) -> Machine {
    match toolchain.target.split('-').next().unwrap_or_default() {
        "x86_64" | "amd64" | "i386" | "i486" | "i586" | "i686" => Machine::X86,
        _ => Machine::Other,
    }
}

/// Flags of a set that enable what the host lacks, each with what that is, by the table of the compiler.
fn too_much(profile: &Profile, toolchain: &Toolchain, set: &[String]) -> Vec<(String, String)> {
    let offered: BTreeSet<String> = offered::own(profile).into_iter().map(String::from).collect();
    let lacks = |feature: &String| !offered.contains(feature) && !Features::get().is_inert(feature, &offered);
    let enables = |options: &[String]| toolchain::enables(&toolchain.compiler, &toolchain.version, options);
    let arch: Vec<String> = set.iter().filter(|f| is_arch(f)).cloned().collect();
    let unknown = |flag: &String| {
        let name = flag.strip_prefix("-march=").or(flag.strip_prefix("-mcpu="))?;
        let known = flag.starts_with("-march=") && enables(std::slice::from_ref(flag)).is_some();
        (!known).then(|| (flag.clone(), format!("no table for x86 tells what {name} has")))
    };
    let unknown: Vec<(String, String)> = arch.iter().filter_map(unknown).collect();
    let known: Vec<String> = arch.iter().filter(|f| !unknown.iter().any(|(u, _)| u == *f)).cloned().collect();
    let missing: Vec<String> = enables(&known).unwrap_or_default().into_iter().filter(lacks).collect();
    let blame = |flag: &String| {
        let own = enables(std::slice::from_ref(flag)).unwrap_or_default();
        let what = missing.iter().find(|m| own.contains(*m))?;
        Some((flag.clone(), format!("implies {what}, which this host does not offer")))
    };
    let guilty = known.iter().filter_map(blame);
    unknown.iter().cloned().chain(guilty).collect()
}

/// Whether an option says which instructions there are: a name, or one of the features.
fn is_arch(flag: &str) -> bool {
    let feature = |f: &str| Features::get().names.contains(f);
    flag.starts_with("-march=")
        || flag.starts_with("-mcpu=")
        || flag.strip_prefix("-m").is_some_and(|f| feature(f) || f.strip_prefix("no-").is_some_and(feature))
}
