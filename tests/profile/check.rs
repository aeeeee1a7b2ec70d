//! Is a profile still true here? Against a machine made of the profile itself, then against this one.

use crate::profile::support::{json, profile, run, stderr, stdout};
use hwtune::catalogue::Catalogue;
use hwtune::check::{Class, Here, Staleness, Subject, catalogue_fingerprint, compare};
use hwtune::experiment::METHOD;
use hwtune::host::Detected;
use hwtune::profile::{Evidence, Profile, Toolchain};
use serde_json::Value;
use std::path::Path;

/// A measured profile that records its catalogue, and the machine on which all of it is true.
fn fresh() -> (Profile, Here) {
    let mut profile = profile("measured");
    let catalogue = Catalogue::load(None).unwrap();
    for (name, section) in &mut profile.package {
        section.catalogue = Some(catalogue_fingerprint(&catalogue, Subject::Package(name)));
    }
    let detected = Detected {
        host: profile.host.clone(),
        system: profile.system.clone(),
        names: profile.names.clone(),
        ..Detected::default()
    };
    let toolchains = Some(profile.toolchain.clone());
    let here =
        Here { detected, toolchains, dialect: None, catalogue, kernels: Vec::new(), method: METHOD.into() };
    (profile, here)
}

/// What one change of the machine is found to be.
fn after(change: impl FnOnce(&mut Here)) -> Staleness {
    let (profile, mut here) = fresh();
    change(&mut here);
    compare(&profile, &here)
}

fn keys(found: &Staleness) -> Vec<&str> {
    found.changes.iter().map(|c| c.key.as_str()).collect()
}

#[test]
fn nothing_changed() {
    let found = after(|here| {
        here.detected.host.name = "renamed".into();
        here.detected.system.measured_at = String::new();
        here.toolchains.as_mut().unwrap()[0].inert.clear();
    });
    assert!(!found.stale && found.changes.is_empty() && found.unchecked.is_empty(), "{found:?}");
}

#[test]
fn stable_facts_make_it_stale_and_name_the_verdicts() {
    let found = after(|here| {
        here.detected.host.features.retain(|f| f != "avx2");
        here.detected.host.features.push("sha".into());
    });
    assert!(found.stale);
    assert_eq!(keys(&found), ["host.features"]);
    assert_eq!(found.changes[0].touches, ["package.glibc", "package.host", "package.zlib"]);
    assert!(found.changes[0].what.starts_with("lost avx2, gained sha; code built with"));
    let found = after(|here| here.detected.host.cores = 8);
    assert!(found.stale && found.touched(Class::Stable).is_empty(), "{found:?}");
    let found = after(|here| here.detected.host.stepping = 4);
    assert!(found.stale && found.touched(Class::Stable).len() == 3, "{found:?}");
}

#[test]
fn volatile_facts_are_told_and_make_nothing_stale() {
    let found = after(|here| {
        let system = &mut here.detected.system;
        system.kernel = "6.13.0".into();
        system.microcode = "0xf4".into();
        system.memory_mib *= 2;
        system.governor = "performance".into();
    });
    assert!(!found.stale);
    // The profile's governor is unknown: there is nothing to compare with.
    assert_eq!(keys(&found), ["system.kernel", "system.memory_mib", "system.microcode"]);
    assert_eq!(
        found.touched(Class::Volatile),
        ["package.glibc", "package.host", "package.zlib"],
        "microcode moves timings"
    );
}

#[test]
fn what_is_unknown_here_is_not_compared() {
    let found = after(|here| {
        here.detected.system.microcode = "unknown".into();
        here.detected.system.hypervisor = "KVM".into();
    });
    assert_eq!(found.unchecked, ["system.microcode: this machine does not tell"]);
    assert_eq!(keys(&found), ["system.hypervisor"], "none is a value");
}

#[test]
fn compilers_that_changed() {
    let newer = |here: &mut Here| {
        let one = &mut here.toolchains.as_mut().unwrap()[0];
        (one.id, one.version) = ("gcc-13.1.0".into(), "13.1.0".into());
    };
    let found = after(newer);
    assert!(found.stale);
    assert_eq!(keys(&found), ["toolchain.gcc-12.2.0.version"]);
    assert_eq!(found.changes[0].what, "12.2.0 -> 13.1.0");
    assert_eq!(found.changes[0].touches, ["package.glibc", "package.host", "package.zlib"]);

    let found = after(|here| here.toolchains = Some(Vec::new()));
    assert!(found.stale && found.changes[0].now == Value::Null, "{found:?}");

    let found = after(|here| {
        let more = Toolchain { id: "clang-19.1.7".into(), compiler: "clang".into(), ..Toolchain::default() };
        here.toolchains.as_mut().unwrap().push(Toolchain { verified: true, ..more });
    });
    assert!(!found.stale && keys(&found) == ["toolchain.clang-19.1.7"], "{found:?}");

    let found = after(|here| here.toolchains = None);
    assert!(!found.stale && found.unchecked.len() == 1, "{found:?}");
}

