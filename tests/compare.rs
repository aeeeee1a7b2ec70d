//! `compare` on real libraries: the protocol, checksums and words, never the time.

use crate::support::mine::{Mine, as_its_schema_says, fails, json, system};
use hwtune::compare::{Compared, find};
use serde_json::Value;

const VERDICTS: [&str; 5] = ["helps", "harms", "equivalent", "layout-sensitive", "inconclusive"];

/// Every figure has a verdict of the vocabulary, an interval around its effect and the calls it rests on.
fn sound(document: &Value) {
    let made: Compared = serde_json::from_value(document.clone()).unwrap();
    assert!(made.complete);
    for figures in made.operations.iter().map(|o| &o.figures).chain([&made.whole]) {
        assert!(VERDICTS.contains(&figures.verdict.name()), "{figures:?}");
        assert!(figures.low <= figures.effect && figures.effect <= figures.high, "{figures:?}");
        assert!(
            figures.layouts >= 6 && figures.pairs >= 6 && figures.calls >= u64::from(figures.pairs),
            "{figures:?}"
        );
    }
    assert!(made.control.is_some());
}

#[test]
fn a_library_that_nobody_here_wrote_is_compared_and_its_faults_are_verdicts() {
    let mine = Mine::new();
    let before = mine.library("before.so", &["src/deep.c", "-O1"]);
    mine.library("after.so", &["src/deep.c", "-O2"]);
    let args = ["compare", "--package", "mine", "--budget", "8s", "--seed", "3", "--format", "json"];
    let compare = |before: &str, after: &str, more: &[&str]| {
        mine.run(&[&args[..], &["--before", before, "--after", after], more].concat())
    };
    let found = json(&compare("before.so", "after.so", &[]));
    sound(&found);
    as_its_schema_says(&mine, "compare", &found);
    assert_eq!(found["operations"][0]["operation"], "sum");
    assert_eq!(found["before"]["soname"], "libmine.so.2");
    assert_eq!(
        found["before"]["path"].as_str().unwrap(),
        std::fs::canonicalize(before).unwrap().to_str().unwrap()
    );

    // One operation alone is the whole.
    let one = json(&compare("before.so", "after.so", &["--operation", "twice"]));
    assert_eq!(one["operations"].as_array().unwrap().len(), 1);
    assert_eq!(one["operations"][0]["weight"], 1.0);

    // The same code: nothing to time.
    std::fs::copy(mine.path("before.so"), mine.path("copy.so")).unwrap();
    let same = json(&compare("before.so", "copy.so", &[]));
    assert_eq!(
        (&same["whole"]["verdict"], &same["operations"][1]["verdict"]),
        (&"same-code".into(), &"same-code".into())
    );
    assert_eq!(same["whole"]["calls"], 0);

    // Another result, and only in one operation; a function that is gone; a crash.
    mine.replace("tree/src/deep.c", "2 *", "3 *");
    mine.library("wrong.so", &["src/deep.c", "-O1"]);
    let wrong = json(&compare("before.so", "wrong.so", &[]));
    assert_eq!(wrong["whole"]["verdict"], "wrong-result");
    assert_eq!(wrong["operations"][1]["verdict"], "wrong-result");
    assert!(VERDICTS.contains(&wrong["operations"][0]["verdict"].as_str().unwrap()));
    mine.library("less.so", &["-O1"]);
    let less = json(&compare("before.so", "less.so", &["--operation", "twice"]));
    assert_eq!(less["operations"][0]["verdict"], "unsupported");
    assert!(less["operations"][0]["reason"].as_str().unwrap().contains("mine_twice"));
    mine.replace("tree/src/deep.c", "return 3 *", "*(volatile int *)8 = 1; return 3 *");
    mine.library("crash.so", &["src/deep.c", "-O1"]);
    let crash = json(&compare("before.so", "crash.so", &["--operation", "twice"]));
    assert_eq!(crash["operations"][0]["verdict"], "crashed");
    // The library before is the measure: without it there is no comparison.
    fails(
        &compare("crash.so", "before.so", &["--operation", "twice"]),
        2,
        &["package mine", "the library before", "SIGSEGV"],
    );
}

