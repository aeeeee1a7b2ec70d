//! What a page promises: nothing from outside, nothing obeyed, everything named.

use crate::report::markup::{Tag, read};
use crate::report::support::{path, refused, report, written};
use std::collections::BTreeSet;

const LAYOUTS: &str = "tests/profiles/layouts.toml";
const MEASURED: &str = "tests/profiles/measured.toml";

const ELEMENTS: &str = "html head meta title link style body a header h1 h2 h3 p nav ul li main b span code section figure \
    figcaption svg desc rect line text g circle polygon details summary div table caption thead tbody tr th td dl dt dd \
    time br button pre footer script";
const ATTRIBUTES: &str = "lang charset http-equiv content name rel href class id tabindex role aria-label aria-labelledby \
    xmlns viewBox width height x y x1 x2 y1 y2 cx cy r points text-anchor transform scope hidden colspan type data-copy";

/// Reads a page and checks all that holds of every page.
fn sound(page: &str) -> Vec<Tag> {
    let tags = read(page).unwrap_or_else(|e| panic!("{e}"));
    let known = |list: &str, name: &str| list.split_whitespace().any(|n| n == name);
    let mut ids = BTreeSet::new();
    for tag in &tags {
        assert!(known(ELEMENTS, &tag.name), "{tag:?}");
        for name in tag.attributes.keys() {
            assert!(known(ATTRIBUTES, name), "{tag:?}");
        }
        if !tag.get("id").is_empty() {
            assert!(ids.insert(tag.get("id").to_string()), "twice: {tag:?}");
        }
    }
    for tag in &tags {
        let href = tag.get("href");
        assert!(
            href.is_empty() || href == "data:," || href.starts_with('#') && ids.contains(&href[1..]),
            "{tag:?}"
        );
        for id in tag
            .get("aria-labelledby")
            .split_whitespace()
            .chain(Some(tag.get("data-copy")).filter(|c| !c.is_empty()))
        {
            assert!(ids.contains(id), "{tag:?} names {id}, which is not there");
        }
        if tag.name == "svg" {
            assert!(
                tag.get("role") == "img" && tag.get("aria-labelledby").split(' ').count() == 2,
                "{tag:?}"
            );
        }
        if tag.get("class") == "scroll" {
            assert!(tag.get("tabindex") == "0" && !tag.get("aria-label").is_empty(), "{tag:?}");
        }
    }
    let count = |name: &str| tags.iter().filter(|t| t.name == name).count();
    for once in ["script", "style", "main", "h1", "title"] {
        let of_page = tags.iter().filter(|t| t.name == once && !t.within.iter().any(|w| w == "svg")).count();
        assert_eq!(of_page, 1, "{once}");
    }
    assert!(count("svg") == 0 || count("details") > 0, "plots without a table");
    let policy =
        tags.iter().find(|t| t.get("http-equiv") == "Content-Security-Policy").unwrap().get("content");
    assert!(
        policy.starts_with("default-src 'none';") && !policy.contains("unsafe") && !policy.contains("http")
    );
    assert!(!page.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    tags
}

#[test]
fn every_page_is_sound() {
    let several = [LAYOUTS, MEASURED, "tests/profiles/aarch64.toml", "tests/profiles/zen5.toml"];
    for file in [
        &several[..],
        &["tests/profiles/unmeasured.toml", "profiles/shoshin.toml", "docs/examples/turin-guest.toml"],
    ]
    .concat()
    {
        sound(&written(&[file, "--format", "html"]));
    }
    sound(&written(&[&several[..], &["--format", "html"]].concat()));
    let tags = sound(&written(&[LAYOUTS, "--format", "html"]));
    let has = |class: &str| tags.iter().any(|t| t.get("class").split(' ').any(|c| c == class));
    assert!(["wide", "narrow", "layouts", "time", "dot", "band", "reach"].into_iter().all(has));
    assert!(tags.iter().any(|t| t.name == "button" && t.get("data-copy") == "text"));
}

/// Texts that would mean something to a browser, a terminal or a reader of Markdown.
const HOSTILE: [&str; 6] = [
    "</title></svg></style><script>alert(1)</script><img src=x onerror=alert(2)>",
    "\u{1b}[31mred\u{1b}]0;title\u{7}",
    "\" onmouseover=\"alert(3)\" x='",
    "{{ version }}{% raw %}{# no #}",
    "a\u{202e}evil\u{2066}\u{0}",
    "| `x` | <b>![y](http://example.org/z.png)</b>\n# head\n```",
];

#[test]
fn texts_of_a_profile_are_shown_and_never_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = std::fs::read_to_string(path(LAYOUTS)).unwrap();
    for (n, evil) in HOSTILE.iter().enumerate() {
        let quoted = serde_json::to_string(evil).unwrap();
        let mut text = plain
            .replace("cpu = \"AMD EPYC\"", &format!("cpu = {quoted}"))
            .replace("kernel = \"glibc/iconv\"", &format!("kernel = {quoted}"))
            .replace("hypervisor = \"KVM\"", &format!("hypervisor = {quoted}"))
            .replace("flags = [\"-march=znver3\"", &format!("flags = [{quoted}, \"-march=znver3\""))
            .replacen("reason = \"", &format!("reason = {quoted}\nkernel = \"{n}\"\n#"), 1);
        text += &format!(
            "\n[kernel.{quoted}]\ntoolchain = \"gcc-12.2.0\"\nbase = [{quoted}]\nflags = [{quoted}]\n\
            evidence = \"kernel\"\nverdict = \"helps\"\neffect = 2.0\nlow = 1.5\nhigh = 2.5\n"
        );
        // As hwtune itself would have written it: what was changed by hand is refused.
        let mut profile = hwtune::profile::parse(&text, "p.toml").unwrap();
        profile.fingerprint = hwtune::profile::fingerprint(&profile);
        let file = folder.path().join("p.toml");
        std::fs::write(&file, hwtune::profile::to_toml(&profile).unwrap()).unwrap();
        let file = file.to_str().unwrap();
        for args in [vec![file], vec![file, MEASURED]] {
            let page = written(&[&args[..], &["--format", "html"]].concat());
            let scripts = sound(&page).iter().filter(|t| t.name == "script").count();
            assert_eq!(scripts, 1);
            let picture = written(&[&args[..], &["--format", "svg"]].concat());
            read(&picture).unwrap_or_else(|e| panic!("{e}"));
            let markdown = written(&[&args[..], &["--format", "md"]].concat());
            for text in [&page, &picture, &markdown] {
                assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\0'));
            }
            let means = bare(&markdown);
            assert!(!means.contains(['<', '[', '|']), "{means}");
        }
    }
}

