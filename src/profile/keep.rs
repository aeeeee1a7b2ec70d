//! What stays of a profile that is already there when a new run is written: no result is lost to a weaker one.

use super::{Evidence, Host, Profile, Section, Toolchain, Verdict};
use std::collections::BTreeMap;

/// A profile made of the old one and a new run.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What is to be written.
    pub profile: Profile,
    /// What was kept or replaced, one line each.
    pub notes: Vec<String>,
    /// Whether something of worth in the old profile is not in the new one.
    pub loses: bool,
}

/// How much a section says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Nothing was measured.
    Nothing,
    /// Measured, and open.
    Open,
    /// Decided through kernels.
    Kernels,
    /// Decided through the package itself.
    Package,
}

fn worth(section: &Section) -> Worth {
    let open = matches!(section.verdict, Verdict::Inconclusive | Verdict::LayoutSensitive);
    match (section.evidence, open) {
        (Evidence::None, _) => Worth::Nothing,
        (_, true) if section.effect.is_none() => Worth::Nothing,
        (_, true) => Worth::Open,
        (Evidence::Kernel, false) => Worth::Kernels,
        (Evidence::Package, false) => Worth::Package,
    }
}

/// Why a profile is another machine's than this host's; `None` where it is this host's own.
pub fn other_host(old: &Host, now: &Host) -> Option<String> {
    if old.name != now.name {
        return Some(format!("it is the profile of {:?}, and this host is {:?}", old.name, now.name));
    }
    let cpu = |h: &Host| (h.vendor.clone(), h.family, h.model);
    (cpu(old) != cpu(now)).then(|| format!("it is the profile of another CPU, {}", old.cpu))
}

/// Why measuring a subject with this compiler and evidence would replace a result that answers another or a better
/// question; `None` where it would not.
pub fn weaker(old: &Section, toolchain: &str, evidence: Evidence) -> Option<String> {
    if worth(old) <= Worth::Open {
        return None;
    }
    if old.toolchain != toolchain {
        return Some(format!("it holds {}, measured with {}", said(old), old.toolchain));
    }
    let kernels = old.evidence == Evidence::Package && evidence != Evidence::Package;
    kernels.then(|| format!("it holds {}, measured on the package's own sources", said(old)))
}

/// Joins a new run with the profile that is there. Sections of other subjects stay, with their compilers; of the same
/// subject the stronger result stays, unless `force`. `subset` says that not all compilers were asked: then the order
/// of the old ones stays.
pub fn keep(made: Profile, old: Option<Profile>, force: bool, subset: bool) -> Kept {
    let Some(old) = old else { return Kept { profile: made, notes: Vec::new(), loses: false } };
    let mut kept = Kept { profile: made, notes: Vec::new(), loses: false };
    let decided = old.package.values().chain(old.kernel.values()).any(|s| worth(s) > Worth::Open);
    if let Some(why) = changed(&old.host, &kept.profile.host) {
        if decided {
            kept.notes
                .push(format!("{why} since the old profile was measured: its results do not hold here"));
        }
        kept.loses = decided;
        return kept;
    }
    let anew: Vec<String> = old
        .toolchain
        .iter()
        .filter(|t| kept.profile.toolchain.iter().any(|now| rebuilt(t, now)))
        .map(|t| t.id.clone())
        .collect();
    let Profile { package, kernel, .. } = &mut kept.profile;
    for (kind, now, old) in [("package", package, &old.package), ("kernel", kernel, &old.kernel)] {
        let lost = join(kind, now, old, &anew, force, &mut kept.notes);
        kept.loses |= lost;
    }
    toolchains(&mut kept.profile, &old, subset);
    kept.profile.fingerprint = super::fingerprint(&kept.profile);
    kept
}

/// What became of the host that its old results rest on.
fn changed(old: &Host, now: &Host) -> Option<&'static str> {
    if other_host(old, now).is_some() {
        return Some("the host is another one");
    }
    let offers = |h: &Host| (h.features.clone(), h.masked.clone(), h.microarchitecture.clone(), h.stepping);
    (offers(old) != offers(now)).then_some("what the CPU and its system offer changed")
}

/// Whether a compiler of one name is another program now.
fn rebuilt(old: &Toolchain, now: &Toolchain) -> bool {
    let known = !old.sha256.is_empty() && !now.sha256.is_empty();
    old.id == now.id && old.target == now.target && known && old.sha256 != now.sha256
}