#[test]
fn files_that_differ_in_what_is_not_executed_are_the_same_code() {
    let mine = Mine::new();
    let catalogue = hwtune::catalogue::Catalogue::load(Some(&mine.path("probes"))).unwrap();
    let code = |file: &str| find(&catalogue.trials["mine"], &mine.path(file)).unwrap().code;
    // Tables of addresses and of numbers, a variable and a call of another library: all that the loader writes into.
    let more = "#include <stdlib.h>\nstatic int one(void) { return 1; }\nstatic int two(void) { return 2; }\n\
        static int (*const table[])(void) = { one, two };\nint mine_state = 5;\n\
        static const int primes[] = { 2, 3, 5, 7, 11, 13, 17, 19 };\n\
        int mine_odd(unsigned n) { return table[n & 1]() + mine_state + primes[n & 7] + abs(rand()); }\n";
    mine.write("tree/src/odd.c", more);
    let sources = ["src/deep.c", "src/odd.c", "-O2"];
    let build = |out: &str, more: &[&str]| mine.library(out, &[&sources[..], more].concat());
    build("before.so", &["-Wl,-rpath,/nix/store/a", "-Wl,--build-id=0x11"]);
    let before = code("before.so");
    let long = format!("-Wl,-rpath,/{}", "long/".repeat(900));
    for (name, options) in [
        ("path.so", &["-Wl,-rpath,/nix/store/b", "-Wl,--build-id=0x22"][..]),
        // So long that all that follows lies a page later.
        ("page.so", &[long.as_str(), "-Wl,--build-id=none"]),
        ("debug.so", &["-Wl,-rpath,/nix/store/a", "-g"]),
        ("stripped.so", &["-Wl,-rpath,/nix/store/a", "-s"]),
    ] {
        build(name, options);
        assert_eq!(code(name), before, "{name}");
    }
    // What does run: another number in a table, another order of functions, another start, another library, another binding.
    let sum = mine.path("tree/src/odd.c");
    for (from, to) in [("17, 19", "17, 23"), ("{ one, two }", "{ two, one }"), ("state = 5", "state = 6")] {
        std::fs::write(&sum, more.replace(from, to)).unwrap();
        build("other.so", &["-Wl,-rpath,/nix/store/a", "-Wl,--build-id=0x11"]);
        assert_ne!(code("other.so"), before, "{to}");
    }
    std::fs::write(&sum, more).unwrap();
    for option in ["-O1", "-Wl,-z,now", "-Wl,-init,mine_odd", "-Wl,--no-as-needed,-lm", "-Wl,-Bsymbolic"] {
        build("other.so", &["-Wl,-rpath,/nix/store/a", option]);
        assert_ne!(code("other.so"), before, "{option}");
    }
    let compare = ["compare", "--package", "mine", "--before", "before.so", "--after", "page.so", "--strict"];
    let found = json(&mine.run(&[&compare[..], &["--format", "json"]].concat()));
    assert_eq!((&found["whole"]["verdict"], &found["whole"]["calls"]), (&"same-code".into(), &0.into()));
    assert_ne!(found["before"]["sha256"], found["after"]["sha256"]);
    assert!(found["whole"]["reason"].as_str().unwrap().contains("RUNPATH"), "{found}");
    // Without a table of sections nothing can be told apart.
    let mut bytes = std::fs::read(mine.path("before.so")).unwrap();
    bytes[0x28..0x30].fill(0);
    bytes[0x3c..0x40].fill(0);
    std::fs::write(mine.path("bare.so"), &bytes).unwrap();
    let bare = code("bare.so");
    assert_ne!(bare, before);
    bytes.push(0);
    std::fs::write(mine.path("bare.so"), &bytes).unwrap();
    assert_ne!(code("bare.so"), bare);
}

#[test]
fn a_library_that_patchelf_rewrote_is_the_same_code() {
    let mine = Mine::new();
    if std::process::Command::new("patchelf").arg("--version").output().is_err() {
        eprintln!("skipped: no patchelf");
        return;
    }
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let code = |file: &std::path::Path| find(&catalogue.trials["zlib"], file).unwrap().code;
    let (libz, copy) = (system("libz.so.1"), mine.path("libz.so.1"));
    for path in ["/a", &"/long".repeat(2000)] {
        std::fs::copy(&libz, &copy).unwrap();
        let done = std::process::Command::new("patchelf").args(["--set-rpath", path]).arg(&copy).status();
        assert!(done.unwrap().success());
        assert_ne!(std::fs::read(&libz).unwrap(), std::fs::read(&copy).unwrap());
        assert_eq!(code(&libz), code(&copy), "{path}");
    }
}

#[test]
fn what_is_no_library_of_the_package_is_told() {
    let mine = Mine::new();
    mine.library("before.so", &["src/deep.c"]);
    mine.write("text.so", "no library\n");
    let compare = |package: &str, after: &str| {
        mine.run(&["compare", "--package", package, "--before", "before.so", "--after", after])
    };
    fails(&compare("mine", "gone.so"), 2, &["gone.so", "name libmine.so.2"]);
    fails(&compare("mine", "text.so"), 2, &["text.so", "no shared object"]);
    fails(&compare("mine", "."), 2, &["no libmine.so.2 in it"]);
    fails(&compare("mine", system("libc.so.6").to_str().unwrap()), 2, &["is libc.so.6, not libmine.so.2"]);
    fails(&compare("nobody", "before.so"), 2, &["package nobody", "mine"]);
    let odd = mine.run(&[
        "compare",
        "--package",
        "mine",
        "--before",
        "before.so",
        "--after",
        "before.so",
        "--operation",
        "x",
    ]);
    fails(&odd, 2, &["--operation x", "sum, twice"]);
    let lone = mine.run(&["compare", "--package", "glibc", "--before", "before.so", "--after", "before.so"]);
    fails(&lone, 2, &["libmine.so.2, not libc.so.6"]);
}

#[test]
fn the_zlib_of_this_machine_equals_itself() {
    let (mine, libz) = (Mine::new(), system("libz.so.1"));
    let libz = libz.to_str().unwrap();
    let args = [
        "compare",
        "--package",
        "zlib",
        "--before",
        libz,
        "--after",
        libz,
        "--format",
        "json",
        "--budget",
        "8s",
    ];
    assert_eq!(json(&mine.run(&args))["whole"]["verdict"], "same-code");
    sound(&json(&mine.run(&[&args[..], &["--even-same", "--operation", "crc32"]].concat())));
}

#[test]
fn two_c_libraries_run_in_lockstep_each_under_its_own_loader() {
    let (mine, libc) = (Mine::new(), system("libc.so.6"));
    let libc = libc.to_str().unwrap();
    let args = [
        "compare",
        "--package",
        "glibc",
        "--before",
        libc,
        "--after",
        libc,
        "--format",
        "json",
        "--budget",
        "8s",
    ];
    sound(&json(&mine.run(&[&args[..], &["--even-same", "--operation", "qsort"]].concat())));
    // A C library without its loader cannot be run.
    std::fs::create_dir(mine.path("alone")).unwrap();
    std::fs::copy(libc, mine.path("alone/libc.so.6")).unwrap();
    let alone = mine.run(&["compare", "--package", "glibc", "--before", libc, "--after", "alone"]);
    fails(&alone, 2, &["alone", "no loader"]);
}
