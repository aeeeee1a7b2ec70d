//! The README's picture: what was measured on the real zlib, drawn from the table of `docs/zlib-and-glibc.md`.

use crate::docs::page::root;
use std::fmt::Write as _;

/// The rows of the table that are drawn, each with its colour and what the picture calls it.
const DRAWN: [(&str, &str, &str); 2] = [
    ("**`-mavx2`, hwtune's choice**", "#0b6e4f", "-mavx2, hwtune's choice"),
    ("all six together", "#b5541c", "the six flags that people give zlib"),
];
/// Where the axis begins and ends, in the unit of an effect and in pixels.
const AXIS: [(f64, f64); 2] = [(-5.0, 120.0), (5.0, 620.0)];
const ROW: usize = 40;
const TOP: usize = 64;

/// An effect with its interval, as the table writes it: `+1.5 (+1.3 to +1.8)`.
fn figure(cell: &str) -> [f64; 3] {
    let text = cell.replace("**", "");
    let (effect, interval) = text.split_once(" (").unwrap_or_else(|| panic!("no interval: {cell}"));
    let (low, high) = interval.trim_end_matches(')').split_once(" to ").unwrap();
    [effect, low, high].map(|number| number.parse().unwrap_or_else(|e| panic!("{cell}: {e}")))
}

fn across(effect: f64) -> f64 {
    let [(from, left), (to, right)] = AXIS;
    left + (effect - from) / (to - from) * (right - left)
}

fn picture(page: &str) -> String {
    let (_, table) = page.split_once("| flags | weighted |").unwrap();
    let (head, table) = table.split_once('\n').unwrap();
    let cells =
        |row: &str| -> Vec<String> { row.trim_matches(['|', ' ']).split(" | ").map(String::from).collect() };
    let mut names = vec!["weighted".to_string()];
    names.extend(cells(head));
    let bottom = TOP + names.len() * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 {}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>Effects on the real zlib, with 95 % intervals</title>\n\
         <rect width=\"640\" height=\"{}\" fill=\"#fff\"/>\n",
        bottom + 44,
        bottom + 44
    );
    for (at, (_, colour, label)) in DRAWN.iter().enumerate() {
        let y = 20 + 20 * at;
        let _ = writeln!(svg, "<circle cx=\"24\" cy=\"{}\" r=\"5\" fill=\"{colour}\"/>", y - 4);
        let _ = writeln!(svg, "<text x=\"36\" y=\"{y}\" fill=\"#222\">{label}</text>");
    }
    for tick in -5..=5 {
        let x = across(tick.into());
        let (colour, label) = if tick == 0 { ("#444", "0".into()) } else { ("#ddd", format!("{tick:+}")) };
        let _ = writeln!(svg, "<path d=\"M{x} {TOP}V{bottom}\" stroke=\"{colour}\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">{label}</text>",
            bottom + 16
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"370\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\">effect, about per cent; positive is faster</text>",
        bottom + 36
    );
    for (at, name) in names.iter().enumerate() {
        let weight = if at == 0 { "bold" } else { "normal" };
        let y = TOP + at * ROW + ROW / 2;
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"{}\" font-weight=\"{weight}\" fill=\"#222\">{name}</text>",
            y + 4
        );
    }
    for (side, (row, colour, _)) in DRAWN.iter().enumerate() {
        let line = table.lines().find(|l| l.starts_with(&format!("| {row} |"))).unwrap();
        for (at, cell) in cells(line).iter().skip(1).enumerate() {
            let [effect, low, high] = figure(cell);
            let y = TOP + at * ROW + 13 + 14 * side;
            let [x, left, right] = [effect, low, high].map(across);
            let _ = writeln!(
                svg,
                "<path d=\"M{left:.1} {y}H{right:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>\
                 <circle cx=\"{x:.1}\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>"
            );
        }
    }
    svg + "</svg>\n"
}

/// The picture is that of the table. `HWTUNE_UPDATE_GOLDEN=1` draws it again.
#[test]
fn the_picture_shows_the_table() {
    let page = std::fs::read_to_string(root().join("docs/zlib-and-glibc.md")).unwrap();
    let drawn = picture(&page);
    let file = root().join("docs/img/zlib.svg");
    if std::env::var_os("HWTUNE_UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &drawn).unwrap();
    }
    let held = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(held == drawn, "{}: HWTUNE_UPDATE_GOLDEN=1 draws it again", file.display());
}

/// The intervals that the README gives stand on pages that it links to, beside the conditions of their measurement.
#[test]
fn the_readme_gives_figures_of_its_pages() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let text = readme.as_str();
    let parts = |open: &'static str, close: char| {
        text.match_indices(open).map(move |(at, _)| {
            let rest = &text[at..];
            &rest[open.len()..rest.find(close).unwrap()]
        })
    };
    let pages: Vec<String> = parts("](docs/", ')')
        .filter(|link| link.ends_with(".md"))
        .map(|link| std::fs::read_to_string(root().join("docs").join(link)).unwrap())
        .collect();
    let intervals: Vec<&str> = parts("[", ']').filter(|part| part.starts_with(['+', '-'])).collect();
    assert!(intervals.len() >= 3, "README.md shows {} intervals", intervals.len());
    for interval in intervals {
        assert!(
            pages.iter().any(|page| page.contains(&format!("[{interval}]"))),
            "no page that README.md links to has [{interval}]"
        );
    }
}