/// Adds the old sections to the new ones; true where a decided one is gone. `anew` are compilers that were rebuilt:
/// what was measured with them cannot be distinguished from what would be.
fn join(
    kind: &str,
    now: &mut BTreeMap<String, Section>,
    old: &BTreeMap<String, Section>,
    anew: &[String],
    force: bool,
    notes: &mut Vec<String>,
) -> bool {
    let mut lost = false;
    for (name, section) in old {
        let decided = worth(section) > Worth::Open;
        let rebuilt = anew.contains(&section.toolchain);
        // What rests on documented errors is no answer where equal bits were asked for.
        let bounds = |new: &Section| new.exact && section.rests_on_bounds();
        match now.get(name) {
            None if rebuilt && decided => {
                let compiler = &section.toolchain;
                notes.push(format!(
                    "{kind} {name}: {} is left out: {compiler} was rebuilt since",
                    said(section)
                ));
                lost = true;
            }
            None => {
                now.insert(name.clone(), section.clone());
            }
            Some(new) if worth(new) < worth(section) && !force && !rebuilt && !bounds(new) => {
                let why = match new.reason.is_empty() {
                    true => new.verdict.to_string(),
                    false => new.reason.clone(),
                };
                notes.push(format!(
                    "{kind} {name}: keeps {}; this run says less ({why}), and --force writes it all the same",
                    said(section)
                ));
                now.insert(name.clone(), section.clone());
            }
            Some(_) if decided => {
                notes.push(format!("{kind} {name}: replaces {}", said(section)));
                lost |= force;
            }
            Some(_) => {}
        }
    }
    lost
}

/// A result in a few words.
fn said(section: &Section) -> String {
    let figures = match (section.effect, section.low, section.high) {
        (Some(effect), Some(low), Some(high)) => format!(" {effect:+.2} [{low:+.2}, {high:+.2}]"),
        _ => String::new(),
    };
    let at = section.run.as_ref().map(|run| format!(" of {}", run.measured_at)).unwrap_or_default();
    format!("{}{figures}{at}", section.verdict)
}

/// The compilers asked now, and those that kept sections were measured with.
fn toolchains(made: &mut Profile, old: &Profile, subset: bool) {
    let used = |id: &str| made.package.values().chain(made.kernel.values()).any(|s| s.toolchain == id);
    let there = |list: &[Toolchain], t: &Toolchain| list.iter().any(|o| o.id == t.id && o.target == t.target);
    let fresh = std::mem::take(&mut made.toolchain);
    if !subset {
        let more = old.toolchain.iter().filter(|t| !there(&fresh, t) && used(&t.id)).cloned();
        let more: Vec<Toolchain> = more.collect();
        let reasons = &mut made.reasons.toolchain;
        reasons.extend(more.iter().filter_map(|t| old.reasons.toolchain.get_key_value(&t.id)).map(owned));
        made.toolchain = fresh.into_iter().chain(more).collect();
        return;
    }
    let now =
        |t: &Toolchain| fresh.iter().find(|f| f.id == t.id && f.target == t.target).unwrap_or(t).clone();
    made.toolchain = old.toolchain.iter().map(now).collect();
    made.toolchain.extend(fresh.iter().filter(|t| !there(&old.toolchain, t)).cloned());
    for (id, reasons) in &old.reasons.toolchain {
        made.reasons.toolchain.entry(id.clone()).or_insert_with(|| reasons.clone());
    }
}

