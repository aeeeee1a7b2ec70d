//! Pages and plots in a real browser. Runs where `./check --full` has installed it.

use crate::report::devtools::Browser;
use crate::report::support::written;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LAYOUTS: &str = "tests/profiles/layouts.toml";

fn full() -> bool {
    std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes")
}

fn page(folder: &Path, name: &str, args: &[&str]) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, written(args)).unwrap();
    file
}

/// What a visit must not have brought about.
fn complaints(browser: &Browser, file: &Path) -> Vec<String> {
    let own = format!("file://{}", file.display());
    let of = |event: &Value| {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" => Some(params.to_string()),
            "Log.entryAdded" => Some(params["entry"]["text"].to_string()),
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                (url != own && !url.starts_with("data:")).then(|| format!("a request for {url}"))
            }
            _ => None,
        }
    };
    browser.events.iter().filter_map(of).collect()
}

/// Texts whose contrast with the ground is less than 4.5 to 1 (WCAG 2.2, 1.4.3).
const CONTRAST: &str = r#"(() => {
  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m[3] ?? 1]; };
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !e.checkVisibility() || e.closest("title,desc,script,style")) continue;
    const style = getComputedStyle(e), ink = parse(e.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(e.closest("svg")?.parentElement ?? e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) faint.push(e.tagName + "." + (e.getAttribute("class") ?? "") + ": " + e.textContent.slice(0, 30));
  }
  return faint;
})()"#;

/// What can be reached by keyboard and is seen.
const REACHABLE: &str = r#"[...document.querySelectorAll("a[href],summary,button,[tabindex='0']")].filter(e => e.checkVisibility()).length"#;

#[test]
fn pages_are_seen_reached_and_quiet() {
    if !full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let files = [
        page(folder.path(), "one.html", &[LAYOUTS, "--format", "html"]),
        page(folder.path(), "old.html", &["docs/examples/turin-guest.toml", "--format", "html"]),
        page(
            folder.path(),
            "several.html",
            &[LAYOUTS, "tests/profiles/measured.toml", "tests/profiles/zen5.toml", "--format", "html"],
        ),
    ];
    let mut browser = Browser::start();
    for file in &files {
        let mut grounds = Vec::new();
        for (width, scheme) in [(1100, "light"), (1100, "dark"), (390, "light"), (390, "dark")] {
            let place = format!("{} at {width}, {scheme}", file.display());
            browser.dress(width, scheme);
            browser.visit(file);
            let pixels = browser.pixels();
            let colours: BTreeSet<&[u8; 3]> = pixels.iter().collect();
            let mean = pixels.iter().map(|p| p.iter().map(|b| f64::from(*b)).sum::<f64>() / 3.0).sum::<f64>()
                / pixels.len() as f64;
            assert!(colours.len() > 60, "{place}: {} colours", colours.len());
            assert!(if scheme == "light" { mean > 220.0 } else { mean < 60.0 }, "{place}: {mean}");
            grounds.push(pixels);
            assert!(
                browser.ask(&format!("document.documentElement.scrollWidth <= {width}")).as_bool().unwrap(),
                "{place} is too wide"
            );
            let shown = browser.ask("[...document.querySelectorAll('svg')].filter(s => s.checkVisibility()).map(s => s.classList.contains('wide') ? 'wide' : s.classList.contains('narrow') ? 'narrow' : '')");
            let hidden = if width < 600 { "wide" } else { "narrow" };
            assert!(
                !shown.to_string().contains(hidden) && shown.as_array().is_some_and(|s| !s.is_empty()),
                "{place}: {shown}"
            );
            let faint = browser.ask(CONTRAST);
            assert_eq!(faint, serde_json::json!([]), "{place}");
        }
        assert!(grounds[0] != grounds[1] && grounds[0] != grounds[2]);
        keyboard(&mut browser, file);
        named(&mut browser);
        assert_eq!(complaints(&browser, file), Vec::<String>::new(), "{}", file.display());
    }
    browser.visit(&files[0]);
    copied(&mut browser);
    assert_eq!(complaints(&browser, &files[0]), Vec::<String>::new());
}

