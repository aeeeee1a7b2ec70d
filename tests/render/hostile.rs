//! A profile may come from anywhere: whatever stands in its strings, the text means the same or there is none.

use crate::render::support::{catalogue, nix, path, profile, unmeasured};
use hwtune::catalogue::Catalogue;
use hwtune::profile::Profile;
use hwtune::render::{self, RenderError, Target};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

type Field = (&'static str, fn(&mut Profile, &str));

/// Every string of a profile. The first are those that reach a text as values, not in comments alone.
const FIELDS: [Field; 27] = [
    ("host.name", |p, s| p.host.name = s.into()),
    ("host.microarchitecture", |p, s| p.host.microarchitecture = s.into()),
    ("fingerprint", |p, s| p.fingerprint = s.into()),
    ("host.vendor", |p, s| p.host.vendor = s.into()),
    ("host.cpu", |p, s| p.host.cpu = s.into()),
    ("host.level", |p, s| p.host.level = Some(s.into())),
    ("host.features", |p, s| p.host.features.push(s.into())),
    ("host.masked", |p, s| p.host.masked.push(s.into())),
    ("system", |p, s| {
        (p.system.microcode, p.system.kernel, p.system.governor, p.system.hypervisor) =
            (s.into(), s.into(), s.into(), s.into());
    }),
    ("system.measured_at", |p, s| p.system.measured_at = s.into()),
    ("names.gcc", |p, s| p.names.gcc = s.into()),
    ("names.rust", |p, s| p.names.rust = s.into()),
    ("names.rust_features", |p, s| p.names.rust_features = s.into()),
    ("names.go", |p, s| p.names.go = s.into()),
    ("names.archspec", |p, s| p.names.archspec = s.into()),
    ("names.nixpkgs", |p, s| p.names.nixpkgs = s.into()),
    ("toolchain.id", |p, s| {
        p.toolchain[0].id = s.into();
        p.package.values_mut().for_each(|section| section.toolchain = s.into());
    }),
    ("toolchain.compiler", |p, s| p.toolchain[0].compiler = s.into()),
    ("toolchain.version", |p, s| p.toolchain[0].version = s.into()),
    ("toolchain.target", |p, s| p.toolchain[0].target = s.into()),
    ("toolchain.march", |p, s| p.toolchain[0].march = s.into()),
    ("toolchain.mtune", |p, s| p.toolchain[0].mtune = s.into()),
    ("toolchain.add", |p, s| p.toolchain[0].add.push(s.into())),
    ("section.reason", |p, s| {
        p.package.values_mut().for_each(|section| {
            section.reason = s.into();
            section.verdict = hwtune::profile::Verdict::Equivalent;
        });
    }),
    ("section.flags", |p, s| {
        p.package.values_mut().for_each(|section| {
            section.flags.push(s.into());
            crate::render::support::confirm(section);
        });
    }),
    ("section.base", |p, s| p.package.values_mut().for_each(|section| section.base.push(s.into()))),
    ("package", |p, s| {
        let section = p.package["zlib"].clone();
        p.package.insert(s.into(), section);
    }),
];

/// Strings that end something in one syntax or another, and some drawn at random.
fn strings() -> Vec<String> {
    let mut all: Vec<String> = [
        "\"",
        "'",
        "''",
        "${builtins.abort \"x\"}",
        "''${x}",
        "\\",
        "\\\"",
        "a\nb",
        "a\r\nb",
        "\r",
        "\0",
        "*/",
        "#",
        "]]",
        "]]#",
        "$(touch x)",
        "`x`",
        "{{ x }}",
        "{% x %}",
        "#}",
        "-->",
        "\u{2028}",
        "\u{202e}evil",
        "é",
        "\u{1F600}",
        "$$",
        "$${x}",
        "\t",
        "\u{1b}[31m",
        "x\n{ pkgs }: pkgs",
        "x\n}\nCFLAGS=evil",
        "x\\",
        "x\\\n",
        "--x",
        "@x",
        " ",
        "",
        "\u{7f}",
        "%s%n",
        "a b -fplugin=x",
        "\u{feff}",
        "\" + builtins.abort \"x\" + \"",
        ";",
        "&&",
        "| sh",
        "../../etc",
        "\u{85}x",
        "\u{9b}31mx",
        "x\u{2066}y\u{2069}",
        "x\u{200b}y",
        "x\u{e0041}",
    ]
    .map(String::from)
    .to_vec();
    for c in ["a", "${", "\n"] {
        all.push(c.repeat((64 << 10) / c.len()));
    }
    let mut runner = TestRunner::deterministic();
    for strategy in ["\\PC{0,40}", "[\"'$\\{\\}\\\\#*/\n\r\t ]{0,20}"] {
        let strategy = proptest::string::string_regex(strategy).unwrap();
        all.extend((0..10).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
    }
    all
}

/// What is left of a text without its comments.
fn code(target: &Target, text: &str) -> String {
    let mark = &target.front.comment;
    let comment = |l: &&str| !mark.is_empty() && l.trim_start().starts_with(mark.as_str());
    text.lines().filter(|l| !comment(l)).filter(|l| !l.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// Fields whose text is free: any string is written, as a value or in a comment.
const FREE: [&str; 8] = [
    "host.name",
    "host.microarchitecture",
    "fingerprint",
    "host.vendor",
    "host.cpu",
    "system",
    "system.measured_at",
    "toolchain.id",
];

/// Profiles with a hostile string: in all the free fields at once, and in one or two of the others in turn.
fn hostile(plain: &Profile) -> impl Iterator<Item = (&'static str, String, Profile)> {
    strings().into_iter().enumerate().flat_map(|(i, string)| {
        let mut all = plain.clone();
        FIELDS.iter().filter(|(name, _)| FREE.contains(name)).for_each(|(_, set)| set(&mut all, &string));
        let others = FIELDS.iter().filter(|(name, _)| !FREE.contains(name)).enumerate();
        let one = others.filter(|(j, _)| (i + j) % 13 == 0).map(|(_, (name, set))| {
            let mut evil = plain.clone();
            set(&mut evil, &string);
            (*name, string.clone(), evil)
        });
        one.chain([("free", string.clone(), all)]).collect::<Vec<_>>()
    })
}

fn render(profile: &Profile, catalogue: &Catalogue, target: &Target) -> Option<String> {
    match render::render(profile, catalogue, &target.name, &unmeasured()) {
        Ok(rendered) => {
            // What a reviewer sees is what its consumer reads.
            let unseen = rendered.text.chars().find(|c| hwtune::text::hidden(*c));
            assert_eq!(unseen, None, "{}:\n{}", target.name, rendered.text);
            Some(rendered.text)
        }
        Err(error @ (RenderError::Profile { .. } | RenderError::Refused { .. })) => {
            assert!(!error.to_string().contains(['\n', '\r', '\u{1b}']), "{error}");
            assert!(error.to_string().len() < 4096, "{}: {}", target.name, error.to_string().len());
            None
        }
        Err(error) => panic!("{}: {error}", target.name),
    }
}

#[test]
fn hostile_strings_stay_in_comments_or_are_refused() {
    let catalogue = catalogue();
    let targets: Vec<Target> = render::targets(None)
        .unwrap()
        .into_iter()
        .filter(|t| t.front.syntax != render::Syntax::Nix)
        .collect();
    let plain = profile("measured");
    for target in &targets {
        let usual = code(target, &render(&plain, catalogue, target).unwrap());
        let mut written = 0;
        for (field, string, evil) in hostile(&plain) {
            {
                let Some(text) = render(&evil, catalogue, target) else { continue };
                let found = code(target, &text);
                if target.name == "cmake-preset" {
                    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                    let name = value["configurePresets"][0]["displayName"].as_str().unwrap();
                    assert_eq!(name, format!("hwtune: {}", evil.host.name), "{field}");
                    continue;
                }
                // Names that are names change the text, and so do dropped flags; nothing else may.
                let may = [
                    "names.",
                    "toolchain.march",
                    "toolchain.mtune",
                    "toolchain.add",
                    "host.level",
                    "section.",
                    "toolchain.target",
                    "host.features",
                ];
                if !may.iter().any(|m| field.starts_with(m)) {
                    assert_eq!(found, usual, "{} {field} {string:?}", target.name);
                }
                assert!(
                    !found.contains("evil") && !found.contains("fplugin") && !found.contains("touch"),
                    "{found}"
                );
                written += 1;
            }
        }
        assert!(written > 60 || target.name == "cmake-preset", "{}: only {written} texts", target.name);
    }
}

#[test]
fn a_name_that_cannot_be_seen_is_refused_by_code_point_where_it_would_be_written() {
    let target = render::targets(None).unwrap().into_iter().find(|t| t.name == "nixos-overlay").unwrap();
    for (name, code) in [("b\u{202e}xo", "U+202E"), ("\u{9b}8mbox", "U+009B"), ("bo\u{200b}x", "U+200B")] {
        let mut evil = profile("measured");
        evil.host.name = name.into();
        let error = render::render(&evil, catalogue(), &target.name, &unmeasured()).unwrap_err().to_string();
        assert!(error.contains(code) && error.contains("correct the profile"), "{error}");
        // In a comment it is written out.
        let mut evil = profile("measured");
        evil.fingerprint = name.into();
        let text = render(&evil, catalogue(), &target).unwrap();
        assert!(
            text.contains(&format!("\\u{{{}}}", code[2..].trim_start_matches('0').to_lowercase())),
            "{text}"
        );
    }
}

#[test]
fn hostile_strings_evaluate_to_themselves_in_nix() {
    let catalogue = catalogue();
    let targets = render::targets(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    let mut list = String::new();
    for target in targets.iter().filter(|t| t.front.syntax == render::Syntax::Nix) {
        if target.front.any_profile {
            let mut evil = profile("measured");
            FIELDS.iter().for_each(|(_, set)| set(&mut evil, "${x}\"\n"));
            let usual = render(&profile("measured"), catalogue, target);
            assert!(
                usual.is_some() && render(&evil, catalogue, target) == usual,
                "it holds nothing of a profile"
            );
            continue;
        }
        // The description that carries host name and microarchitecture, as this target words it.
        let plain = profile("measured");
        let usual = code(target, &render(&plain, catalogue, target).unwrap());
        for (field, string, evil) in hostile(&plain) {
            {
                let Some(text) = render(&evil, catalogue, target) else { continue };
                if code(target, &text) == usual {
                    continue; // only comments differ: nothing to evaluate
                }
                if string.len() < 100 {
                    assert_eq!(nixfmt_rs::format(&text).unwrap(), text, "{} {field} {string:?}", target.name);
                }
                let file = folder.path().join(format!("{}.nix", expected.len()));
                std::fs::write(&file, &text).unwrap();
                list += &format!("{}\n", file.display());
                expected.push((
                    target.name.clone(),
                    field,
                    evil.host.name,
                    evil.host.microarchitecture,
                    string.clone(),
                ));
            }
        }
    }
    assert!(expected.len() > 100, "only {}", expected.len());
    let all = nix(&format!(
        "let lib = import {}; in map (file: let
           o = (import file {{ inherit lib; config = {{ }}; pkgs = {{ }}; options = {{ }}; }}).options.hwtune;
           carries = o.nodejs.enable or o.platform.enable or o.enable;
         in {{ text = carries.description; names = builtins.attrNames o; }}) [\n{list}]",
        path("nix/lib.nix").display()
    ))
    .unwrap();
    for (found, (target, field, name, microarchitecture, string)) in
        all.as_array().unwrap().iter().zip(&expected)
    {
        let wanted = match target.as_str() {
            "nixos-platform" => format!("building the whole system of {name} for skylake"),
            "home-manager-runtimes" => format!("Node built with the options of {name} ({microarchitecture})"),
            _ => format!("the flags found for {name} ({microarchitecture})"),
        };
        let found = found["text"].as_str().unwrap();
        if !(target == "nixos-platform" && field.starts_with("names.")) {
            assert_eq!(found, format!("Whether to enable {wanted}."), "{target} {field} {string:?}");
        }
    }
}
