//! `diff` finds what differs between two profiles, and what of it is noise.

use crate::profile::support::{path, profile, run, stderr, stdout};
use hwtune::profile::{Profile, Relation, Section, Verdict, diff};

fn zlib(profile: &mut Profile) -> &mut Section {
    profile.package.get_mut("zlib").unwrap()
}

fn figures(section: &mut Section, verdict: Verdict, [effect, low, high]: [f64; 3]) {
    section.verdict = verdict;
    (section.effect, section.low, section.high) = (Some(effect), Some(low), Some(high));
}

#[test]
fn a_profile_differs_from_itself_in_nothing() {
    let a = profile("measured");
    let found = diff(&a, &a);
    assert!(!found.beyond_noise());
    assert!(found.host.is_empty() && found.system.is_empty() && found.measurement.is_empty());
    assert!(found.sections.iter().flat_map(|s| s.compared()).all(|c| c.relation == Relation::Agrees));
}

#[test]
fn what_noise_explains_and_what_it_does_not() {
    let a = profile("measured");
    let relation = |verdict, figure: [f64; 3]| {
        let mut b = a.clone();
        figures(zlib(&mut b), verdict, figure);
        let found = diff(&a, &b);
        let section = found.sections.iter().find(|s| s.at == "package.zlib").unwrap();
        assert_eq!(found.beyond_noise(), section.beyond_noise());
        section.verdict.as_ref().unwrap().relation
    };
    // The profile has 3.1 [1.8, 4.4].
    assert_eq!(relation(Verdict::Helps, [2.0, 1.1, 2.9]), Relation::Agrees);
    assert_eq!(relation(Verdict::Helps, [6.0, 4.5, 7.5]), Relation::BeyondNoise);
    assert_eq!(relation(Verdict::Equivalent, [0.1, -0.3, 0.5]), Relation::BeyondNoise);
    assert_eq!(relation(Verdict::Inconclusive, [1.0, -1.0, 3.0]), Relation::WithinNoise);
}

#[test]
fn another_base_or_another_set_is_another_question() {
    let (a, mut b) = (profile("measured"), profile("measured"));
    zlib(&mut b).flags = vec!["-O3".into()];
    let found = diff(&a, &b);
    let section = found.sections.iter().find(|s| s.at == "package.zlib").unwrap();
    assert_eq!(section.verdict.as_ref().unwrap().relation, Relation::Incomparable);
    let a = profile("measured");
    let mut b = a.clone();
    zlib(&mut b).base = vec!["-O2".into()];
    let found = diff(&a, &b);
    let section = found.sections.iter().find(|s| s.at == "package.zlib").unwrap();
    assert!(section.compared().all(|c| c.relation == Relation::Incomparable), "{section:?}");
    assert!(section.beyond_noise(), "the base is no matter of noise");
    assert_eq!(section.keys[0].key, "package.zlib.base");
}

#[test]
fn what_only_one_has_is_told() {
    let a = profile("measured");
    let mut b = a.clone();
    b.package.remove("glibc");
    zlib(&mut b).judged.remove(0);
    b.system.kernel = "7.0".into();
    b.toolchain[0].sha256 = "ab".into();
    b.measurement = None;
    let found = diff(&a, &b);
    assert_eq!(found.sections[0].only, Some('a'));
    assert_eq!((found.sections[2].only_a, found.sections[2].only_b), (1, 0));
    assert_eq!(found.system[0].text(), "6.12.1 -> 7.0");
    assert_eq!(found.toolchain[0].key, "toolchain.gcc-12.2.0.sha256");
    assert_eq!(found.measurement[0].text(), "coupled-layouts-2 -> nothing");
}

#[test]
fn the_command() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (path("tests/profiles/measured.toml"), folder.path().join("b.toml"));
    let mut other = profile("measured");
    figures(zlib(&mut other), Verdict::Equivalent, [0.1, -0.3, 0.5]);
    other.package.get_mut("glibc").unwrap().flags.pop();
    std::fs::write(&b, hwtune::profile::to_toml(&other).unwrap()).unwrap();
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let text = stdout(&run(folder.path(), &["diff", a, b]), 0);
    for wanted in ["beyond noise", "helps +3.10 [+1.80, +4.40]", "equivalent +0.10", "lost -fno-plt"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let same = run(folder.path(), &["diff", a, a]);
    assert!(stderr(&same).contains("nothing differs beyond noise"), "{}", stderr(&same));
    let both = run(folder.path(), &["diff", "-", "-"]);
    assert_eq!((both.status.code(), stderr(&both).lines().count()), (Some(2), 1));
}
