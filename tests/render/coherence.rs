//! Nothing is rendered that does not follow from the whole of a profile.

use crate::render::support::{kept, profile, render};
use hwtune::profile::{self, Profile, Toolchain};
use hwtune::render::Options;
use proptest::prelude::*;
use toml::{Table, Value};

/// Values of a document by their paths: tables and lists are walked, all else is a value; a list is one too.
fn places(value: &Value, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                at.push(key.clone());
                places(value, at, found);
                at.pop();
            }
        }
        Value::Array(list) => {
            found.push(at.clone());
            for (n, value) in list.iter().enumerate() {
                at.push(n.to_string());
                places(value, at, found);
                at.pop();
            }
        }
        _ => found.push(at.clone()),
    }
}

fn at<'v>(document: &'v mut Table, path: &[String]) -> &'v mut Value {
    let mut value = document.get_mut(&path[0]).unwrap();
    for part in &path[1..] {
        value = match value {
            Value::Table(table) => table.get_mut(part).unwrap(),
            Value::Array(list) => &mut list[part.parse::<usize>().unwrap()],
            _ => panic!("{path:?}"),
        };
    }
    value
}

/// Another value of the same type, or near it.
fn mutate(value: &mut Value, draw: u32) {
    let flags = ["-march=sapphirerapids", "-mamx-tile", "helps", "kernel", "x86-64-v4", "", "avx512f", "set"];
    match value {
        Value::String(text) => match draw % 3 {
            0 => *text = flags[draw as usize / 3 % flags.len()].into(),
            1 => text.push('x'),
            _ => drop(text.pop()),
        },
        Value::Integer(n) => *n += i64::from(draw % 7) - 3,
        Value::Float(f) => *f = [*f + 1.0, *f * 2.0, -*f, 0.0, 99.0][draw as usize % 5],
        Value::Boolean(b) => *b = !*b,
        Value::Array(list) => match draw % 3 {
            0 if !list.is_empty() => drop(list.remove(draw as usize / 3 % list.len())),
            1 => list.push(Value::String("-march=sapphirerapids".into())),
            _ => list.clear(),
        },
        _ => {}
    }
}

/// The flags that a profile brings, by package.
fn written(profile: &Profile) -> Option<Vec<(String, Vec<String>)>> {
    let rendered = render(profile, "nixos-overlay", &Options::default()).ok()?;
    Some(rendered.choices.iter().map(|c| (c.package.clone(), c.kept.clone())).collect())
}

const TARGETS: [&str; 4] = ["nixos-overlay", "cargo", "env-sh", "gentoo"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// One value of a profile that hwtune wrote: it is refused, or what is rendered is the same.
    #[test]
    fn one_value_changed_is_refused_or_changes_nothing(which in any::<prop::sample::Index>(), draw in any::<u32>()) {
        let mut good = profile("measured");
        good.digest = profile::digest(&good);
        let mut document: Table = toml::from_str(&profile::to_toml(&good).unwrap()).unwrap();
        let mut found = Vec::new();
        places(&Value::Table(document.clone()), &mut Vec::new(), &mut found);
        let path = &found[which.index(found.len())];
        mutate(at(&mut document, path), draw);
        let Ok(read) = profile::parse(&toml::to_string(&document).unwrap(), "mutated") else { return Ok(()) };
        if profile::sealed(&read).is_err() {
            return Ok(());
        }
        for target in TARGETS {
            let text = |p: &Profile| render(p, target, &Options::default()).map(|r| r.text).unwrap_or_default();
            prop_assert_eq!(text(&read), text(&good), "{:?}", path);
        }
    }

    /// The same where whoever changed it also took new digests: it brings no flag that it did not bring before.
    #[test]
    fn a_forged_value_brings_no_further_flag(which in any::<prop::sample::Index>(), draw in any::<u32>()) {
        let good = profile("measured");
        let mut document: Table = toml::from_str(&profile::to_toml(&good).unwrap()).unwrap();
        let mut found = Vec::new();
        places(&Value::Table(document.clone()), &mut Vec::new(), &mut found);
        let path = &found[which.index(found.len())];
        mutate(at(&mut document, path), draw);
        let Ok(read) = profile::parse(&toml::to_string(&document).unwrap(), "mutated") else { return Ok(()) };
        let before = written(&good).unwrap();
        for (package, flags) in written(&read).unwrap_or_default() {
            let own = before.iter().find(|(name, _)| *name == package).map(|(_, f)| f.clone()).unwrap_or_default();
            let more: Vec<&String> = flags.iter().filter(|f| !own.contains(f)).collect();
            prop_assert!(more.is_empty(), "{:?}: {} gets {:?}", path, package, more);
        }
    }
}

