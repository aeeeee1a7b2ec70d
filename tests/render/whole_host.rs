//! Consumers of flags for a whole host: its own section decides, and no package's.

use crate::render::support::{kept, path, profile, render, unmeasured};
use hwtune::profile::Profile;
use hwtune::render::Options;
use std::process::Command;

const SET: [&str; 2] = ["-march=skylake", "-mtune=skylake"];

fn without_host() -> Profile {
    let mut profile = profile("measured");
    profile.package.remove("host");
    profile
}

/// The comment of a text as one line.
fn head(text: &str) -> String {
    text.lines().filter_map(|l| l.strip_prefix("# ").map(str::trim)).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_set_is_written_with_its_interval_and_its_domains() {
    let rendered = render(&profile("measured"), "gentoo", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "host"), SET);
    assert!(
        rendered.text.contains("CFLAGS=\"${CFLAGS} -march=skylake -mtune=skylake\""),
        "{}",
        rendered.text
    );
    let head = head(&rendered.text);
    for told in [
        "effect +8.2 (+7.1 to +9.3)",
        "by domain: numeric +31.2, strings +4.2, parsing +0.0",
        "code +40 %, compile time +24 %",
        "refused, since it is slower here: -march=x86-64-v2 -2.6 [-3.7, -1.5] (interpreters -8.1)",
        "equivalent here, so not written: -O3 +0.2 [-0.5, +0.9]",
        "round once instead of twice",
    ] {
        assert!(head.contains(told), "{told}\n{head}");
    }
    // A group of flags has one line of reason, and packages have none here.
    assert!(rendered.text.matches("- host:").count() <= 9 && !head.contains("zlib"), "{head}");
}

#[test]
fn a_name_that_makes_no_difference_is_offered_as_a_comment() {
    let mut profile = profile("measured");
    let host = profile.package.get_mut("host").unwrap();
    host.flags = vec!["-O3".into()];
    host.judged[0].flags = host.flags.clone();
    host.answer.retain(|a| a.question != hwtune::profile::HostQuestion::Set);
    let name = host.answer.iter_mut().find(|a| a.flags[0] == "-march=skylake").unwrap();
    name.verdict = hwtune::profile::Verdict::Equivalent;
    (name.effect, name.low, name.high) = (Some(0.3), Some(-0.4), Some(1.0));
    let rendered = render(&profile, "gentoo", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "host"), ["-O3"]);
    let told = "equivalent here, so not written: -march=skylake -mtune=skylake +0.3 [-0.4, +1.0]";
    assert!(head(&rendered.text).contains(told), "{}", rendered.text);
    let line = "# CFLAGS=\"${CFLAGS} -march=skylake -mtune=skylake\"";
    assert!(
        rendered.text.contains(line)
            && rendered.text.contains("\n# COMMON_FLAGS=\"${COMMON_FLAGS} -march=skylake")
            && rendered.text.contains("\nCOMMON_FLAGS=\"${COMMON_FLAGS} -O3\"\nCFLAGS=\"${CFLAGS} -O3\""),
        "{}",
        rendered.text
    );
}

#[test]
fn without_the_section_nothing_is_inferred_from_packages() {
    for target in [
        "gentoo",
        "makepkg",
        "cmake",
        "meson",
        "conan",
        "dpkg",
        "env-sh",
        "envrc",
        "bazel",
        "easybuild",
        "buildroot",
        "yocto",
    ] {
        let rendered = render(&without_host(), target, &Options::default()).unwrap();
        assert!(kept(&rendered, "host").is_empty(), "{target}");
        assert!(rendered.text.contains("hwtune tune --package host"), "{target}\n{}", rendered.text);
    }
    // What was asked for unmeasured says so.
    let rendered = render(&without_host(), "gentoo", &unmeasured()).unwrap();
    assert_eq!(kept(&rendered, "host"), ["-march=skylake", "-mtune=skylake"]);
    assert!(head(&rendered.text).contains("NOT MEASURED"));
}

#[test]
fn a_name_for_another_language_says_where_it_comes_from() {
    let text = render(&profile("measured"), "cargo", &Options::default()).unwrap().text;
    let told = "in C the same name was measured: helps, -march=skylake -mtune=skylake +8.2 [+7.1, +9.3]";
    assert!(head(&text).contains(told), "{text}");
    let text = render(&without_host(), "cargo", &Options::default()).unwrap().text;
    assert!(head(&text).contains("its effect was not measured"), "{text}");
}

#[test]
fn single_packages_go_where_a_consumer_has_settings_for_them() {
    let conan = render(&profile("measured"), "conan", &Options::default()).unwrap().text;
    assert!(conan.contains("zlib/*:tools.build:cflags+=[\"-march=skylake\", \"-mtune=skylake\"]"), "{conan}");
    let spack = render(&profile("measured"), "spack", &Options::default()).unwrap().text;
    assert!(spack.contains("cflags=\\\"-march=skylake -mtune=skylake\\\""), "{spack}");
    let script = render(&profile("measured"), "gentoo-packages", &Options::default()).unwrap().text;
    let root = tempfile::tempdir().unwrap();
    let file = root.path().join("packages.sh");
    std::fs::write(&file, &script).unwrap();
    let run = |more: &[&str]| {
        let mut sh = Command::new("sh");
        let out = sh.arg(&file).args(more).env("PORTAGE_CONFIGROOT", root.path()).output().unwrap();
        assert!(out.status.success(), "{}\n{script}", String::from_utf8_lossy(&out.stderr));
    };
    run(&[]);
    let portage = root.path().join("etc/portage");
    let read = |name: &str| std::fs::read_to_string(portage.join(name));
    assert!(read("package.env/hwtune").unwrap().contains("sys-libs/zlib hwtune-zlib.conf\n"));
    assert!(
        read("env/hwtune-zlib.conf")
            .unwrap()
            .starts_with("CFLAGS=\"${CFLAGS} -march=skylake -mtune=skylake\"\n")
    );
    run(&["remove"]);
    assert!(read("package.env/hwtune").is_err() && read("env/hwtune-zlib.conf").is_err());
}

#[test]
fn flags_are_one_line_for_a_variable() {
    let measured = path("profiles/measured.toml").display().to_string();
    let flags = |more: &[&str]| {
        let args = [&["flags", "--profile", &measured, "-q"], more].concat();
        Command::new(env!("CARGO_BIN_EXE_hwtune")).args(args).output().unwrap()
    };
    let line = |more: &[&str]| String::from_utf8(flags(more).stdout).unwrap();
    assert_eq!(line(&[]), "-O2 -march=skylake -mtune=skylake\n");
    // The level of the package's base stands where its flags name none.
    assert_eq!(line(&["zlib"]), "-O3 -march=skylake -mtune=skylake\n");
    let missing = flags(&["zstd"]);
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("hwtune tune --package zstd"));
}
