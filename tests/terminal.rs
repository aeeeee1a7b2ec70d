//! What a terminal gets and what a pipe gets: width, colour, characters, progress. Terminals are those of script(1).

use std::path::Path;
use std::process::{Command, Output, Stdio};

const DIFF: [&str; 3] = ["diff", "tests/profiles/zen5.toml", "tests/profiles/measured.toml"];
/// A kernel whose time is in a loop.
const SUM: &str = "#include \"probe.h\"\n#include <stdlib.h>\nstatic uint32_t *in;\nenum { N = 4096 };\n\
    void probe_setup(uint64_t seed) {\n  in = malloc(N * sizeof *in);\n  for (int i = 0; i < N; i++) in[i] = (uint32_t)support_random(&seed);\n}\n\
    uint64_t probe_run(void) {\n  uint64_t sum = 0;\n  for (int i = 0; i < N; i++) sum += in[i] % 7 == 3 ? in[i] : 1;\n  return sum;\n}\n";

fn clean(command: &mut Command, env: &[(&str, &str)], home: &Path) -> Output {
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LC_CTYPE", "LANG", "CI", "CC"] {
        command.env_remove(name);
    }
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .envs([("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8")])
        .env("XDG_STATE_HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn pipe(args: &[&str], env: &[(&str, &str)]) -> (String, String) {
    let home = tempfile::tempdir().unwrap();
    let out = clean(Command::new(env!("CARGO_BIN_EXE_hwtune")).args(args), env, home.path());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(out.stdout), text(out.stderr))
}

/// On a terminal of so many columns, output and errors together.
fn terminal(columns: u32, args: &[&str], env: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let words =
        shlex::try_join([env!("CARGO_BIN_EXE_hwtune")].into_iter().chain(args.iter().copied())).unwrap();
    let set = shlex::try_join(
        env.iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    // Within, since shells set COLUMNS anew.
    let inside = format!("stty cols {columns} rows 40; env -u COLUMNS {} {words}", set.unwrap());
    let out = clean(Command::new("script").args(["-qec", &inside, "/dev/null"]), &[], home.path());
    String::from_utf8(out.stdout).unwrap().replace("\r\n", "\n")
}

fn bare(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn widest(text: &str) -> usize {
    bare(text).lines().map(|l| l.chars().count()).max().unwrap_or(0)
}

#[test]
fn answers_are_fitted_to_the_terminal_and_whole_on_a_pipe() {
    for args in
        [&DIFF[..], &["detect", "--no-toolchains", "--cpuid-dump", "tests/hosts/raw/skylake--cpuid-1-r.txt"]]
    {
        for columns in [60, 80, 132] {
            let text = terminal(columns, args, &[]);
            assert!(text.lines().count() > 5 && widest(&text) <= columns as usize, "{columns}: {text}");
        }
        let (whole, _) = pipe(args, &[("COLUMNS", "60")]);
        assert!(widest(&whole) > 132, "{whole}");
        // The environment may ask for less than the terminal has.
        assert!(widest(&terminal(132, args, &[("COLUMNS", "70")])) <= 70);
    }
}

#[test]
fn answers_fit_one_screen_by_what_they_say_and_not_by_a_cut() {
    let guest = "docs/examples/turin-guest.toml";
    let zen5 = "tests/profiles/zen5.toml";
    for args in [
        &["detect", "--explain"][..],
        &DIFF,
        &["diff", "tests/profiles/layouts.toml", guest],
        &["probe"],
        &["fleet", "merge", guest, zen5, "tests/profiles/measured.toml", "tests/profiles/layouts.toml"],
        &["fleet", "merge", "--by", "microarchitecture", guest, zen5, "tests/profiles/measured.toml"],
        &["render", "nixos-overlay", "--explain", guest],
        &["render", "gentoo", "--explain", "tests/profiles/measured.toml"],
    ] {
        let text = terminal(80, args, &[]);
        assert!(text.lines().count() <= 40 && widest(&text) <= 80, "{args:?}\n{text}");
        assert!(!text.contains("more lines: -v"), "cut: {args:?}\n{text}");
        // All of it is behind a pipe and -v.
        let (pipe, _) = pipe(args, &[]);
        let all = terminal(80, &[args, &["-v"]].concat(), &[]);
        assert!(
            pipe.len() >= text.len() / 2 && all.lines().count() + 1 >= text.lines().count(),
            "{args:?}\n{all}"
        );
    }
    let probe = terminal(80, &["probe"], &[]);
    assert!(probe.contains(" accepted,") && probe.contains("; -v lists each"), "{probe}");
    let diff = bare(&terminal(80, &DIFF, &[]));
    let order =
        ["What to append", "The host", "The compilers", "Other verdicts"].map(|t| diff.find(t).unwrap());
    assert!(order.is_sorted() && diff.contains("microarchitecture: znver5 in A, skylake in B"), "{diff}");
}

#[test]
fn colour_is_for_terminals_unless_told_otherwise() {
    let escapes = |text: &str| text.contains("\u{1b}[");
    assert!(escapes(&terminal(100, &DIFF, &[])));
    for (env, args) in [
        (&[("NO_COLOR", "1")][..], &[][..]),
        (&[("CLICOLOR", "0")], &[]),
        (&[("TERM", "dumb")], &[]),
        (&[], &["--color", "never"]),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"]),
    ] {
        assert!(!escapes(&terminal(100, &[&DIFF[..], args].concat(), env)), "{env:?} {args:?}");
    }
    assert!(!escapes(&pipe(&DIFF, &[]).0));
    assert!(escapes(&pipe(&DIFF, &[("CLICOLOR_FORCE", "1")]).0));
    assert!(escapes(&pipe(&[&DIFF[..], &["--color", "always"]].concat(), &[("NO_COLOR", "1")]).0));
    assert!(!escapes(&pipe(&DIFF, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).0));
}

#[test]
fn documents_and_files_have_no_colours() {
    let force = [("CLICOLOR_FORCE", "1")];
    let json = [&DIFF[..], &["--format", "json"]].concat();
    let (plain, _) = pipe(&json, &[]);
    assert_eq!(pipe(&json, &force).0, plain);
    assert_eq!(terminal(60, &json, &force), plain);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("d.txt");
    pipe(&[&DIFF[..], &["-o", file.to_str().unwrap()]].concat(), &force);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text == pipe(&DIFF, &[]).0 && widest(&text) > 132);
}

#[test]
fn where_the_locale_has_no_unicode_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let plain = std::fs::read_to_string("tests/profiles/measured.toml").unwrap();
    let file = folder.path().join("p.toml");
    std::fs::write(
        &file,
        plain.replace("effect = 3.1\nlow = 1.8\nhigh = 4.4", "effect = 9.0\nlow = 7.0\nhigh = 11.0"),
    )
    .unwrap();
    let args = ["diff", "tests/profiles/measured.toml", file.to_str().unwrap()];
    for env in [[("LC_ALL", "C")], [("TERM", "dumb")]] {
        let text = terminal(100, &args, &env);
        assert!(text.is_ascii() && text.contains("[--*--]"), "{text}");
    }
    let text = terminal(100, &args, &[]);
    assert!(text.contains("├──●──┤"), "{text}");
}

