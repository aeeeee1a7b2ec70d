//! Each consumer's text as the consumer's own parser reads it: a hostile profile's says the same as an honest one's, and no
//! command in it has run.

use crate::attacks::texts::{TEXTS, all_of, full_of, measured};
use hwtune::catalogue::Catalogue;
use hwtune::profile::Profile;
use hwtune::render::{self, Options, Syntax, Target};
use hwtune::report::{Adr, adr};
use hwtune::rollout::Route;
use std::process::Command;

fn options() -> Options {
    Options { allow_unmeasured: true, ..Options::default() }
}

/// What a script of the parser's language makes of the file `x`; it must not have left `pwned`.
fn said(text: &str, what: &str, program: &str, args: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x"), text).unwrap();
    let out = Command::new(program)
        .args(args)
        .current_dir(dir.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", dir.path())
        .env("XDG_CONFIG_HOME", dir.path())
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(!dir.path().join("pwned").exists(), "{what}: a command in it has run:\n{text}");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{what}: {errors}\n{text}");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// The parser of a target: its program and arguments, printing what it read from `x`.
fn parser(target: &Target) -> Option<(&'static str, Vec<&'static str>)> {
    const VARIABLES: &str = "set -a; COMMON_FLAGS=; CFLAGS=; CXXFLAGS=; FCFLAGS=; FFLAGS=; RUSTFLAGS=; . ./x; env -u _ -u SHLVL -u PWD -u OLDPWD -u HOME -u XDG_CONFIG_HOME | sort";
    const INI: &str = "import configparser\nc = configparser.ConfigParser(interpolation=None)\nc.read('x')\nprint({s: dict(c[s]) for s in c})";
    const TOML: &str = "import tomllib; print(tomllib.load(open('x','rb')))";
    const JSON: &str = "import json; d = json.load(open('x')); [(p.pop('displayName'), p.pop('description')) for p in d.get('configurePresets', [])] if isinstance(d, dict) else 0; print(d)";
    // What systemd and Go read: a name, =, the rest of the line.
    const LINES: &str = "print([l for l in open('x', newline='\\n').read().split('\\n') if l.strip() and not l.lstrip().startswith(('#', '//'))])";
    Some(match (target.name.as_str(), target.front.syntax) {
        (_, Syntax::Nix) => return None, // evaluated by real Nix with the tests of rendering
        (_, Syntax::Toml) => ("python3", vec!["-c", TOML]),
        (_, Syntax::Json) => ("python3", vec!["-c", JSON]),
        ("env-fish", _) => ("python3", vec!["-c", LINES]),
        // A script that builds and installs is parsed and not run.
        ("hwcaps", _) => ("bash", vec!["-n", "x"]),
        // What dpkg is given: it is started here for nothing but its architecture.
        ("dpkg", _) => (
            "sh",
            vec!["-euc", "DEB_HOST_ARCH=amd64 DEB_BUILD_ARCH=amd64 sh ./x env | grep '^DEB_.*FLAGS' || true"],
        ),
        (_, Syntax::Shell) => ("bash", vec!["-euc", VARIABLES]),
        ("meson" | "easybuild", _) => ("python3", vec!["-c", INI]),
        _ => ("python3", vec!["-c", LINES]),
    })
}

fn render(profile: &Profile, catalogue: &Catalogue, target: &Target) -> Option<String> {
    render::render(profile, catalogue, &target.name, &options()).ok().map(|r| r.text)
}

#[test]
fn consumers_read_the_same_as_from_an_honest_profile() {
    let catalogue = Catalogue::load(None).unwrap();
    let targets = render::targets(None).unwrap();
    let (mut read, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        let each: Vec<_> = targets
            .iter()
            .filter_map(|target| Some((target, parser(target)?)))
            .map(|(target, (program, args))| {
                let catalogue = &catalogue;
                scope.spawn(move || {
                    let honest =
                        said(&render(&measured(), catalogue, target).unwrap(), &target.name, program, &args);
                    let (mut read, mut refused) = (0, 0);
                    for (attack, text) in TEXTS {
                        let what = format!("{}, {attack}", target.name);
                        match render(&full_of(text), catalogue, target) {
                            Some(rendered) => {
                                assert_eq!(
                                    said(&rendered, &what, program, &args),
                                    honest,
                                    "{what}:\n{rendered}"
                                );
                                read += 1;
                            }
                            None => refused += 1,
                        }
                        // Names decide what is written: it may be less, and nothing of the attacker's.
                        match render(&all_of(text), catalogue, target) {
                            Some(rendered) => {
                                let found = said(&rendered, &what, program, &args);
                                assert!(!found.contains("pwned"), "{what}: {found}");
                                read += 1;
                            }
                            None => refused += 1,
                        }
                    }
                    (read, refused)
                })
            })
            .collect();
        for one in each {
            let (r, f) = one.join().unwrap();
            (read, refused) = (read + r, refused + f);
        }
    });
    eprintln!("{read} texts read by their consumers' parsers, {refused} refused");
    assert!(read > refused / 4, "{read} read, {refused} refused");
}

/// What a Markdown parser sees beside text: HTML, links, pictures, headings and cells of tables.
fn markup(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let of = |event: Event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(format!("html {html}")),
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(format!("link {dest_url}"))
        }
        Event::Start(
            tag @ (Tag::Heading { .. }
            | Tag::TableRow
            | Tag::TableCell
            | Tag::CodeBlock(_)
            | Tag::List(_)
            | Tag::Item),
        ) => Some(format!("{tag:?}")),
        _ => None,
    };
    events.filter_map(of).collect()
}

#[test]
fn the_report_holds_no_markup_of_the_profiles() {
    let report = |profile: &Profile| adr(&Adr { profile, route: Route::Overlay, rollout: None });
    let honest = markup(&report(&measured()));
    assert!(honest.len() > 50 && markup("<b>x</b> [y](z)").len() == 3);
    for (attack, text) in TEXTS {
        for profile in [full_of(text), all_of(text)] {
            let report = report(&profile);
            assert_eq!(markup(&report), honest, "{attack}: {report}");
        }
    }
}

#[test]
fn toml_json_and_the_schema_keep_every_string_whole() {
    for (attack, text) in TEXTS {
        for profile in [full_of(text), all_of(text)] {
            let toml = hwtune::profile::to_toml(&profile).unwrap();
            assert!(!toml.contains(hwtune::text::hidden), "{attack}: {toml}");
            let again = hwtune::profile::parse(&toml, attack);
            assert_eq!(again.unwrap(), profile, "{attack}");
            let json = hwtune::profile::to_json(&profile).unwrap();
            assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile, "{attack}");
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("x"), &toml).unwrap();
            let script = "import sys, tomllib; sys.stdout.buffer.write(tomllib.load(open('x','rb'))['host']['cpu'].encode())";
            let read = Command::new("python3").args(["-c", script]).current_dir(dir.path()).output().unwrap();
            assert_eq!(read.stdout, text.as_bytes(), "{attack}");
        }
    }
}
