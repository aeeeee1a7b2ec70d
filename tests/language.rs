//! Words that do not come back: a private vocabulary that readers stumbled over. The documentation, the messages, the comments
//! and the tables say the same with ordinary words and with the terms of `docs/glossary.md`.

use std::path::{Path, PathBuf};

/// What does not come back, and what to write instead.
const GONE: [(&str, &str); 36] = [
    ("foretell", "predict"),
    ("foretells", "predicts"),
    ("foretold", "predicted"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("anew", "again"),
    ("begun", "started"),
    ("told", "given, shown, stated or known"),
    ("in earnest", "in real runs"),
    ("befell", "happened to"),
    ("befalls", "happens to"),
    ("lest", "so that … not"),
    ("thereby", "so"),
    ("whereby", "by which"),
    ("to and fro", "back and forth"),
    ("bear out", "confirm or support"),
    ("bears out", "confirms or supports"),
    ("borne out", "confirmed"),
    ("earned its keep", "say what it found"),
    ("pull its weight", "contribute"),
    ("pulls its weight", "contributes"),
    ("pull their weight", "contribute"),
    ("of one's own", "your own, or the user's"),
    ("of somebody's own", "the user's"),
    ("somebody", "someone, or who it is"),
    ("looks whether", "checks that"),
    ("look whether", "check that"),
    ("its words", "its message"),
    ("own words", "own messages, or its wording"),
    ("compiler's words", "compiler's message"),
    ("policy's words", "policy's reason"),
    ("is told so", "gets this"),
    ("begins anew", "starts over"),
    ("as such things do", "say what changed"),
    ("deserves", "say what is better"),
    ("deserve", "say what is better"),
];

/// Files that hold other people's text or measured data.
const LEFT: [&str; 1] = ["docs/examples/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files that people read, or whose text they meet.
fn files() -> Vec<PathBuf> {
    let kinds = ["rs", "md", "toml", "c", "h", "j2", "sh"];
    let mut found: Vec<PathBuf> =
        ["README.md", "SECURITY.md", "CHANGELOG.md", "check"].iter().map(|f| root().join(f)).collect();
    let mut folders: Vec<PathBuf> = ["src", "docs", "probes"].iter().map(|f| root().join(f)).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kinds.iter().any(|k| kind == *k)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What the lines of a Rust file say to people: their comments and texts, without the variables `{name}` in these. Names in the
/// code are left out.
fn said(code: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut chars = code.chars().peekable();
    // Within a text, the number of `#` that close it; within a comment, none.
    let (mut text, mut comment, mut variable): (Option<usize>, bool, bool) = (None, false, false);
    let (mut before, mut hashes) = (' ', 0);
    while let Some(c) = chars.next() {
        if c == '\n' {
            lines.push(String::new());
            (comment, variable) = (false, false);
        } else if comment {
            lines.last_mut().unwrap().push(c);
        } else if let Some(raw) = text {
            match c {
                '\\' if raw == 0 && chars.peek() != Some(&'\n') => drop(chars.next()),
                '"' if (0..raw).all(|_| chars.next_if_eq(&'#').is_some()) => text = None,
                '{' | '}' => variable = c == '{',
                _ if !variable => lines.last_mut().unwrap().push(c),
                _ => {}
            }
        } else {
            match c {
                '/' if before == '/' => comment = true,
                '"' if before != '\'' => {
                    text = Some(hashes);
                    lines.last_mut().unwrap().push(' ');
                }
                _ => {}
            }
            hashes = if c == '#' { hashes + 1 } else { 0 };
        }
        before = c;
    }
    lines
}

/// A line without what stands between backquotes, which are names.
fn prose(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a text has these words, not as parts of others.
fn has(text: &str, words: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    text.match_indices(words).any(|(at, _)| {
        !letter(text[..at].chars().next_back()) && !letter(text[at + words.len()..].chars().next())
    })
}

#[test]
fn words_that_were_replaced_do_not_come_back() {
    let mut wrong = Vec::new();
    for file in files() {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        if LEFT.iter().any(|left| name.starts_with(left)) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let lines =
            if name.ends_with(".rs") { said(&text) } else { text.lines().map(String::from).collect() };
        for (at, line) in lines.iter().enumerate() {
            let shown = prose(line);
            // A key of a document in a script.
            let key = |words: &str| {
                shown.contains(&format!("\"{words}\"")) || shown.contains(&format!("['{words}']"))
            };
            for (words, instead) in GONE.iter().filter(|(words, _)| has(&shown, words) && !key(words)) {
                wrong.push(format!("{name}:{}: {words:?}: write {instead}", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_in_code_are_not_prose() {
    let has = |code: &str, words: &str| said(code).iter().any(|line| has(&prose(line), words));
    assert!(has("let x = 1; // It is told.", "told"));
    assert!(has("write!(out, \"was Told\")", "told"));
    assert!(has("let x = \"a\\\" \\\n    foretold {told}\";", "foretold"));
    assert!(has("let x = r#\"a \" told\"#;", "told"));
    assert!(has("    /// Foretold by kernels.", "foretold"));
    for code in
        ["let told = foretold(told); // `told` is a name.", "'\"'; told", "\"{told}\"", "// untold toldest"]
    {
        assert!(!has(code, "told"), "{code}");
    }
}