#[test]
fn what_a_profile_says_is_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = std::fs::read_to_string("tests/profiles/layouts.toml").unwrap();
    let evil = plain
        .replace("cpu = \"AMD EPYC\"", "cpu = \"\\u001b]0;title\\u0007\\u001b[2J\"")
        .replace("kernel = \"glibc/iconv\"", "kernel = \"\\u001b[31m\\u202e\"");
    let file = folder.path().join("p.toml");
    std::fs::write(&file, evil).unwrap();
    let file = file.to_str().unwrap();
    for args in [&["diff", file, "tests/profiles/layouts.toml"][..], &["check", file, "--no-toolchains"]] {
        let text = terminal(100, args, &[("NO_COLOR", "1")]);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
}

/// Tunes a small kernel for a few seconds.
fn tune(more: &[&str]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    std::fs::write(file("mine.c"), SUM).unwrap();
    std::fs::write(file("flags"), "-O3\n-funroll-loops\n").unwrap();
    let args = [
        "tune",
        "--kernel",
        &file("mine.c"),
        "--candidates",
        &file("flags"),
        "--budget",
        "10s",
        "-o",
        &file("p.toml"),
    ];
    let args = args.iter().chain(more).map(|a| a.to_string()).collect();
    (folder, args)
}

#[test]
fn a_terminal_sees_the_stage_the_flag_the_pairs_and_the_time_left() {
    let (_folder, args) = tune(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let shown = terminal(100, &args, &[]);
    let lines: Vec<String> = shown.split(['\r', '\n']).map(bare).collect();
    let with = |parts: &[&str]| lines.iter().any(|l| parts.iter().all(|p| l.contains(p)));
    assert!(
        with(&["left", "mine: screen", "pairs", "-O3"])
            || with(&["left", "mine: screen", "pairs", "-funroll-loops"]),
        "{lines:?}"
    );
    assert!(with(&["left", "mine: confirm", "pairs", "layout"]), "{lines:?}");
    let left = |l: &String| l.split(" left").next()?.rsplit("0:").next()?.parse::<u32>().ok();
    let times: Vec<u32> = lines.iter().filter(|l| l.contains(" left")).filter_map(left).collect();
    assert!(times.len() > 5 && times.iter().rev().is_sorted() && times[0] <= 10, "{times:?}");
    assert!(lines.iter().all(|l| l.chars().count() <= 100), "{lines:?}");
    // The line is taken away before the answer, which ends with where the profile is.
    let last = lines.iter().rposition(|l| l.contains(" left")).unwrap();
    assert!(lines[last..].iter().any(|l| l.contains("mine  append: ")) && with(&["profile written to"]));
}

#[test]
fn a_pipe_sees_a_line_a_stage_where_it_asks_for_it() {
    for (more, term, seen) in [(&[][..], "xterm", false), (&["-v"], "xterm", true), (&[], "dumb", false)] {
        let (_folder, args) = tune(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let said = match term {
            "dumb" => terminal(100, &args, &[("TERM", term)]),
            _ => pipe(&args, &[]).1,
        };
        let stages = said.lines().filter(|l| l.contains(" s  mine: ")).count();
        assert_eq!(stages > 0, seen, "{said}");
        assert!(stages <= 5 && !said.contains('\u{1b}') && !said.contains(" left"), "{said}");
        assert!(!said.contains("\r"), "{said}");
    }
}
