//! Which flags are kept, and what is said of the others.

use crate::render::support::{catalogue, kept, profile, render, unmeasured};
use hwtune::profile::{Evidence, JudgedKind, Judgement, Profile, Stage, Verdict};
use hwtune::render::{Options, RenderError, Rendered};
use proptest::prelude::*;

fn zlib(change: impl Fn(&mut Profile)) -> Rendered {
    let mut profile = profile("measured");
    change(&mut profile);
    render(&profile, "nixos-overlay", &Options::default()).unwrap()
}

fn reason(rendered: &Rendered, package: &str, flag: &str) -> String {
    let choice = rendered.choices.iter().find(|c| c.package == package).unwrap();
    choice.dropped.iter().find(|d| d.flag == flag).map(|d| d.reason.clone()).unwrap_or_default()
}

#[test]
fn a_claim_must_follow_from_its_own_figures() {
    type Change = fn(&mut Profile);
    let cases: [(&str, Change); 10] = [
        ("verdict equivalent", |p| p.package.get_mut("zlib").unwrap().verdict = Verdict::Equivalent),
        ("verdict harms", |p| p.package.get_mut("zlib").unwrap().verdict = Verdict::Harms),
        ("not above the margin", |p| p.package.get_mut("zlib").unwrap().low = Some(1.0)),
        ("does not lie between", |p| p.package.get_mut("zlib").unwrap().effect = Some(9.0)),
        ("without effect", |p| p.package.get_mut("zlib").unwrap().low = None),
        ("no [measurement]", |p| p.measurement = None),
        ("A/A control", |p| p.measurement.as_mut().unwrap().aa.verdict = Verdict::Harms),
        ("is not a margin", |p| p.measurement.as_mut().unwrap().margin = -1.0),
        ("not measured", |p| p.package.get_mut("zlib").unwrap().evidence = Evidence::None),
        ("interrupted", |p| {
            p.complete = false;
            p.package.get_mut("zlib").unwrap().judged.clear();
        }),
    ];
    for (words, change) in cases {
        let rendered = zlib(change);
        assert!(kept(&rendered, "zlib").is_empty(), "{words}");
        let why = reason(&rendered, "zlib", "-march=skylake");
        assert!(why.contains(words), "{words:?} is not in {why:?}");
    }
    assert_eq!(kept(&zlib(|p| p.complete = false), "zlib").len(), 2, "this section was confirmed");
}

#[test]
fn what_was_judged_bad_is_not_written_even_when_asked() {
    for verdict in
        [Verdict::Refused, Verdict::Unsupported, Verdict::Crashed, Verdict::WrongResult, Verdict::Harms]
    {
        let mut profile = profile("unmeasured");
        profile.package.get_mut("glibc").unwrap().verdict = verdict;
        let rendered = render(&profile, "nixos-overlay", &unmeasured()).unwrap();
        assert!(kept(&rendered, "glibc").is_empty(), "{verdict}");
    }
    let rendered = zlib(|p| {
        p.package.get_mut("zlib").unwrap().judged.push(Judgement {
            flags: vec!["-mtune=skylake".into()],
            kind: JudgedKind::Alone,
            stage: Stage::Accept,
            verdict: Verdict::Unsupported,
            reason: String::new(),
            kernel: None,
            effect: None,
            low: None,
            high: None,
            layouts: 0,
            pairs: 0,
            base_ns: None,
            layout_effects: Vec::new(),
            layout_spread: Vec::new(),
            within_bounds: Vec::new(),
        });
    });
    assert_eq!(kept(&rendered, "zlib"), ["-march=skylake"]);
    assert!(reason(&rendered, "zlib", "-mtune=skylake").contains("unsupported"));
}

#[test]
fn some_flags_come_only_on_request() {
    let allow = |text: &str| Options { allow: vec![text.parse().unwrap()], ..Options::default() };
    let rendered = render(&profile("measured"), "nixos-overlay", &allow("glibc:-O3")).unwrap();
    assert_eq!(kept(&rendered, "glibc"), ["-march=skylake", "-mtune=skylake", "-O3"]);
    assert!(reason(&rendered, "glibc", "-fno-plt").contains("--allow glibc:-fno-plt"));
    let both = Options {
        allow: vec!["glibc:-O3".parse().unwrap(), "glibc:-fno-plt".parse().unwrap()],
        ..Options::default()
    };
    let rendered = render(&profile("measured"), "nixos-overlay", &both).unwrap();
    assert!(rendered.choices.iter().all(|c| c.measured), "the whole set is what was measured");
    let error = render(&profile("measured"), "nixos-overlay", &allow("glib:-O3")).unwrap_err();
    assert!(matches!(error, RenderError::Option { .. }), "{error}");
    assert!("glibc".parse::<hwtune::render::Allow>().is_err());
}

