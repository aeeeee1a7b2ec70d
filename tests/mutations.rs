//! The readers on mutated inputs, a fixed number of them: what the fuzz targets do without end, on the stable toolchain. No
//! input makes a reader panic, hang or say more than one line.

use crate::support::mutation::{changes, mutated, mutated_bytes};
use hwtune::build::identity;
use hwtune::catalogue::{Catalogue, Policy, check_table, kernel_text};
use hwtune::experiment::{Entry, Job, Planted, parse_protocol};
use hwtune::host::{Detected, Xcr0, live_at, replay};
use hwtune::profile::{self, Profile};
use hwtune::render::{Options, Target, render_target, targets};
use hwtune::rollout::{imported, parse_state};
use hwtune::toolchain::{Candidate, decide_for};
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static GIVEN: LazyLock<(Profile, Catalogue)> = LazyLock::new(|| {
    let profile = profile::read(&root().join("tests/profiles/measured.toml")).unwrap();
    (profile, Catalogue::load(None).unwrap())
});

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The committed corpus of a target, and further files.
fn corpus(target: &str, more: &[&str]) -> Vec<Vec<u8>> {
    let folder = root().join("tests/corpus").join(target);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
    paths.sort();
    paths.extend(more.iter().map(|m| root().join(m)));
    paths.iter().map(|p| std::fs::read(p).unwrap()).collect()
}

/// This machine, as a dump of another tells it.
static SKYLAKE: LazyLock<Detected> = LazyLock::new(|| {
    let dump = std::fs::read(root().join("tests/hosts/raw/skylake--cpuid-r.txt")).unwrap();
    replay(&dump, "skylake", Xcr0::Supported).unwrap()
});

/// An object, a shared object and a program of this machine, none of them large.
static ELF: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("t.c");
    std::fs::write(
        &source,
        "int x; int *p = &x;\nint f(int a) { return a + *p; }\nint main(void) { return f(1); }\n",
    )
    .unwrap();
    [&["-c"][..], &["-c", "-flto", "-g"], &["-shared", "-fPIC", "-Wl,-soname,libt.so.1"], &["-no-pie"]]
        .into_iter()
        .filter_map(|options| {
            let out = dir.path().join("out");
            let done =
                std::process::Command::new("gcc").args(options).arg("-o").arg(&out).arg(&source).status();
            done.unwrap().success().then(|| std::fs::read(&out).unwrap())
        })
        .collect()
});

