//! What is claimed for a group, case by case.

use crate::fleet::{detected, named};
use hwtune::fleet::{By, Group, merge};
use hwtune::profile::{Evidence, JudgedKind, Judgement, Profile, Section, Stage, Verdict};

/// A Skylake host on which `flags` were confirmed to help zlib.
fn measured(host: &str, flags: &[&str], low: f64) -> Profile {
    let mut profile = named("measured", host);
    profile.package.retain(|name, _| name == "zlib");
    let zlib = zlib(&mut profile);
    zlib.flags = flags.iter().map(|f| f.to_string()).collect();
    (zlib.effect, zlib.low, zlib.high) = (Some(low + 1.0), Some(low), Some(low + 2.0));
    let row = Judgement { effect: zlib.effect, high: zlib.high, ..judged(flags, Verdict::Helps, low) };
    zlib.judged = if flags.is_empty() { Vec::new() } else { vec![row] };
    profile
}

fn zlib(profile: &mut Profile) -> &mut Section {
    profile.package.get_mut("zlib").unwrap()
}

fn judged(flags: &[&str], verdict: Verdict, low: f64) -> Judgement {
    Judgement {
        flags: flags.iter().map(|f| f.to_string()).collect(),
        kind: JudgedKind::Alone,
        stage: Stage::Confirm,
        verdict,
        reason: String::new(),
        kernel: None,
        effect: Some(low + 0.5),
        low: Some(low),
        high: Some(low + 1.0),
        layouts: 16,
        pairs: 160,
        base_ns: None,
        layout_effects: Vec::new(),
        layout_spread: Vec::new(),
        within_bounds: Vec::new(),
    }
}

fn one(profiles: &[Profile]) -> Group {
    let mut groups = merge(profiles, By::Architecture);
    assert_eq!(groups.len(), 1);
    groups.remove(0)
}

#[test]
fn the_same_set_on_all_is_claimed_by_its_worst_figures() {
    let group = one(&[measured("a", &["-O3"], 2.0), measured("b", &["-O3"], 1.5)]);
    let zlib = &group.profile.package["zlib"];
    assert_eq!((zlib.verdict, zlib.evidence), (Verdict::Helps, Evidence::Kernel));
    assert_eq!((zlib.effect, zlib.low, zlib.high), (Some(2.75), Some(1.5), Some(4.0)));
    assert_eq!(group.retune, []);
}

#[test]
fn a_part_is_claimed_only_where_every_host_timed_it() {
    let mut a = measured("a", &["-O3", "-fno-plt"], 2.0);
    let b = measured("b", &["-O3"], 3.0);
    let group = one(&[a.clone(), b.clone()]);
    let open = &group.profile.package["zlib"];
    assert_eq!((open.verdict, open.evidence), (Verdict::Inconclusive, Evidence::None));
    assert_eq!(open.flags, ["-O3"]);
    assert!(group.retune.iter().any(|r| r.host == "a" && r.reason.contains("-O3")), "{:?}", group.retune);
    zlib(&mut a).judged.push(judged(&["-O3"], Verdict::Helps, 1.2));
    let zlib = &one(&[a, b]).profile.package["zlib"];
    assert_eq!((zlib.verdict, zlib.low), (Verdict::Helps, Some(1.2)));
    assert_eq!(zlib.flags, ["-O3"]);
}

#[test]
fn what_harms_on_one_host_is_given_to_none() {
    let mut b = measured("b", &[], 0.0);
    zlib(&mut b).verdict = Verdict::Harms;
    zlib(&mut b).judged.push(judged(&["-O3"], Verdict::Harms, -4.0));
    let group = one(&[measured("a", &["-O3"], 2.0), b]);
    let zlib = &group.profile.package["zlib"];
    assert!(zlib.flags.is_empty());
    assert_eq!(zlib.verdict, Verdict::Inconclusive);
    assert!(zlib.reason.contains("helps on 1, harms on 1"), "{}", zlib.reason);
}

#[test]
fn a_set_that_slows_one_kernel_of_one_host_is_no_claim() {
    let mut a = measured("a", &["-O3", "-fno-plt"], 2.0);
    zlib(&mut a).judged.push(judged(&["-O3"], Verdict::Helps, 1.2));
    let mut slow = judged(&["-O3"], Verdict::Harms, -9.0);
    slow.kernel = Some("zlib/crc32".into());
    zlib(&mut a).judged.push(slow);
    let group = one(&[a, measured("b", &["-O3"], 3.0)]);
    assert_ne!(group.profile.package["zlib"].verdict, Verdict::Helps);
}

