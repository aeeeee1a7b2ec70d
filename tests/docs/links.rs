//! Relative links lead somewhere, and every page of the book is in its table of contents.

use crate::docs::page::{pages, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A page without its fenced blocks and code spans, where brackets are no links.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !line.starts_with("    ") {
            prose.extend(line.split('`').step_by(2));
            prose.push('\n');
        }
    }
    prose
}

/// Targets of `[…](TARGET)` and `src="TARGET"`.
fn targets(text: &str) -> Vec<String> {
    let prose = prose(text);
    let mut found = Vec::new();
    for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
        for (at, _) in prose.match_indices(opening) {
            let rest = &prose[at + opening.len()..];
            found.extend(rest.split_once(closing).map(|(target, _)| target.to_string()));
        }
    }
    found
}

/// The anchors that GitHub and mdbook give to headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let heading =
        |line: &str| line.starts_with('#').then(|| line.trim_start_matches('#').trim().to_lowercase());
    let anchor = |title: String| {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    text.lines().filter_map(heading).map(anchor).collect()
}

/// `a/../b` as `b`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Where a page's relative links lead, each with its anchor.
fn links(page: &str) -> Vec<(PathBuf, Option<String>)> {
    let whole = root().join(page);
    let text = fs::read_to_string(&whole).unwrap();
    let folder = whole.parent().unwrap().to_path_buf();
    let relative = targets(&text).into_iter().filter(|t| !t.contains("://") && !t.starts_with("mailto:"));
    let split = relative.map(|target| match target.split_once('#') {
        Some((file, anchor)) => (file.to_string(), Some(anchor.to_string())),
        None => (target, None),
    });
    let place = |file: &str| if file.is_empty() { whole.clone() } else { plain(&folder.join(file)) };
    split.map(|(file, anchor)| (place(&file), anchor)).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    for page in pages() {
        for (file, anchor) in links(&page) {
            seen += 1;
            assert!(file.starts_with(root()) && file.exists(), "{page}: no {}", file.display());
            if let Some(anchor) = anchor {
                let text = fs::read_to_string(&file).unwrap();
                assert!(anchors(&text).contains(&anchor), "{page}: {} has no #{anchor}", file.display());
            }
        }
    }
    assert!(seen > 20, "{seen} links in all");
}

#[test]
fn the_book_has_every_page() {
    let listed: BTreeSet<PathBuf> = links("docs/SUMMARY.md").into_iter().map(|(file, _)| file).collect();
    let book = pages().into_iter().filter(|p| p.starts_with("docs/") && p != "docs/SUMMARY.md");
    for page in book {
        assert!(listed.contains(&root().join(&page)), "docs/SUMMARY.md does not list {page}");
    }
}

#[test]
fn brackets_in_code_are_no_links() {
    let text = "[a](b.md) `[c](d)`\n```\n[e](f)\n```\n<img src=\"g.svg\">\n";
    assert_eq!(targets(text), ["b.md", "g.svg"]);
    assert!(anchors("## What `x` is: a *b*").contains("what-x-is-a-b"));
}