/// The tabulator reaches all that can be used, in the order of the page.
fn keyboard(browser: &mut Browser, file: &Path) {
    browser.visit(file);
    let reachable = browser.ask(REACHABLE).as_u64().unwrap();
    browser.ask(
        "window.reached = new Set(), document.addEventListener('focusin', e => reached.add(e.target)), 0",
    );
    (0..reachable + 2).for_each(|_| browser.tab());
    let missed = browser.ask(
        "[...document.querySelectorAll(\"a[href],summary,button,[tabindex='0']\")].filter(e => e.checkVisibility() && !reached.has(e)).map(e => e.outerHTML.slice(0, 80))",
    );
    assert!(reachable > 5 && missed == serde_json::json!([]), "{}: {missed}", file.display());
}

/// Those who do not see the page are told what each picture is.
fn named(browser: &mut Browser) {
    let tree = browser.call("Accessibility.getFullAXTree", serde_json::json!({}));
    let nodes = tree["nodes"].as_array().unwrap();
    let pictures: Vec<&Value> =
        nodes.iter().filter(|n| matches!(n["role"]["value"].as_str(), Some("image" | "img"))).collect();
    assert!(!pictures.is_empty());
    for picture in pictures {
        let words = |key: &str| picture[key]["value"].as_str().unwrap_or_default().len();
        assert!(words("name") > 5, "{picture}");
    }
}

/// The button copies the text, or leaves it selected where the browser forbids that.
fn copied(browser: &mut Browser) {
    let ask = "new Promise(r => { const b = document.querySelector('button'); b.focus(); b.click(); setTimeout(() => r(document.querySelector('[role=status]').textContent), 500) })";
    let said = browser.ask(ask);
    let selected = browser
        .ask("getSelection().toString().trim() === document.getElementById('text').textContent.trim()");
    assert!(
        said == "Copied." || said == "Selected: copy it with Ctrl+C." && selected == true,
        "{said}, {selected}"
    );
}

#[test]
fn a_plot_alone_is_seen() {
    if !full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    for plot in ["forest", "layouts", "time"] {
        let file = page(folder.path(), &format!("{plot}.svg"), &[LAYOUTS, "--format", "svg", "--plot", plot]);
        for scheme in ["light", "dark"] {
            browser.dress(1000, scheme);
            browser.visit(&file);
            let colours: BTreeSet<[u8; 3]> = browser.pixels().into_iter().collect();
            assert!(colours.len() > 20, "{plot}, {scheme}: {} colours", colours.len());
            assert_eq!(complaints(&browser, &file), Vec::<String>::new());
        }
    }
}

/// The page's own policy lets nothing out and runs nothing that is not its own: shown by pages that try.
#[test]
fn the_policy_holds_against_what_gets_in() {
    if !full() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    outside.set_nonblocking(true).unwrap();
    let at = format!("http://{}", outside.local_addr().unwrap());
    let page = written(&[LAYOUTS, "--format", "html"]);
    let mut browser = Browser::start();
    for evil in [
        format!("<img src=\"{at}/a.png\">"),
        format!("<link rel=\"stylesheet\" href=\"{at}/a.css\">"),
        format!("<script src=\"{at}/a.js\"></script>"),
        "<script>document.title = 'taken'</script>".to_string(),
        "<img src=\"data:,\" onerror=\"document.title = 'taken'\">".to_string(),
        format!("<iframe src=\"{at}/\"></iframe>"),
        "<p style=\"color:red\">x</p>".to_string(),
    ] {
        let file = folder.path().join("evil.html");
        std::fs::write(&file, page.replace("<main", &format!("{evil}<main"))).unwrap();
        browser.visit(&file);
        browser.ask("new Promise(r => setTimeout(r, 200))");
        assert!(!complaints(&browser, &file).is_empty(), "nothing was refused: {evil}");
        // A connection may be opened ahead of the refusal; nothing may be said on it.
        if let Ok((mut connection, _)) = outside.accept() {
            connection.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            connection.set_nonblocking(false).unwrap();
            let said = connection.read(&mut [0; 64]).unwrap_or(0);
            assert_eq!(said, 0, "a request got out: {evil}");
        }
        assert_ne!(browser.ask("document.title"), "taken", "{evil}");
    }
}