#[test]
fn another_build_of_the_same_version() {
    let (mut profile, mut here) = fresh();
    profile.toolchain[0].sha256 = "aa".into();
    here.toolchains.as_mut().unwrap()[0].sha256 = "bb".into();
    let found = compare(&profile, &here);
    assert_eq!(keys(&found), ["toolchain.gcc-12.2.0.sha256"]);
    assert!(found.stale && found.changes[0].what.ends_with("rebuilt"), "{found:?}");
    // Where both builds are installed, the profile's own counts.
    let other = Toolchain { sha256: "aa".into(), ..profile.toolchain[0].clone() };
    here.toolchains.as_mut().unwrap().push(other);
    assert!(!compare(&profile, &here).stale);
}

#[test]
fn the_catalogue_and_the_method() {
    let found = after(|here| here.catalogue.kernels.retain(|k| k.name != "zlib/crc32"));
    assert_eq!(keys(&found), ["package.zlib.catalogue"]);
    assert_eq!(found.touched(Class::Stable), ["package.zlib"]);
    let found = after(|here| here.method = "paired-layouts-2".into());
    assert!(found.stale && keys(&found) == ["measurement.method"]);
    let (mut profile, here) = fresh();
    profile.package.get_mut("glibc").unwrap().catalogue = None;
    let found = compare(&profile, &here);
    assert!(!found.stale && found.unchecked.len() == 1, "{found:?}");
    // What was not measured rests on no kernel.
    profile.package.get_mut("glibc").unwrap().evidence = Evidence::None;
    assert!(compare(&profile, &here).unchecked.is_empty());
}

#[test]
fn a_kernel_of_ones_own() {
    let (mut profile, mut here) = fresh();
    let mut own = here.catalogue.kernels[0].clone();
    (own.name, own.package) = ("mine".into(), None);
    let mut section = profile.package["zlib"].clone();
    section.catalogue = Some(catalogue_fingerprint(&here.catalogue, Subject::Kernel(&own)));
    profile.kernel.insert("mine".into(), section);
    let found = compare(&profile, &here);
    assert!(!found.stale && found.unchecked[0].contains("give it with --kernel"), "{found:?}");
    here.kernels = vec![own.clone()];
    let found = compare(&profile, &here);
    assert!(!found.stale && found.unchecked.is_empty(), "{found:?}");
    here.kernels[0].units[0].text.push(' ');
    let found = compare(&profile, &here);
    assert!(found.stale && found.changes[0].touches == ["kernel.mine"], "{found:?}");
}

/// This machine's own profile.
fn detected(folder: &Path) -> String {
    stdout(&run(folder, &["detect", "--format", "toml"]), 0)
}

#[test]
fn on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = detected(folder);
    let write = |text: &str| std::fs::write(folder.join("p.toml"), text).unwrap();
    let check = |more: &[&str], code: i32| stdout(&run(folder, &[&["check", "p.toml"], more].concat()), code);
    write(&text);
    assert!(check(&[], 0).contains("still true here"));
    assert!(check(&["--strict", "--no-cache"], 0).contains("still true here"));

    let kernel = json(&text)["system"]["kernel"].as_str().unwrap().to_string();
    write(&text.replace(&format!("kernel = \"{kernel}\""), "kernel = \"1.0\""));
    let told = check(&[], 0);
    assert!(told.contains("system.kernel") && told.contains(&format!("1.0 -> {kernel}")), "{told}");
    assert!(check(&["--strict"], 10).contains("stale"));

    write(&text.replacen("features = [", "features = [\"onemore\", ", 1));
    let told = check(&["--no-toolchains"], 10);
    assert!(told.contains("lost onemore") && told.contains("the compilers were not asked"), "{told}");
    let document: Value = serde_json::from_str(&check(&["--format", "json"], 10)).unwrap();
    assert_eq!((&document["stale"], &document["changes"][0]["key"]), (&true.into(), &"host.features".into()));
    let toml = json(&check(&["--format", "toml"], 10));
    assert_eq!(toml["changes"][0]["key"], "host.features");
}