/// What a reader of Markdown may take for markup: all but blocks and spans of code, what is escaped, and tables' own bars.
fn bare(markdown: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with("```") {
            continue;
        }
        let mut chars = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |")).unwrap_or(line).chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => drop(chars.next()),
                '`' => drop(chars.find(|c| *c == '`')),
                c => out.push(c),
            }
        }
        out = out.replace(" | ", " ");
        out.push('\n');
    }
    // Intervals are ours.
    let ours = |c: char| c.is_ascii_digit() || "+-., ".contains(c);
    let mut text = String::new();
    for part in out.split_inclusive(']') {
        match part.strip_suffix(']').and_then(|p| p.split_once('[')) {
            Some((before, inside)) if inside.chars().all(ours) => text.push_str(before),
            _ => text.push_str(part),
        }
    }
    text
}

#[test]
fn a_picture_alone_is_whole() {
    for args in [
        &["--plot", "forest"][..],
        &["--plot", "forest", "--of", "glibc"],
        &["--plot", "layouts"],
        &["--plot", "time"],
    ] {
        let picture = written(&[&[LAYOUTS, "--format", "svg"], args].concat());
        let tags = read(&picture).unwrap();
        assert!(tags[0].name == "svg" && tags[0].get("xmlns").ends_with("/svg") && tags[1].name == "title");
        assert!(tags.iter().any(|t| t.name == "style") && picture.contains("prefers-color-scheme:dark"));
        assert!(!picture.contains("href") && !picture.contains("url("));
    }
}

#[test]
fn the_form_is_told_by_the_files_name_and_what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, head) in
        [("r.html", "<!doctype html>"), ("r.SVG", "<svg "), ("r.md", "# turin"), ("r.txt", "# turin")]
    {
        let file = folder.path().join(name);
        let output = report(&[LAYOUTS, "-o", file.to_str().unwrap()]);
        assert!(output.status.success() && output.stdout.is_empty());
        assert!(std::fs::read_to_string(&file).unwrap().starts_with(head), "{name}");
    }
    for (args, said) in [
        (&[LAYOUTS, "--format", "json"][..], "gives html, md or svg"),
        (&[LAYOUTS, "--section", "adr", "--format", "html"], "is Markdown"),
        (&[LAYOUTS, MEASURED, "--section", "adr"], "takes one profile"),
        (&[LAYOUTS, "--format", "svg", "--of", "musl"], "the profile has no \"musl\"; it has glibc, zlib"),
        (&[MEASURED, "--format", "svg", "--plot", "layouts"], "keeps no layouts"),
        (&["tests/profiles/unmeasured.toml", "--format", "svg"], "nothing was measured"),
        (&[LAYOUTS, "--render", "nonsense"], "no such target"),
        (&["no-such-file.toml"], "cannot read"),
        (&["-", "-"], "standard input holds one profile"),
    ] {
        let line = refused(args);
        assert!(line.contains(said), "{args:?}: {line}");
    }
}