#[test]
fn a_flag_that_crashed_on_one_host_stays_judged_so() {
    let mut b = measured("b", &[], 0.0);
    zlib(&mut b).verdict = Verdict::Inconclusive;
    zlib(&mut b).judged.push(Judgement { stage: Stage::Screen, ..judged(&["-O3"], Verdict::Crashed, 0.0) });
    let group = one(&[measured("a", &["-O3"], 2.0), b]);
    let zlib = &group.profile.package["zlib"];
    assert!(zlib.flags.is_empty());
    assert!(zlib.judged.iter().any(|j| j.verdict == Verdict::Crashed));
}

#[test]
fn hosts_that_prove_nothing_are_to_be_tuned() {
    let mut noisy = measured("noisy", &["-O3"], 2.0);
    noisy.measurement.as_mut().unwrap().aa.verdict = Verdict::Helps;
    let mut other = measured("other", &["-O3"], 2.0);
    other.toolchain[0].id = "gcc-13.1.0".into();
    zlib(&mut other).toolchain = "gcc-13.1.0".into();
    let mut idle = measured("idle", &["-O3"], 2.0);
    idle.package.clear();
    let mut weak = measured("weak", &["-O3"], 2.0);
    zlib(&mut weak).low = Some(0.5);
    let group = one(&[measured("a", &["-O3"], 2.0), measured("b", &["-O3"], 2.0), noisy, other, idle, weak]);
    let hosts: Vec<&str> = group.retune.iter().map(|r| r.host.as_str()).collect();
    assert_eq!(hosts, ["idle", "noisy", "other", "weak"]);
    // They have the CPU of those that do, so that the claim stands, and says on how many it rests.
    let zlib = &group.profile.package["zlib"];
    assert_eq!(zlib.verdict, Verdict::Helps);
    assert!(zlib.reason.contains("2 of 6"), "{}", zlib.reason);
}

#[test]
fn an_unseen_cpu_leaves_the_claim_open() {
    let mut other = measured("other", &[], 0.0);
    other.package.clear();
    other.host.features.retain(|f| f != "adx");
    other.host.masked.push("adx".into());
    let group = one(&[measured("a", &["-march=skylake", "-O3"], 2.0), other]);
    let zlib = &group.profile.package["zlib"];
    assert_eq!((zlib.evidence, zlib.verdict), (Evidence::None, Verdict::Inconclusive));
    // Whatever was not seen to run there is not even listed.
    assert_eq!(zlib.flags, ["-O3"]);
    assert!(!group.profile.host.features.contains(&"adx".into()));
    assert!(group.profile.host.masked.contains(&"adx".into()));
    assert_eq!(group.profile.toolchain[0].drop, ["-mno-adx"]);
}

#[test]
fn the_latest_profile_of_a_host_counts() {
    let old = measured("a", &["-O3"], 2.0);
    let mut new = measured("a", &["-fno-plt"], 2.0);
    new.system.measured_at = "2027-01-01T00:00:00Z".into();
    let group = one(&[new, old]);
    assert_eq!(group.hosts, ["a"]);
    assert_eq!(group.profile.package["zlib"].flags, ["-fno-plt"]);
    assert_eq!(group.notes.len(), 1);
}

#[test]
fn cousins_share_their_nearest_ancestor() {
    let all = detected();
    let of = |names: &[&str]| -> Vec<Profile> {
        names
            .iter()
            .map(|n| {
                let found = all.iter().find(|p| p.host.microarchitecture == *n);
                found.unwrap_or_else(|| panic!("no fixture of {n}")).clone()
            })
            .collect()
    };
    for (pair, common) in [
        (["skylake", "alderlake"], "skylake"),
        (["haswell", "skylake"], "haswell"),
        (["znver5", "znver3"], "znver3"),
        (["znver5", "znver4"], "znver4"),
        (["skylake", "znver3"], "x86-64-v3"),
        (["skylake", "znver5"], "x86-64-v3"),
        (["westmere", "znver5"], "x86-64-v2"),
        (["westmere", "skylake"], "westmere"),
        (["k8", "znver5"], "x86-64"),
    ] {
        assert_eq!(one(&of(&pair)).profile.host.microarchitecture, common, "{pair:?}");
    }
}
