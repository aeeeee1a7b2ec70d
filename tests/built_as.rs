//! `tune --nixpkgs RELEASE`: the base is what that release's compiler wrapper puts first, in the code and in the profile.

use crate::support::mine::{Mine, fails, stderr};
use hwtune::profile::{self, Verdict};

const FRAMES: [&str; 2] = ["-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer"];
const TUNE: [&str; 13] = [
    "tune",
    "--cc",
    "gcc",
    "--source",
    "mine=tree",
    "--candidates",
    "flags",
    "--seed",
    "5",
    "-o",
    "host.toml",
    "--budget",
    "2s",
];

#[test]
fn base_and_candidates_are_built_as_the_release_builds() {
    let mine = Mine::new();
    mine.write("flags", "-fomit-frame-pointer\n");
    let made = |more: &[&str]| {
        let output = mine.run(&[&TUNE[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let profile = profile::read(&mine.path("host.toml")).unwrap();
        (profile.package["mine"].clone(), stderr(&output))
    };
    // Up to 25.05 nothing comes first.
    let (plain, _) = made(&["--nixpkgs", "25.05"]);
    let own = ["-O1", "-fPIC"];
    assert_eq!((&plain.base[..], plain.nixpkgs.as_str()), (&own.map(String::from)[..], "25.05"));
    assert_eq!(plain.judged[0].verdict, Verdict::SameCode, "gcc leaves frame pointers out by itself");

    // The base is part of the question.
    let (with, said) = made(&["--nixpkgs", "25.11", "--if-stale"]);
    assert!(said.contains("was not measured against this base"), "{said}");
    assert!(said.contains("as nixpkgs 25.11 builds them, with -fno-omit-frame-pointer"), "{said}");
    assert_eq!(
        (with.base, with.nixpkgs.as_str()),
        ([&FRAMES[..], &own].concat().iter().map(|f| f.to_string()).collect(), "25.11")
    );
    assert_ne!(with.judged[0].verdict, Verdict::SameCode, "the base has frame pointers");
    assert_ne!(with.code_bytes.unwrap().base, plain.code_bytes.unwrap().base);
    let report = mine.run(&["report", "--profile", "host.toml", "--format", "md"]);
    let text = String::from_utf8_lossy(&report.stdout).into_owned();
    assert!(text.contains("as nixpkgs 25.11 builds it") && text.contains(FRAMES[1]), "{text}");
    let again = mine.run(&[&TUNE[..], &["--nixpkgs", "25.11", "--if-stale"]].concat());
    assert!(stderr(&again).contains("still true here"), "{}", stderr(&again));
}

#[test]
fn a_release_that_is_not_known_or_builds_nothing_here_is_refused() {
    let mine = Mine::new();
    mine.write("mine.c", "#include \"probe.h\"\n");
    let tune = |more: &[&str]| {
        mine.run(&[&["tune", "--cc", "gcc", "-o", "host.toml", "--budget", "2s"], more].concat())
    };
    fails(&tune(&["--package", "zlib", "--nixpkgs", "23.11"]), 2, &["--nixpkgs 23.11", "25.05, 25.11"]);
    fails(&tune(&["--kernel", "mine.c", "--nixpkgs", "25.11"]), 2, &["--nixpkgs 25.11", "--base"]);
}
