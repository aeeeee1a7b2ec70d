//! What is shown: nothing that a terminal obeys, whatever a profile, a template, a file's name or a compiler says.

use crate::attacks::texts::{TEXTS, all_of, full_of, path};
use hwtune::profile;
use std::path::Path;
use std::process::{Command, Output};

fn hwtune(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hwtune"))
        .args(args)
        .args(["--color", "always"])
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_STATE_HOME", folder.join("state"))
        .output()
        .unwrap()
}

/// A character that moves the cursor, starts a sequence or turns the order of writing round.
fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

fn harmless(what: &str, output: &Output) {
    for (stream, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        // hwtune's own: bold, colours, and their end. The attacks use others.
        for own in ["", "0", "1", "2", "3", "4", "31", "32", "33", "34", "36"] {
            text = text.replace(&format!("\u{1b}[{own}m"), "");
        }
        let odd = text.chars().find(|c| obeyed(*c));
        assert_eq!(odd, None, "{what}: {stream}: {}", text.escape_debug());
        assert!(!text.contains("panicked"), "{what}: {text}");
    }
}

#[test]
fn no_command_shows_what_a_terminal_obeys() {
    let dir = tempfile::tempdir().unwrap();
    let plain = path("profiles/measured.toml");
    for (name, text) in TEXTS
        .iter()
        .filter(|(n, _)| ["terminal", "order", "line", "shell line"].iter().any(|k| n.starts_with(k)))
    {
        for (which, evil) in [("full", full_of(text)), ("all", all_of(text))] {
            std::fs::write(dir.path().join("evil.toml"), profile::to_toml(&evil).unwrap()).unwrap();
            let plain = plain.to_str().unwrap();
            for args in [
                &["check", "--profile", "evil.toml"][..],
                &["check", "--profile", "evil.toml", "--format", "json"],
                &["diff", plain, "evil.toml"],
                &["diff", "evil.toml", plain, "--format", "json"],
                &["report", "--section", "adr", "--profile", "evil.toml"],
                &["explain", "-O3", "--profile", "evil.toml"],
                &["explain", "zlib", "--profile", "evil.toml", "--format", "json"],
                &["render", "env-sh", "--profile", "evil.toml"],
                &["render", "nixos-overlay", "--profile", "evil.toml", "--explain"],
                &["render", "nixos-overlay", "--profile", "evil.toml", "--explain", "--format", "json"],
                &["render", "cmake-preset", "--profile", "evil.toml"],
                &["fleet", "merge", "evil.toml", plain],
                &["fleet", "merge", "evil.toml", plain, "--format", "json"],
            ] {
                harmless(&format!("{name} ({which}): {args:?}"), &hwtune(dir.path(), args));
            }
        }
    }
}

#[test]
fn nor_does_a_message_about_an_odd_file() {
    let dir = tempfile::tempdir().unwrap();
    let odd = "\u{1b}[8mpwned\u{7}\n\u{9b}x\u{202e}";
    let at = dir.path().join(odd);
    std::fs::create_dir(&at).unwrap();
    std::fs::write(at.join("p.toml"), "schema = 1\nx = \"").unwrap();
    std::fs::write(at.join("k.c"), "/* hwtune:\n\u{1b}[31m = 1 */").unwrap();
    std::fs::write(at.join("flags.toml"), "[[flag]]\n\u{1b}[31m = 1").unwrap();
    let inside = |name: &str| format!("{odd}/{name}");
    let (p, k) = (inside("p.toml"), inside("k.c"));
    for args in [
        &["check", "--profile", &p][..],
        &["diff", &p, &inside("none")],
        &["render", odd],
        &["render", "env-sh", "--profile", &p],
        &["render", "env-sh", "--templates", odd],
        &["render", "env-sh", "--allow", odd],
        &["render", "env-sh", "--nixpkgs", odd],
        &["explain", odd],
        &["list", "flags", "--probes", odd],
        &["tune", "--kernel", &k, "-o", "x.toml"],
        &["tune", "--package", odd, "-o", "x.toml"],
        &["tune", "--kernel", "none.c", "--candidates", odd, "-o", "x.toml"],
        &["tune", "--base", odd, "-o", "x.toml"],
        &["probe", "--", odd],
        &["probe", "--cc", odd],
        &["detect", "--cpuid-dump", &p],
        &["detect", "--cpuinfo", odd],
        &["detect", "--name", odd, "--no-toolchains"],
        &["detect", "--for", odd],
        &["fleet", "merge", odd],
        &["report", "--section", "adr", "--profile", &p],
        &["rollout", "verify", "--state", &p],
        &["schema", "-o", odd],
    ] {
        harmless(&format!("{args:?}"), &hwtune(dir.path(), args));
    }
}
