//! The readers on mutated inputs, a fixed number of them: what the fuzz targets do without end, on the stable toolchain. No
//! input makes a reader panic, hang or say more than one line.

use hwtune::catalogue::{Catalogue, Policy, check_table, kernel_text};
use hwtune::measure::{Job, Planted, parse_protocol};
use hwtune::profile::{self, Profile};
use hwtune::render::{Options, Target, render_target, targets};
use hwtune::rollout::parse_state;
use hwtune::toolchain::Candidate;
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

#[path = "support/folder.rs"]
mod folder;

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

/// One change of a text.
#[derive(Clone, Debug)]
enum Change {
    Byte(Index, u8),
    Cut(Index, Index),
    Twice(Index, Index),
    From(Index, Index, Index),
    Word(Index, &'static str),
}

/// Pieces that readers look for, and some that they should not be given.
const WORDS: [&str; 24] = [
    "\n",
    "\"",
    "'''",
    "\"\"\"",
    "[",
    "]",
    "[[x]]",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "*/",
    "/* hwtune:",
    " = ",
    "-1",
    "9999999999999999999",
    "nan",
    "\u{0}",
    "\u{1b}[8m",
    "\u{feff}",
];

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = any::<Index>;
    prop::collection::vec(
        prop_oneof![
            (at(), any::<u8>()).prop_map(|(a, b)| Change::Byte(a, b)),
            (at(), at()).prop_map(|(a, b)| Change::Cut(a, b)),
            (at(), at()).prop_map(|(a, b)| Change::Twice(a, b)),
            (at(), at(), at()).prop_map(|(a, b, c)| Change::From(a, b, c)),
            (at(), prop::sample::select(&WORDS[..])).prop_map(|(a, w)| Change::Word(a, w)),
        ],
        0..6,
    )
}

fn mutated(seeds: &[Vec<u8>], which: Index, changes: &[Change]) -> String {
    let mut bytes = which.get(seeds).clone();
    for change in changes {
        let len = bytes.len().max(1);
        let range = |a: &Index, b: &Index| {
            let (a, b) = (a.index(len).min(bytes.len()), b.index(len).min(bytes.len()));
            a.min(b)..a.max(b).min(a.min(b) + 200)
        };
        match change {
            Change::Byte(at, byte) if !bytes.is_empty() => bytes[at.index(len)] = *byte,
            Change::Byte(..) => {}
            Change::Cut(a, b) => drop(bytes.drain(range(a, b))),
            Change::Twice(a, b) => {
                let again = bytes[range(a, b)].to_vec();
                bytes.extend(again);
            }
            Change::From(seed, a, at) => {
                let other = seed.get(seeds);
                let from = a.index(other.len().max(1)).min(other.len());
                let piece = other[from..other.len().min(from + 60)].to_vec();
                let at = at.index(len).min(bytes.len());
                bytes.splice(at..at, piece);
            }
            Change::Word(at, word) => {
                let at = at.index(len).min(bytes.len());
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

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
        let job = Job { a: "/a".into(), b: "/b".into(), dataset: 0, seed: 0, pairs: 2, warm_ns: 0, draw: 0, planted: Planted::NONE };
        if let Ok(samples) = parse_protocol(&text, &job, "test") {
            prop_assert!(samples.pairs.len() == 2 && samples.pairs.iter().all(|p| p.effect().abs() < 3000.0));
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
        folder::unfold(place.path(), &text);
        match GIVEN.1.clone().extended(place.path()) {
            Ok(whole) => prop_assert!(whole.flags.is_sorted_by(|a, b| a.name < b.name)),
            Err(error) => one_line(&error),
        }
        if let Err(error) = targets(Some(place.path())) {
            one_line(&error);
        }
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
