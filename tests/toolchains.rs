//! What each compiler should be told on each host of tests/hosts: by the tables, and by asking those that are installed.

use hwtune::catalogue::{Features, microarchitectures};
use hwtune::host::Detected;
use hwtune::toolchain::{self, Compiler, Family, MarchChoice};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
struct Fixture {
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    microarchitecture: String,
    level: String,
    features: Vec<String>,
    /// Absent for CPUs without long mode: every gcc has had their names for longer than there were tables.
    #[serde(default)]
    march: BTreeMap<String, toml::Value>,
}

fn fixtures() -> Vec<(String, Detected, Expected)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let fixture: Fixture = toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            all.push((name, host(&fixture.expected), fixture.expected));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(all.len() >= 32);
    all
}

fn host(expected: &Expected) -> Detected {
    let row = microarchitectures().unwrap().get(&expected.microarchitecture).unwrap();
    let arch = if row.bits == 64 { "x86_64" } else { "i686" };
    let mut host = Detected { arch: arch.into(), ..Detected::default() };
    host.host.microarchitecture = expected.microarchitecture.clone();
    host.host.level = (!expected.level.is_empty()).then(|| expected.level.clone());
    host.host.features = expected.features.clone();
    host
}

/// What the decision rests on; the reasons are told differently.
fn answer(choice: &MarchChoice) -> (&str, &str, &[String], &[String], &[String]) {
    (&choice.march, &choice.mtune, &choice.add, &choice.drop, &choice.inert)
}

fn installed() -> Vec<Compiler> {
    toolchain::use_cache(false);
    toolchain::installed(None).unwrap_or_default()
}

#[test]
fn names_for_gcc_11_to_16() {
    for (name, host, expected) in fixtures() {
        for major in 11..=16 {
            let choice = toolchain::decide_for(&host, &format!("gcc@{major}")).unwrap();
            let want = expected.march.get(&format!("gcc{major}")).and_then(toml::Value::as_str);
            let want = want.unwrap_or(&expected.microarchitecture);
            assert_eq!(choice.march, want, "{name} on gcc {major}: {:?}", choice.reasons);
            assert_eq!(choice.version, major.to_string());
            assert!(!choice.verified && choice.native.is_none());
        }
    }
}

#[test]
fn deltas_on_gcc_12() {
    for (name, host, expected) in fixtures() {
        let list = |key: &str| -> Option<Vec<String>> {
            let values = expected.march.get(key)?.as_array()?;
            Some(values.iter().map(|v| v.as_str().unwrap().to_string()).collect())
        };
        let (Some(add), Some(drop), Some(inert)) = (list("add12"), list("drop12"), list("inert12")) else {
            continue;
        };
        let choice = toolchain::decide_for(&host, "gcc@12").unwrap();
        assert_eq!((choice.add, choice.drop, choice.inert), (add, drop, inert), "{name}");
    }
}

#[test]
fn every_release_has_an_answer_for_every_host() {
    let specs = (9..=16).map(|n| format!("gcc@{n}")).chain((14..=22).map(|n| format!("clang@{n}")));
    let hosts = fixtures();
    for spec in specs {
        for (name, host, _) in &hosts {
            let choice = toolchain::decide_for(host, &spec).unwrap();
            assert!(
                !choice.march.is_empty() && !choice.mtune.is_empty(),
                "{name} on {spec}: {:?}",
                choice.reasons
            );
            assert!(choice.march != "native" && choice.march != "i386", "{name} on {spec}");
            assert!([&choice.add, &choice.drop, &choice.inert].iter().all(|l| l.is_sorted()));
        }
    }
}

