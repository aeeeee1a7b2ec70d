//! What `tune` must not destroy: a file in its way that is none of its own, and results stronger than its own.

use crate::faults::support::{Place, fails, names, tune};
use hwtune::profile::{self, Profile, Section, Verdict};
use std::path::Path;

/// A place with the profile of a first, short run.
fn place() -> (Place, Profile) {
    let place = Place::new();
    let first = place.tune(&[]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let made = profile::read(&place.path("host.toml")).unwrap();
    (place, made)
}

/// A section that was confirmed to help.
fn confirmed(section: &Section) -> Section {
    let mut strong = section.clone();
    (strong.verdict, strong.reason) = (Verdict::Helps, String::new());
    (strong.effect, strong.low, strong.high) = (Some(7.0), Some(5.0), Some(9.0));
    strong.flags = vec!["-O3".into()];
    (strong.layouts, strong.pairs) = (8, 80);
    strong.judged = vec![strong.own_row()];
    strong
}

fn save(path: &Path, profile: &mut Profile) -> String {
    profile.digest = profile::digest(profile);
    let text = profile::to_toml(profile).unwrap();
    std::fs::write(path, &text).unwrap();
    text
}

#[test]
fn what_is_in_the_way_is_refused_before_anything_is_measured() {
    let (place, mut made) = place();
    let strong = confirmed(&made.kernel["mine"]);
    made.kernel.insert("mine".into(), strong);
    let text = save(&place.path("host.toml"), &mut made);
    let edited = text.replace("flags = [\"-O3\"]", "flags = [\"-march=sapphirerapids\"]");
    assert_ne!(edited, text);
    let cases: [(&str, String, &[&str], &str); 6] = [
        ("a mistyped key", text.replace("complete = ", "compleet = "), &[], "not a hwtune profile (line "),
        ("a C file", "int main(void) { return 0; }\n".into(), &[], "not a hwtune profile"),
        ("an edited flag", edited, &[], "was changed after hwtune wrote it"),
        ("another name", text.clone(), &["--name", "another"], "it is the profile of"),
        ("a kernel", text.clone(), &["-o", "mine.c"], "this run reads that file"),
        ("another compiler", text.clone(), &["--cc", "gcc-11"], "measured with gcc-12"),
    ];
    for (what, text, more, words) in cases {
        if what == "another compiler" && which::which("gcc-11").is_err() {
            continue;
        }
        place.file("host.toml", &text);
        let before = names(place.dir.path());
        let mut args = vec!["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "1s"];
        args.extend(if more.contains(&"-o") { &[][..] } else { &["-o", "host.toml"] });
        args.extend(more);
        let kernel = std::fs::read(place.path("mine.c")).unwrap();
        let output = place.hwtune(&args).output().unwrap();
        fails(what, &output, 2, &[words]);
        assert_eq!(std::fs::read_to_string(place.path("host.toml")).unwrap(), text, "{what}");
        assert_eq!(std::fs::read(place.path("mine.c")).unwrap(), kernel, "{what}");
        assert_eq!(names(place.dir.path()), before, "{what}");
    }
}

#[test]
fn what_is_forced_is_kept_beside() {
    let place = Place::new();
    place.file("host.toml", "all that I know\n");
    let output = place.tune(&["--force"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(profile::read(&place.path("host.toml")).is_ok());
    assert_eq!(std::fs::read_to_string(place.path("host.toml.bak")).unwrap(), "all that I know\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the old file is kept as host.toml.bak"));
}

#[test]
fn a_weaker_result_does_not_replace_a_stronger_one() {
    let (place, mut made) = place();
    let strong = confirmed(&made.kernel["mine"]);
    made.kernel.insert("mine".into(), strong.clone());
    made.kernel.insert("other".into(), strong.clone());
    save(&place.path("host.toml"), &mut made);
    // A second is not enough to decide anything.
    let output = place.tune(&[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let now = profile::read(&place.path("host.toml")).unwrap();
    assert_eq!(now.kernel["other"], strong);
    if now.kernel["mine"] == strong {
        assert!(said.contains("kernel mine: keeps helps +7.00 [+5.00, +9.00]"), "{said}");
    } else {
        assert!(said.contains("kernel mine: replaces helps +7.00"), "{said}");
    }
    assert_eq!(profile::digest(&now), now.digest);
    assert!(profile::sealed(&now).is_ok());
}

/// Runs that wait for each other each find what the one before wrote.
#[test]
fn runs_at_once_lose_nothing_of_each_other() {
    let full = std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes");
    let runs = if full { 12 } else { 3 };
    let place = Place::new();
    let kernels: Vec<String> = (0..runs).map(|n| format!("k{n}.c")).collect();
    kernels.iter().for_each(|k| drop(place.file(k, crate::faults::support::SUM)));
    let started: Vec<_> = kernels
        .iter()
        .map(|kernel| {
            let args = ["tune", kernel, "--candidates", "flags", "--budget", "1s", "-o", "host.toml"];
            place.hwtune(&args).spawn().unwrap()
        })
        .collect();
    for run in started {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let made = profile::read(&place.path("host.toml")).unwrap();
    let stems: Vec<String> = (0..runs).map(|n| format!("k{n}")).collect();
    let mut sections: Vec<&String> = made.kernel.keys().collect();
    sections.sort_by_key(|s| s[1..].parse::<u32>().unwrap());
    assert_eq!(sections, stems.iter().collect::<Vec<_>>());
    assert!(profile::sealed(&made).is_ok());
    eprintln!("{runs} runs at once, all {runs} sections there");
}

#[test]
fn two_kernels_of_one_name_are_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path("a")).unwrap();
    place.file("a/mine.c", crate::faults::support::SUM);
    let output = place.hwtune(&tune(&["a/mine.c"])).output().unwrap();
    fails("two", &output, 2, &["two kernels are called mine: mine.c and a/mine.c"]);
    assert!(!place.path("host.toml").exists());
}
