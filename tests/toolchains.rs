//! What each compiler should be told on each host of tests/hosts: by the tables, and by asking those that are installed.

use hwtune::catalogue::{CompilerTable, Features, microarchitectures};
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
fn deltas_where_a_fixture_lists_them() {
    let mut count = 0;
    for (name, host, expected) in fixtures() {
        for major in 11..=16 {
            let list = |key: &str| -> Option<Vec<String>> {
                let values = expected.march.get(&format!("{key}{major}"))?.as_array()?;
                Some(values.iter().map(|v| v.as_str().unwrap().to_string()).collect())
            };
            let (Some(add), Some(drop), Some(inert)) = (list("add"), list("drop"), list("inert")) else {
                continue;
            };
            let choice = toolchain::decide_for(&host, &format!("gcc@{major}")).unwrap();
            assert_eq!((choice.add, choice.drop, choice.inert), (add, drop, inert), "{name} on gcc {major}");
            count += 1;
        }
    }
    assert!(count > 20);
}

#[test]
fn every_release_has_an_answer_for_every_host() {
    let majors = (9..=16).map(|n| format!("gcc@{n}")).chain((14..=22).map(|n| format!("clang@{n}")));
    let points = CompilerTable::names().into_iter().map(|name| {
        let (family, _) = name.split_once('-').unwrap();
        format!("{family}@{}", CompilerTable::from_of(&name).unwrap())
    });
    let specs = majors.chain(points);
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
    args.extend(["-dM", "-E", "-x", "c", "/dev/null"].map(String::from));
    let out = std::process::Command::new(&compiler.path).args(&args).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{}: {args:?}: {said}", compiler.id());
    // gcc 14 and clang 18 announce the end of the Xeon Phi, whatever stands beside its name.
    let of_the_name = format!("={}' support will be removed", choice.march);
    let farewell = |l: &str| l.contains(&of_the_name) || l.contains("KNL, KNM related");
    let more: Vec<&str> = said.lines().filter(|l| l.contains("warning:") && !farewell(l)).collect();
    assert!(more.is_empty(), "{}: {args:?}: {more:?}", compiler.id());
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

/// The next point release, as `--for` takes it.
fn coming(compiler: &Compiler) -> String {
    let mut numbers: Vec<u32> = compiler.version.split('.').map(|n| n.parse().unwrap()).collect();
    numbers[1] += 1;
    format!("{}@{}.{}", compiler.family.name(), numbers[0], numbers[1])
}

fn examine(compiler: &Compiler, name: &str, host: &Detected) {
    let choice = toolchain::decide(host, compiler, false).unwrap();
    assert!(choice.verified);
    let spec = format!("{}@{}", compiler.family.name(), compiler.version);
    let table = toolchain::decide_for(host, &spec).unwrap();
    // What distributions call 13.3 may be the branch on its way to 13.4.
    let coming = toolchain::decide_for(host, &coming(compiler)).unwrap();
    if answer(&choice) != answer(&coming) {
        assert_eq!(answer(&choice), answer(&table), "{name} on {spec}: {:?}", choice.reasons);
    }

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

/// A host that is exactly what a name stands for.
fn model(name: &str) -> Detected {
    let row = microarchitectures().unwrap().get(name).unwrap();
    let mut host = Detected { arch: "x86_64".into(), ..Detected::default() };
    host.host.microarchitecture = name.into();
    host.host.features = row.features.to_vec();
    host
}

#[test]
fn point_releases_are_told_apart() {
    for (name, spec, march) in [
        ("znver3", "gcc@10", "znver2"),
        ("znver3", "gcc@10.2.1", "znver2"),
        ("znver3", "gcc@10.3", "znver3"),
        ("znver4", "gcc@11.4", "znver3"),
        ("znver4", "gcc@11.5", "znver4"),
        ("znver4", "gcc@12", "znver3"),
        ("znver4", "gcc@12.2", "znver3"),
        ("znver4", "gcc@12.2.0", "znver3"),
        ("znver4", "gcc@12.3", "znver4"),
        ("znver4", "gcc@12.9", "znver4"),
        ("znver4", "gcc@13.1", "znver4"),
        ("znver4", "clang@15.0.7", "znver3"),
        ("znver4", "clang@16", "znver4"),
        ("znver5", "gcc@12.4", "znver4"),
        ("znver5", "gcc@12.5", "znver5"),
        ("znver5", "gcc@13.3", "znver4"),
        ("znver5", "gcc@13.4", "znver5"),
        ("znver5", "gcc@14", "znver5"),
        ("graniterapids-d", "gcc@13.1", "graniterapids"),
        ("graniterapids-d", "gcc@13.2", "graniterapids-d"),
        ("c86-4g-m4", "gcc@15", "znver1"),
        ("c86-4g-m4", "gcc@15.3", "znver1"),
        ("c86-4g-m4", "gcc@15.4", "c86-4g-m4"),
        ("c86-4g-m4", "gcc@16", "znver1"),
        ("c86-4g-m4", "gcc@16.2", "c86-4g-m4"),
        ("c86-4g-m8", "gcc@15.4", "c86-4g-m7"),
        ("c86-4g-m8", "gcc@16.2", "c86-4g-m8"),
        // GCC has no psABI levels before 11; Debian's gcc 10 alone has.
        ("x86-64-v3", "gcc@10.5", "x86-64"),
        ("x86-64-v3", "gcc@11", "x86-64-v3"),
    ] {
        let choice = toolchain::decide_for(&model(name), spec).unwrap();
        assert_eq!(choice.march, march, "{name} on {spec}");
    }
}

#[test]
fn features_that_point_releases_moved_are_dropped_where_they_come_with_the_name() {
    for (name, spec, feature, dropped) in [
        ("sapphirerapids", "clang@15", "avx512vp2intersect", true),
        ("sapphirerapids", "clang@15.0.2", "avx512vp2intersect", true),
        ("sapphirerapids", "clang@15.0.3", "avx512vp2intersect", false),
        ("sapphirerapids", "gcc@12.2", "avx512vp2intersect", true),
        ("sapphirerapids", "gcc@12.3", "avx512vp2intersect", false),
        ("icelake-client", "gcc@9.3", "clwb", true),
        ("icelake-client", "gcc@9.4", "clwb", false),
        ("icelake-client", "gcc@10.1", "clwb", true),
        ("icelake-client", "gcc@10.2", "clwb", false),
        ("grandridge", "gcc@13.2", "raoint", true),
        ("grandridge", "gcc@13.3", "raoint", false),
        ("alderlake", "gcc@12.4", "cldemote", true),
        ("alderlake", "gcc@12.5", "cldemote", false),
        ("alderlake", "gcc@13.4", "cldemote", true),
        ("alderlake", "gcc@13.5", "cldemote", false),
        ("alderlake", "gcc@14.3", "cldemote", true),
        ("alderlake", "gcc@14.4", "cldemote", false),
        ("alderlake", "gcc@15.1", "cldemote", true),
        ("alderlake", "gcc@15.2", "cldemote", false),
        ("pantherlake", "gcc@14.3", "kl", true),
        ("pantherlake", "gcc@14.4", "kl", false),
        ("pantherlake", "gcc@15.1", "kl", true),
        ("pantherlake", "gcc@15.2", "kl", false),
        ("pantherlake", "gcc@15.2", "prefetchi", true),
        ("pantherlake", "gcc@15.3", "prefetchi", false),
        ("diamondrapids", "gcc@15.2", "amx-transpose", true),
        ("diamondrapids", "gcc@15.3", "amx-transpose", false),
        ("diamondrapids", "gcc@16.1", "amx-tf32", true),
        ("diamondrapids", "gcc@16.2", "amx-tf32", false),
    ] {
        let choice = toolchain::decide_for(&model(name), spec).unwrap();
        assert_eq!(choice.march, name, "{spec}");
        let without = format!("-mno-{feature}");
        let there = choice.drop.contains(&without) || choice.inert.contains(&without);
        assert_eq!(there, dropped, "{name} on {spec}: {choice:?}");
    }
}

#[test]
fn tables_know_a_name_from_its_first_release_on() {
    let numbers = |text: &str| -> Vec<u32> { text.split('.').map(|n| n.parse().unwrap()).collect() };
    let mut brought_back = Vec::new();
    for table in CompilerTable::names() {
        let loaded = CompilerTable::load(&table).unwrap();
        let from = numbers(&loaded.from);
        for row in microarchitectures().unwrap().rows {
            let (first, last) = match loaded.compiler.as_str() {
                "gcc" => (&row.first.gcc, &row.last.gcc),
                _ => (&row.first.clang, &row.last.clang),
            };
            let gone = last.as_deref().is_some_and(|last| from[0] > numbers(last)[0]);
            let there = !gone && first.as_deref().is_some_and(|first| from >= numbers(first));
            let known = loaded.march.contains_key(&row.name) || loaded.march32.contains_key(&row.name);
            if known && !there {
                brought_back.push(format!("{} in {table}", row.name));
            }
            assert!(known || !there, "{table} lacks {}", row.name);
        }
    }
    // Names that older branches were given later, as gcc's ChangeLog tells.
    let expected = [
        "znver4 in gcc-11.5",
        "znver5 in gcc-12.5",
        "znver5 in gcc-13.4",
        "znver5 in gcc-13.5",
        "c86-4g-m4 in gcc-15.4",
        "c86-4g-m6 in gcc-15.4",
        "c86-4g-m7 in gcc-15.4",
    ];
    assert_eq!(brought_back, expected);
}
