//! A setting that cannot be honoured is an error that names it, and is never dropped.

use crate::faults::support::{Place, fails, tune};

#[test]
fn a_compiler_that_is_asked_for_is_taken_or_refused() {
    let place = Place::new();
    let run = |cc: &str| place.hwtune(&tune(&[])).env("CC", cc).output().unwrap();
    for (cc, words) in [
        ("clang-99", "no such executable as clang-99"),
        ("gcc -m32 -O0", "give -m32 -O0 with --base"),
        ("ccache clang-99", "no such executable as clang-99"),
        ("true", "neither gcc nor clang"),
        ("ccache", "names no compiler"),
    ] {
        if cc == "ccache" && which::which("ccache").is_ok() {
            continue;
        }
        fails(cc, &run(cc), 20, &[words]);
    }
    let list = place.hwtune(&["probe", "--cc", "ccache gcc", "--", "-O3"]).output().unwrap();
    assert!(list.status.success(), "{}", String::from_utf8_lossy(&list.stderr));
    assert!(!place.path("host.toml").exists());
}

#[test]
fn a_wrapper_with_a_mind_of_its_own_is_noticed() {
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    let place = Place::new();
    let wrapper = place.script("wrapper", "#!/bin/sh\nexec gcc -march=haswell \"$@\"\n");
    let output = place.hwtune(&tune(&["--cc", wrapper.to_str().unwrap()])).output().unwrap();
    fails("wrapper", &output, 20, &["adds -march=haswell without being asked"]);
}

#[test]
fn an_option_that_a_command_has_no_use_for_is_refused() {
    let place = Place::new();
    let output = place.hwtune(&tune(&["--profile", "x.toml"])).output().unwrap();
    fails("--profile", &output, 2, &["tune reads no profile"]);
    for base in ["-O2 -m32", "-O2 -static", "-O1 -fsanitize=address"] {
        let output = place.hwtune(&tune(&["--base", base])).output().unwrap();
        fails(base, &output, 2, &["--base: -", "leave it out"]);
    }
    place.file("k.cpp", "int x;");
    let output = place.hwtune(&["tune", "k.cpp", "-o", "host.toml"]).output().unwrap();
    fails("C++", &output, 2, &["a C++ file, and kernels are C"]);
    let output = place.hwtune(&tune(&["--cc", "g++"])).output().unwrap();
    fails("g++", &output, 20, &["is a C++ compiler"]);
    let output = place.hwtune(&["tune", "zlibb", "-o", "host.toml"]).output().unwrap();
    fails("zlibb", &output, 2, &["did you mean zlib?"]);
}

/// It finds none of the kernel's headers, and its programs print by other calls than glibc's.
#[test]
fn musl_gcc_measures_and_is_confined() {
    if which::which("musl-gcc").is_err() {
        return;
    }
    let place = Place::new();
    let output = place.hwtune(&tune(&["--cc", "musl-gcc"])).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("could not set up"), "{said}");
}