#[test]
fn tune_measures_only_where_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let catalogue = Catalogue::load(None).unwrap();
    let zlib = &catalogue.packages["zlib"];
    let mut profile = hwtune::profile::parse(&detected(folder), "detected").unwrap();
    let mut section = crate::profile::support::profile("measured").package["zlib"].clone();
    section.toolchain = profile.toolchain[0].id.clone();
    section.base = [&zlib.base[..], &zlib.link].concat();
    section.catalogue = Some(catalogue_fingerprint(&catalogue, Subject::Package("zlib")));
    profile.package.insert("zlib".into(), section);
    // A run that would measure stops at candidates that are not there.
    let tune = |profile: &Profile, package: &str| {
        let whole = Profile { fingerprint: hwtune::profile::fingerprint(profile), ..profile.clone() };
        std::fs::write(folder.join("p.toml"), hwtune::profile::to_toml(&whole).unwrap()).unwrap();
        let args = ["tune", "--if-stale", "-o", "p.toml", "--package", package, "--candidates", "./none"];
        run(folder, &args)
    };
    let out = tune(&profile, "zlib");
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(stderr(&out).contains("still true here; nothing to measure"), "{}", stderr(&out));
    let measures = |profile: &Profile, package: &str, why: &str| {
        let out = tune(profile, package);
        let said = stderr(&out);
        assert!(out.status.code() == Some(2) && said.contains(why) && said.contains("; measuring"), "{said}");
    };
    measures(&profile, "glibc", "says nothing of glibc");
    let mut other = profile.clone();
    other.host.stepping += 1;
    measures(&other, "zlib", "stale: host.stepping");
    let mut other = profile.clone();
    other.complete = false;
    measures(&other, "zlib", "interrupted");
    let mut other = profile.clone();
    other.package.get_mut("zlib").unwrap().base.push("-Os".into());
    measures(&other, "zlib", "not measured against this base");
    let mut other = profile.clone();
    other.toolchain.push(Toolchain { id: "gcc-1.0".into(), ..other.toolchain[0].clone() });
    other.package.get_mut("zlib").unwrap().toolchain = "gcc-1.0".into();
    measures(&other, "zlib", "stale: toolchain.gcc-1.0.version");
    // Another package's kernels are not this run's matter; this one's are.
    let mut other = profile.clone();
    let mut glibc = other.package["zlib"].clone();
    glibc.catalogue = Some("sha256:00".into());
    other.package.insert("glibc".into(), glibc);
    assert_eq!(tune(&other, "zlib").status.code(), Some(0));
    other.package.get_mut("zlib").unwrap().catalogue = Some("sha256:00".into());
    measures(&other, "zlib", "stale: package.zlib.catalogue");
    // zlib's kernels have no documented errors: --exact asks nothing else of them.
    let args =
        ["tune", "--exact", "--if-stale", "-o", "p.toml", "--package", "zlib", "--candidates", "./none"];
    tune(&profile, "zlib");
    assert_eq!(run(folder, &args).status.code(), Some(0));
    let out = run(folder, &["tune", "--if-stale", "-o", "-"]);
    assert!(out.status.code() == Some(2) && stderr(&out).contains("give one with -o"), "{}", stderr(&out));
}

/// What rests on documented errors is no answer where equal bits are asked for; equal bits are one for either question.
#[test]
fn another_exactness_is_stale_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let catalogue = Catalogue::load(None).unwrap();
    let row = &catalogue.packages["glibc"];
    let profile = hwtune::profile::parse(&detected(folder), "detected").unwrap();
    let mut section = crate::profile::support::profile("measured").package["zlib"].clone();
    section.toolchain = profile.toolchain[0].id.clone();
    section.base = [&row.base[..], &row.link].concat();
    section.catalogue = Some(catalogue_fingerprint(&catalogue, Subject::Package("glibc")));
    let tune = |section: &hwtune::profile::Section, more: &[&str]| {
        let mut whole = profile.clone();
        whole.package.insert("glibc".into(), section.clone());
        whole.fingerprint = hwtune::profile::fingerprint(&whole);
        std::fs::write(folder.join("p.toml"), hwtune::profile::to_toml(&whole).unwrap()).unwrap();
        let args = ["tune", "--if-stale", "-o", "p.toml", "--package", "glibc", "--candidates", "./none"];
        let out = run(folder, &[&args[..], more].concat());
        (out.status.code(), stderr(&out))
    };
    // All results were the same bits: nothing depends on the question.
    assert_eq!(tune(&section, &["--exact"]).0, Some(0));
    let bounds = hwtune::profile::WithinBounds {
        kernel: "glibc/libm".into(),
        function: "sin".into(),
        base: 0.55,
        variant: 0.75,
        bound: 1.0,
    };
    section.judged[0].within_bounds = vec![bounds];
    assert_eq!(tune(&section, &[]).0, Some(0));
    let (code, said) = tune(&section, &["--exact"]);
    let why = "glibc has results within documented errors, and --exact asks for the same bits; measuring";
    assert!(code == Some(2) && said.contains(why), "{said}");
    section.judged[0].within_bounds.clear();
    section.exact = true;
    assert_eq!(tune(&section, &["--exact"]).0, Some(0));
    let (code, said) = tune(&section, &[]);
    assert!(
        code == Some(0) && said.contains("(glibc: measured with --exact, which holds without it too)"),
        "{said}"
    );
}