#[test]
fn what_is_asked_for_by_name_is_written_or_refused() {
    let asked = |name: &str| Options { packages: vec![name.into()], ..Options::default() };
    let only = render(&profile("measured"), "nixos-overlay", &asked("zlib")).unwrap();
    assert_eq!(only.choices.len(), 1);
    for (name, words) in [("bash", "nothing"), ("nothere", "no policy"), ("zstd", "not in the profile")] {
        let error = render(&profile("measured"), "nixos-overlay", &asked(name)).unwrap_err();
        assert!(error.is_refusal(), "{name}: {error}");
        assert!(error.to_string().contains(words) || name == "bash", "{name}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
    let error = render(&profile("measured"), "nixos-overlai", &Options::default()).unwrap_err();
    assert!(error.to_string().contains("nixos-overlay") && !error.is_refusal());
    let release = Options { nixpkgs: Some("23.05".into()), ..Options::default() };
    let error = render(&profile("measured"), "nixos-overlay", &release).unwrap_err();
    assert!(error.to_string().contains("25.05") && !error.is_refusal());
}

#[test]
fn the_oldest_compiler_decides_the_name() {
    let release = |name: &str| Options { nixpkgs: Some(name.into()), ..Options::default() };
    let low = render(&profile("zen5"), "nixos-overlay", &release("25.05")).unwrap();
    assert_eq!(kept(&low, "zlib"), ["-march=znver4", "-mtune=znver4"]);
    assert!(reason(&low, "zlib", "-march=znver5").contains("gcc 13"));
    assert!(!low.choices.iter().any(|c| c.package == "zlib" && c.measured));
    assert!(low.text.contains("stands in for") && low.text.contains("nixos-replace"));
    for (target, release_name) in [("nixos-overlay", "26.05"), ("nixos-replace", "25.05")] {
        let high = render(&profile("zen5"), target, &release(release_name)).unwrap();
        assert_eq!(kept(&high, "zlib"), ["-march=znver5", "-mtune=znver5"], "{target}");
    }
    let strict = Options { strict: true, ..release("25.05") };
    assert!(render(&profile("zen5"), "nixos-overlay", &strict).unwrap_err().is_refusal());
    // A Zen 5 host of which the hypervisor hides what Zen 4 and Zen 3 have falls back further.
    let mut masked = profile("zen5");
    let (hidden, offered) = masked.host.features.iter().cloned().partition(|f| f.starts_with("avx512"));
    (masked.host.masked, masked.host.features) = (hidden, offered);
    let low = render(&masked, "nixos-overlay", &release("25.05")).unwrap();
    assert_eq!(kept(&low, "zlib"), ["-march=znver3", "-mtune=znver4"]);
    // The same where the compiler knows the name, but no difference takes away what the host lacks.
    let high = render(&masked, "nixos-overlay", &release("26.05")).unwrap();
    assert_eq!(kept(&high, "zlib"), ["-march=znver3", "-mtune=znver5"]);
    assert!(reason(&high, "zlib", "-march=znver5").contains("which this host does not offer"));
    // A difference that the oldest compiler has no option for is left out.
    let mut delta = profile("zen5");
    for section in delta.package.values_mut() {
        section.flags = vec!["-march=znver3".into(), "-mavx512f".into(), "-mavx10.2".into()];
        section.judged.iter_mut().for_each(|j| j.flags = section.flags.clone());
    }
    let low = render(&delta, "nixos-overlay", &release("25.05")).unwrap();
    assert_eq!(kept(&low, "zlib"), ["-march=znver3", "-mavx512f"]);
    assert!(reason(&low, "zlib", "-mavx10.2").contains("no such option"));
}

#[test]
fn names_promise_no_more_than_the_host_offers() {
    let mut masked = profile("zen5");
    masked.host.masked = vec!["avx512f".into(), "pku".into()];
    for (target, words, not) in [
        ("cargo", "target-cpu=znver3", "target-cpu=znver5"),
        // archspec asks for pku too, though it changes no code.
        ("spack", "target=zen2", "target=zen5"),
        ("nixos-platform", "arch = \"znver3\"", "arch = \"znver5\""),
        ("zig", "-Dcpu=znver3", "-Dcpu=znver5"),
    ] {
        let text = render(&masked, target, &Options::default()).unwrap().text;
        assert!(text.contains(words) && !text.contains(not), "{text}");
        let text = text.replace("\n# ", " ");
        let told = text.contains("does not offer avx512f") || text.contains("archspec wants pku");
        assert!(told, "{text}");
    }
    masked.host.masked = vec!["pku".into()];
    let text = render(&masked, "cargo", &Options::default()).unwrap().text;
    assert!(text.contains("target-cpu=znver5"), "what changes no code hides no name");
}

#[test]
fn another_compiler_is_told_and_strictly_refused() {
    let release = Options { nixpkgs: Some("25.05".into()), ..Options::default() };
    let rendered = render(&profile("measured"), "nixos-overlay", &release).unwrap();
    assert!(rendered.text.contains("measured with gcc-12.2.0 and built with gcc 14"), "{}", rendered.text);
    let strict = |packages: &[&str], nixpkgs: Option<&str>| Options {
        strict: true,
        packages: packages.iter().map(|p| p.to_string()).collect(),
        nixpkgs: nixpkgs.map(str::to_string),
        ..Options::default()
    };
    let refused =
        render(&profile("measured"), "nixos-overlay", &strict(&["zlib"], Some("25.05"))).unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("gcc 14"), "{refused}");
    assert!(render(&profile("measured"), "nixos-overlay", &strict(&["zlib"], None)).is_ok());
    assert!(
        render(&profile("measured"), "nixos-overlay", &strict(&[], None)).is_err(),
        "glibc's rest was not measured"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_flag_leaves_the_plain_form(flags in prop::collection::vec(any::<String>(), 0..6), tail in "[ -~]{0,12}") {
        let catalogue = catalogue();
        let mut profile = profile("measured");
        let mut all = flags;
        all.extend(["-f", "-m", "-O", "--param=", "-Wl,", "-march=", "@", "-"].map(|stem| format!("{stem}{tail}")));
        let zlib = profile.package.get_mut("zlib").unwrap();
        zlib.flags = all.clone();
        zlib.judged.iter_mut().for_each(|j| j.flags = all.clone());
        let rendered = hwtune::render::render(&profile, catalogue, "nixos-overlay", &Options::default()).unwrap();
        let choice = rendered.choices.iter().find(|c| c.package == "zlib").unwrap();
        prop_assert_eq!(choice.kept.len() + choice.dropped.len(), all.len());
        for flag in &choice.kept {
            prop_assert!(flag.starts_with("-m") || flag.starts_with("-f") || flag.starts_with("-O"));
            prop_assert!(flag.chars().all(|c| c.is_ascii_alphanumeric() || "-=+,._:".contains(c)), "{}", flag);
        }
    }
}

/// What does not rest on equal bits says so in the head, with both errors, wherever the flags are written.
#[test]
fn results_within_bounds_are_a_risk_that_is_told() {
    let mut profile = profile("measured");
    let bounds = hwtune::profile::WithinBounds {
        kernel: "zlib/sums".into(),
        function: "sin".into(),
        base: 0.55,
        variant: 0.75,
        bound: 1.0,
    };
    for name in ["zlib", "host"] {
        let section = profile.package.get_mut(name).unwrap();
        let flags = section.flags.clone();
        let row = section.judged.iter_mut().find(|j| j.kernel.is_none() && j.flags == flags).unwrap();
        row.within_bounds = vec![bounds.clone()];
    }
    let told = "does not rest on equal bits: results differ within documented errors. zlib/sums within bounds: sin 0.75 ulp \
                (base 0.55, documented 1).";
    let head = |text: &str| {
        let lines = text.lines().filter_map(|l| l.trim_start().strip_prefix('#'));
        lines.map(str::trim).collect::<Vec<_>>().join(" ")
    };
    for (target, names) in [
        ("nixos-overlay", vec!["zlib"]),
        ("nixos-replace", vec!["zlib"]),
        ("gentoo", vec!["host"]),
        ("gentoo-packages", vec!["host", "zlib"]),
        ("conan", vec!["host", "zlib"]),
        ("spack", vec!["zlib"]),
        ("easybuild", vec!["host"]),
        ("easybuild-packages", vec!["zlib"]),
        ("buildroot", vec!["host", "zlib"]),
        ("yocto", vec!["host", "zlib"]),
        ("makepkg", vec!["host"]),
        ("hwcaps", vec!["zlib"]),
    ] {
        let text = render(&profile, target, &Options::default()).unwrap().text;
        let head = head(&text);
        for name in &names {
            assert!(head.contains(&format!("RISK: {name} {told}")), "{target} {name}\n{head}");
        }
        assert_eq!(head.matches(told).count(), names.len(), "{target}");
    }
    let without = render(&crate::render::support::profile("measured"), "yocto", &Options::default());
    assert!(!without.unwrap().text.contains("equal bits"));
}