/// Features that the option set enables by the predefined macros: another witness than the one the decision asks of gcc.
fn witnessed(compiler: &Compiler, host: &Detected, choice: &MarchChoice) -> BTreeSet<String> {
    let mut args: Vec<String> = choice.march_flags();
    args.extend(choice.inert.iter().cloned());
    args.extend(choice.mtune_flags());
    if host.arch == "i686" {
        args.push("-m32".into());
    }
    args.extend(["-Werror", "-dM", "-E", "-x", "c", "/dev/null"].map(String::from));
    let out = std::process::Command::new(&compiler.path).args(&args).output().unwrap();
    assert!(out.status.success(), "{}: {args:?}: {}", compiler.id(), String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let defined: BTreeSet<&str> = text.lines().filter_map(|l| l.split(' ').nth(1)).collect();
    let table = Features::get();
    let on = |f: &&String| table.macros_of(f).iter().any(|m| defined.contains(m.as_str()));
    table.names.iter().filter(on).cloned().collect()
}

/// Features that no macro of this compiler tells, or that 32-bit code has anyway.
fn untold(compiler: &Compiler, host: &Detected, feature: &str) -> bool {
    feature == "hle"
        || (host.arch == "i686" && feature == "sahf")
        || (compiler.family == Family::Gcc && compiler.major < 11 && ["sahf", "movbe"].contains(&feature))
}

#[test]
fn asked_compilers_agree_with_their_tables_and_enable_exactly_what_the_host_offers() {
    let (compilers, hosts) = (installed(), fixtures());
    std::thread::scope(|scope| {
        for compiler in &compilers {
            let hosts = &hosts;
            scope.spawn(move || hosts.iter().for_each(|(name, host, _)| examine(compiler, name, host)));
        }
    });
}

fn examine(compiler: &Compiler, name: &str, host: &Detected) {
    let choice = toolchain::decide(host, compiler, false).unwrap();
    assert!(choice.verified);
    let spec = format!("{}@{}", compiler.family.name(), compiler.version);
    let table = toolchain::decide_for(host, &spec).unwrap();
    assert_eq!(answer(&choice), answer(&table), "{name} on {spec}: {:?}", choice.reasons);

    let on = witnessed(compiler, host, &choice);
    let offered: BTreeSet<String> = host.host.features.iter().cloned().collect();
    let no_option = choice.reasons.iter().find_map(|r| r.split_once("has no option for "));
    let no_option: BTreeSet<&str> = no_option.map(|(_, l)| l.split(' ').collect()).unwrap_or_default();
    let told = |f: &&String| !untold(compiler, host, f);
    let more: Vec<&String> = on.difference(&offered).filter(told).collect();
    let less: Vec<&String> = offered
        .intersection(&Features::get().names)
        .filter(|f| !on.contains(*f) && !no_option.contains(f.as_str()))
        .filter(told)
        .collect();
    assert!(more.is_empty() && less.is_empty(), "{name} on {spec}: more {more:?} less {less:?}");
}

#[test]
fn odd_specs_are_told_in_one_line() {
    let (_, host, _) = fixtures().remove(0);
    for spec in
        ["", "gcc", "gcc@", "@12", "icc@19", "gcc@x", "gcc@8", "gcc@99", "clang@13", "clang@1.2.", "gcc@-1"]
    {
        let error = toolchain::decide_for(&host, spec).unwrap_err().to_string();
        assert!(!error.contains('\n') && error.starts_with(&format!("--for {spec}: ")), "{error}");
    }
    let error = toolchain::decide_for(&host, "gcc@8").unwrap_err().to_string();
    assert!(error.contains("gcc 9 to 16 and clang 14 to 22"), "{error}");
}

#[test]
fn point_releases_are_told_apart() {
    let (_, host, _) = fixtures().into_iter().find(|(_, _, e)| e.microarchitecture == "znver4").unwrap();
    for (spec, march) in [
        ("gcc@12", "znver3"),
        ("gcc@12.2", "znver3"),
        ("gcc@12.2.0", "znver3"),
        ("gcc@12.3", "znver4"),
        ("gcc@12.9", "znver4"),
        ("gcc@13.1", "znver4"),
        ("clang@15.0.7", "znver3"),
        ("clang@16", "znver4"),
    ] {
        assert_eq!(toolchain::decide_for(&host, spec).unwrap().march, march, "{spec}");
    }
}