fn one_line(error: &impl std::fmt::Display) {
    assert!(!error.to_string().contains('\n'), "an error is one line: {error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn tables(which: Index, by in changes()) {
        let text = mutated(&corpus("catalogue", &["probes/values.toml", "tests/render/policy.toml"]), which, &by);
        for file in ["flags.toml", "values.toml", "packages.toml"] {
            if let Err(error) = check_table(file, &text) {
                one_line(&error);
            }
        }
    }

    #[test]
    fn kernels(which: Index, by in changes()) {
        let text = mutated(&corpus("kernel", &["probes/zlib/crc32.c", "probes/glibc/malloc.c"]), which, &by);
        match kernel_text("k.c", &text) {
            Ok(kernel) => prop_assert!(!kernel.units.is_empty() && !kernel.datasets.is_empty()),
            Err(error) => one_line(&error),
        }
    }

    #[test]
    fn templates(which: Index, by in changes()) {
        let text = mutated(&corpus("template", &["src/render/templates/env-sh.j2", "src/render/templates/cargo.j2"]), which, &by);
        let (profile, catalogue) = &*GIVEN;
        match Target::parse("mine", &text, "mine.j2") {
            Ok(target) => {
                if let Err(error) = render_target(profile, catalogue, &target, &Options::default()) {
                    one_line(&error);
                }
            }
            Err(error) => one_line(&error),
        }
    }

    #[test]
    fn states(which: Index, by in changes()) {
        let text = mutated(&corpus("state", &[]), which, &by);
        match parse_state(Path::new("state"), &text) {
            Ok(state) => {
                let again = parse_state(Path::new("again"), &toml::to_string(&state).unwrap()).unwrap();
                prop_assert_eq!(format!("{again:?}"), format!("{state:?}"));
            }
            Err(error) => one_line(&error),
        }
    }

    #[test]
    fn profiles(which: Index, by in changes()) {
        let text = mutated(&corpus("profile", &["tests/profiles/measured.toml", "profiles/shoshin.toml"]), which, &by);
        match profile::parse(&text, "p") {
            Ok(read) => prop_assert_eq!(profile::parse(&profile::to_toml(&read).unwrap(), "again").unwrap(), read),
            Err(error) => one_line(&error),
        }
    }

    #[test]
    fn protocols(which: Index, by in changes()) {
        let text = mutated(&corpus("protocol", &[]), which, &by);
        let entry = Entry { kernel: 0, dataset: 0, seed: 0, calls: 0, pairs: 2, planted: false, bounded: false };
        let entries = vec![entry, Entry { kernel: 1, pairs: 1, ..entry }];
        let job = Job { a: "/a".into(), b: "/b".into(), warm_ns: 0, draw: 0, planted: Planted::NONE, entries };
        if let Ok(answers) = parse_protocol(&text, &job, "test") {
            prop_assert_eq!(answers.len(), 2);
            for (answer, asked) in answers.iter().zip(&job.entries) {
                match answer {
                    Ok(found) => {
                        prop_assert_eq!(found.pairs.len(), asked.pairs as usize);
                        prop_assert!(found.pairs.iter().all(|p| p.effect().abs() < 3000.0));
                    }
                    Err(fault) => one_line(fault),
                }
            }
        }
    }

    #[test]
    fn flags(which: Index, by in changes()) {
        let text = mutated(&corpus("flag", &[]), which, &by);
        let catalogue = &GIVEN.1;
        let policy = catalogue.policy(&catalogue.packages["zlib"], &text);
        prop_assert!(matches!(policy, Policy::Refused(_)) || Catalogue::grammar(&text).is_ok(), "{:?}", text);
        if Candidate::bare(&text).refused.is_none() {
            let plain = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "-+=_.,:".contains(c);
            let loads = |word: &str| {
                ["-fplugin", "-iplugindir", "-fpass-plugin", "-Wl,-plugin", "-Wl,--plugin"].iter().any(|l| word.starts_with(l))
            };
            prop_assert!(text.chars().all(plain) && !text.split_ascii_whitespace().any(loads), "{:?}", text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A user's own folder, whole: links out of it and round, FIFOs, files that say they are a terabyte.
    #[test]
    fn folders(which: Index, by in changes()) {
        let text = mutated(&corpus("folder", &[]), which, &by);
        let place = tempfile::tempdir().unwrap();
        crate::support::folder::unfold(place.path(), &text);
        match GIVEN.1.clone().extended(place.path()) {
            Ok(whole) => prop_assert!(whole.flags.is_sorted_by(|a, b| a.name < b.name)),
            Err(error) => one_line(&error),
        }
        if let Err(error) = targets(Some(place.path())) {
            one_line(&error);
        }
    }

    /// A trial alone: of a whole folder few changes meet it.
    #[test]
    fn trials(which: Index, by in changes()) {
        let seeds = corpus("folder", &[]);
        let whole = String::from_utf8(seeds.into_iter().find(|s| s.starts_with(b"==> flags.toml")).unwrap()).unwrap();
        let (before, after) = whole.split_once("==> mine/trial.toml\n").unwrap();
        let (trial, rest) = after.split_once("\n==> ").map_or((after, String::new()), |(t, r)| (t, format!("\n==> {r}")));
        let text = mutated(&[trial.into()], which, &by).replace("==> ", "");
        let place = tempfile::tempdir().unwrap();
        crate::support::folder::unfold(place.path(), &format!("{before}==> mine/trial.toml\n{text}{rest}"));
        match GIVEN.1.clone().extended(place.path()) {
            Ok(whole) => prop_assert!(whole.trials["mine"].operation.iter().all(|o| (0.0..=1.0).contains(&o.weight))),
            Err(error) => one_line(&error),
        }
    }

    /// A NixOS configuration, followed through its imports.
    #[test]
    fn configurations(which: Index, by in changes()) {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("configuration.nix"), mutated_bytes(&corpus("nix", &[]), which, &by)).unwrap();
        std::fs::write(place.path().join("hwtune.nix"), "{ options.hwtune.enable = 1; imports = [ ./configuration.nix ]; }").unwrap();
        match imported(place.path()) {
            Ok(found) => prop_assert!(found.files >= 1 && found.notes.iter().all(|n| !n.contains('\n'))),
            Err(error) => one_line(&error),
        }
    }

    /// What `nix-store`, `nix-env`, `journalctl`, `ps`, `/proc/meminfo`, `/proc/PID/maps`, a derivation and the timing program say.
    #[test]
    fn answers_of_the_system(which: Index, by in changes()) {
        crate::support::answers::rollout(&mutated(&corpus("answers", &[]), which, &by));
    }

    /// Texts of `/proc` and `/sys`.
    #[test]
    fn texts_of_the_kernel(which: Index, by in changes()) {
        let text = mutated(&corpus("sys", &[]), which, &by);
        let place = tempfile::tempdir().unwrap();
        let mut parts = text.split("\n--\n");
        let cpus = place.path().join("sys/devices/system/cpu");
        for cpu in 0..4 {
            for folder in ["topology", "cpufreq", "microcode"] {
                std::fs::create_dir_all(cpus.join(format!("cpu{cpu}/{folder}"))).unwrap();
            }
        }
        std::fs::create_dir_all(place.path().join("proc")).unwrap();
        for file in [
            "online", "cpu0/topology/core_id", "cpu0/topology/physical_package_id", "cpu1/topology/core_id",
            "cpu1/topology/physical_package_id", "cpu0/cpufreq/scaling_governor", "cpu0/microcode/version", "../../../../proc/cpuinfo",
        ] {
            std::fs::write(cpus.join(file), parts.next().unwrap_or_default()).unwrap();
        }
        match live_at(place.path()) {
            Ok(found) => {
                prop_assert!(found.host.threads <= 8192 && found.host.cores <= 8192);
                let shown = format!("{} {}", found.system.governor, found.system.microcode);
                prop_assert!(!shown.contains(char::is_control), "{:?}", shown);
            }
            Err(error) => one_line(&error),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// `detect --for`.
    #[test]
    fn compilers_by_name(text in prop_oneof!["(gcc|clang|icx)?@?[0-9.]{0,24}", "\\PC{0,12}@\\PC{0,12}", "gcc@[0-9]{1,20}(\\.[0-9]{0,20}){0,3}"]) {
        match decide_for(&SKYLAKE, &text) {
            Ok(choice) => prop_assert!(choice.march.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)), "{:?}", choice.march),
            Err(error) => one_line(&error),
        }
    }

    /// Objects and libraries, as a compiler under odd flags or a user of `compare` gives them.
    #[test]
    fn objects(which: Index, by in changes()) {
        let seeds = [&ELF[..], &corpus("object", &[])].concat();
        let bytes = mutated_bytes(&seeds, which, &by);
        match identity(&bytes) {
            Ok(found) => prop_assert_eq!(identity(&bytes), Ok(found)),
            Err(error) => one_line(&error),
        }
    }
}

/// What was found once: sizes of sections whose sum no number holds.
#[test]
fn an_object_that_says_it_is_larger_than_any_program_is_refused() {
    for bytes in corpus("object", &[]) {
        assert_eq!(identity(&bytes).unwrap_err(), "its sections are larger than any program");
    }
}

#[test]
fn a_template_that_would_run_for_ever_is_ended() {
    let (profile, catalogue) = &*GIVEN;
    let each = "{% for a in host.features %}".repeat(6);
    let text = format!(
        "{{#-\ntitle = \"x\"\nfile = \"x\"\nsyntax = \"text\"\n-#}}\n{each}x{}",
        "{% endfor %}".repeat(6)
    );
    let target = Target::parse("mine", &text, "mine.j2").unwrap();
    let error = render_target(profile, catalogue, &target, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("mine.j2") && error.contains("fuel"), "{error}");
}