#[test]
fn flags_come_from_a_row_and_stay_within_the_host() {
    let zen5 = || profile("zen5");
    let set = |p: &mut Profile, flags: &[&str]| {
        for section in p.package.values_mut() {
            section.flags = flags.iter().map(|f| f.to_string()).collect();
        }
    };
    let amx = ["-march=sapphirerapids", "-mamx-tile"];
    let why = |p: &Profile| {
        let rendered = render(p, "nixos-overlay", &Options::default()).unwrap();
        assert_eq!(kept(&rendered, "zlib"), [] as [&str; 0]);
        let zlib = rendered.choices.into_iter().find(|c| c.package == "zlib").unwrap();
        zlib.dropped.into_iter().map(|d| d.reason).collect::<Vec<_>>().join("; ")
    };
    let mut edited = zen5();
    set(&mut edited, &amx);
    assert!(why(&edited).contains("no row of the profile confirms exactly these flags"), "{}", why(&edited));
    // With a row to match, the host still has no such thing.
    for section in edited.package.values_mut() {
        section.judged.iter_mut().for_each(|j| j.flags = section.flags.clone());
    }
    assert!(why(&edited).contains("which this host does not offer"), "{}", why(&edited));
    let mut figures = zen5();
    figures.package.get_mut("zlib").unwrap().effect = Some(3.2);
    assert!(why(&figures).contains("other figures"), "{}", why(&figures));
    // Another run's margin and control are no measure of this section.
    let mut later = zen5();
    later.measurement.as_mut().unwrap().margin = 9.0;
    assert!(why(&later).contains("not above the margin"));
    let run = profile::Run {
        measured_at: "2026-11-24T20:00:00Z".into(),
        method: "coupled-layouts-2".into(),
        margin: 1.0,
        control: None,
    };
    later.package.values_mut().for_each(|s| s.run = Some(run.clone()));
    let rendered = render(&later, "nixos-overlay", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "zlib"), ["-march=znver5", "-mtune=znver5"]);
}

#[test]
fn elsewhere_than_on_x86_the_cpu_is_the_one_that_was_decided() {
    let mut arm = profile("aarch64");
    let rendered = render(&arm, "nixos-overlay", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "zlib"), ["-mcpu=neoverse-v1"]);
    arm.toolchain[0] = Toolchain { march: "cortex-a72".into(), ..arm.toolchain[0].clone() };
    let rendered = render(&arm, "nixos-overlay", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "zlib"), [] as [&str; 0]);
}

#[test]
fn what_was_measured_with_other_kernels_is_told_and_strictly_refused() {
    let mut old = profile("measured");
    old.package.get_mut("zlib").unwrap().catalogue = Some(format!("sha256:{}", "0".repeat(64)));
    let only = |strict| Options { packages: vec!["zlib".into()], strict, ..Options::default() };
    let rendered = render(&old, "nixos-overlay", &only(false)).unwrap();
    assert!(rendered.choices[0].notes.iter().any(|n| n.contains("changed since")), "{:?}", rendered.choices);
    let refused = render(&old, "nixos-overlay", &only(true)).unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("changed since"), "{refused}");
}