fn owned((id, reasons): (&String, &Vec<String>)) -> (String, Vec<String>) {
    (id.clone(), reasons.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old() -> Profile {
        super::super::parse(include_str!("../../tests/profiles/measured.toml"), "old").unwrap()
    }

    /// A run that says this of zlib and nothing else.
    fn run(verdict: Verdict, effect: Option<f64>) -> Profile {
        let mut made = old();
        made.package.retain(|name, _| name == "zlib");
        let zlib = made.package.get_mut("zlib").unwrap();
        (zlib.verdict, zlib.effect, zlib.low, zlib.high) = (verdict, effect, effect, effect);
        (zlib.reason, zlib.flags) = ("time ran out".into(), Vec::new());
        made
    }

    #[test]
    fn what_is_weaker_does_not_replace_what_is_stronger() {
        for weak in [run(Verdict::Inconclusive, None), run(Verdict::LayoutSensitive, Some(1.0))] {
            let kept = keep(weak.clone(), Some(old()), false, false);
            assert_eq!(kept.profile.package, old().package);
            assert!(kept.notes[0].starts_with("package zlib: keeps helps +3.10") && !kept.loses, "{kept:?}");
            let forced = keep(weak.clone(), Some(old()), true, false);
            assert_eq!(forced.profile.package["zlib"], weak.package["zlib"]);
            assert!(forced.loses && forced.profile.package.contains_key("glibc"));
        }
        let equal = run(Verdict::Equivalent, Some(0.1));
        let kept = keep(equal.clone(), Some(old()), false, false);
        assert_eq!(kept.profile.package["zlib"], equal.package["zlib"]);
        assert!(kept.notes[0].contains("replaces helps +3.10 [+1.80, +4.40]"), "{:?}", kept.notes);
    }

    #[test]
    fn what_rests_on_bounds_gives_way_where_equal_bits_are_asked_for() {
        let mut before = old();
        let of = |function: &str| crate::profile::WithinBounds {
            kernel: "zlib/sums".into(),
            function: function.into(),
            base: 0.5,
            variant: 0.75,
            bound: 1.0,
        };
        before.package.get_mut("zlib").unwrap().judged[0].within_bounds = vec![of("sin")];
        let mut exact = run(Verdict::Inconclusive, None);
        exact.package.get_mut("zlib").unwrap().judged.clear();
        assert!(keep(exact.clone(), Some(before.clone()), false, false).notes[0].contains("keeps helps"));
        exact.package.get_mut("zlib").unwrap().exact = true;
        let kept = keep(exact.clone(), Some(before), false, false);
        assert_eq!(kept.profile.package["zlib"], exact.package["zlib"]);
        // Equal bits are no worse for having been asked for.
        assert!(keep(exact, Some(old()), false, false).notes[0].contains("keeps helps"));
    }

    #[test]
    fn sections_of_other_compilers_stay_beside() {
        let mut made = run(Verdict::Equivalent, Some(0.1));
        made.toolchain[0] =
            Toolchain { id: "clang-19.1.7".into(), compiler: "clang".into(), ..made.toolchain[0].clone() };
        made.package.get_mut("zlib").unwrap().toolchain = "clang-19.1.7".into();
        let ids = |p: &Profile| p.toolchain.iter().map(|t| t.id.clone()).collect::<Vec<_>>();
        let kept = keep(made.clone(), Some(old()), false, false).profile;
        assert_eq!(ids(&kept), ["clang-19.1.7", "gcc-12.2.0"]);
        assert_eq!(kept.package["glibc"], old().package["glibc"]);
        assert_eq!(kept.fingerprint, super::super::fingerprint(&kept));
        assert_eq!(ids(&keep(made, Some(old()), false, true).profile), ["gcc-12.2.0", "clang-19.1.7"]);
        let zlib = &old().package["zlib"];
        assert!(weaker(zlib, "clang-19.1.7", Evidence::Package).unwrap().contains("with gcc-12.2.0"));
        assert_eq!(weaker(zlib, "gcc-12.2.0", Evidence::Kernel), None);
        let real = Section { evidence: Evidence::Package, ..zlib.clone() };
        assert!(weaker(&real, "gcc-12.2.0", Evidence::Kernel).unwrap().contains("own sources"));
    }

    #[test]
    fn another_host_and_another_build_are_told_apart() {
        let made = || run(Verdict::Equivalent, Some(0.1));
        let mut lost = made();
        lost.host.features.retain(|f| f != "avx2");
        let kept = keep(lost, Some(old()), false, false);
        assert!(kept.loses && !kept.profile.package.contains_key("glibc"), "{kept:?}");
        let mut anew = made();
        anew.toolchain[0].sha256 = "bb".into();
        let mut before = old();
        before.toolchain[0].sha256 = "aa".into();
        let kept = keep(anew, Some(before), false, false);
        assert!(kept.loses && kept.notes[0].contains("was rebuilt"), "{kept:?}");
        let mut other = old().host;
        other.name = "other".into();
        assert!(other_host(&old().host, &other).unwrap().contains("\"shoshin\""));
        let mut cpu = old().host;
        cpu.model += 1;
        assert!(other_host(&old().host, &cpu).unwrap().contains("another CPU"));
        let mut cores = made();
        cores.host.cores = 2;
        assert!(!keep(cores, Some(old()), false, false).loses);
    }
}
