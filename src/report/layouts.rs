//! Kernel by kernel, what each layout showed: how its pairs spread, its estimate, and the interval that all make.

use super::rows::Row;
use super::scale::{Scale, tick};
use super::svg::{Anchor, Element, circle, line, picture, rect, text};

/// Size of one panel.
pub const PANEL: (f64, f64) = (300.0, 138.0);
/// The stretch for layouts, and the one for effects, within it.
const ACROSS: (f64, f64) = (42.0, 268.0);
const DOWN: (f64, f64) = (26.0, 122.0);

/// One kernel's panel; `None` where its layouts were not kept.
pub fn panel(id: &str, row: &Row, margin: f64) -> Option<Element> {
    let inside = inside(row, margin)?;
    let name = format!("{}: each layout", row.what);
    Some(picture(id, PANEL, &name, &told(row)).class("plot layouts").with_all(inside))
}

/// All panels as one picture, three abreast.
pub fn sheet(id: &str, name: &str, rows: &[Row], margin: f64) -> Option<Element> {
    const ABREAST: usize = 3;
    let panels: Vec<(&Row, Vec<Element>)> =
        rows.iter().filter_map(|r| inside(r, margin).map(|drawn| (r, drawn))).collect();
    if panels.is_empty() {
        return None;
    }
    let down = panels.len().div_ceil(ABREAST);
    let size = (PANEL.0 * panels.len().min(ABREAST) as f64, PANEL.1 * down as f64);
    let words: Vec<String> = panels.iter().map(|(row, _)| told(row)).collect();
    let place = |(at, (_, drawn)): (usize, (&Row, Vec<Element>))| {
        let (x, y) = ((at % ABREAST) as f64 * PANEL.0, (at / ABREAST) as f64 * PANEL.1);
        Element::new("g").word("transform", &format!("translate({x} {y})")).with_all(drawn)
    };
    let sheet = picture(id, size, name, &words.join(" ")).class("plot layouts");
    Some(sheet.with_all(panels.into_iter().enumerate().map(place)))
}

fn inside(row: &Row, margin: f64) -> Option<Vec<Element>> {
    if row.dots.is_empty() {
        return None;
    }
    let quartiles = row.spread.iter().flat_map(|five| [five[1], five[3]]);
    let (_, low, high) = row.figures().unwrap_or_default();
    let inner: Vec<f64> = row.dots.iter().copied().chain(quartiles).collect();
    let outer: Vec<f64> = row.spread.iter().flat_map(|five| [five[0], five[4]]).chain([low, high]).collect();
    let scale = Scale::around(margin, &inner, &outer).on(DOWN.1, DOWN.0);
    let band = (scale.at(margin), scale.at(-margin));
    let mut all = vec![
        text((0.0, 14.0), Anchor::Start, &row.what).class("what"),
        rect((ACROSS.0, band.0), (ACROSS.1 - ACROSS.0 + 26.0, band.1 - band.0)).class("band"),
    ];
    for value in scale.ticks(4) {
        let y = scale.at(value);
        let class = if value == 0.0 { "zero" } else { "grid" };
        all.push(line((ACROSS.0, y), (ACROSS.1 + 26.0, y)).class(class));
        all.push(text((ACROSS.0 - 6.0, y + 4.0), Anchor::End, &tick(value)).class("tick"));
    }
    let step = (ACROSS.1 - ACROSS.0) / row.dots.len() as f64;
    let thick = (step * 0.5).clamp(1.0, 5.0);
    let mut layouts = Element::new("g").class(&format!("row {}", row.verdict));
    for (at, dot) in row.dots.iter().enumerate() {
        let x = ACROSS.0 + (at as f64 + 0.5) * step;
        if let Some([least, lower, _, upper, most]) = row.spread.get(at).copied() {
            let (top, bottom) = (scale.at(upper), scale.at(lower));
            layouts = layouts
                .with(line((x, scale.at(least)), (x, scale.at(most))).class("reach"))
                .with(rect((x - thick / 2.0, top), (thick, bottom - top)).class("middle"));
        }
        if scale.beyond(*dot) == 0 {
            layouts =
                layouts.with(circle((x, scale.at(*dot)), (thick * 0.45).clamp(1.2, 2.2)).class("estimate"));
        }
    }
    if let Some((effect, low, high)) = row.figures() {
        let x = ACROSS.1 + 14.0;
        layouts = layouts
            .with(line((x, scale.at(low)), (x, scale.at(high))).class("interval"))
            .with(circle((x, scale.at(effect)), 3.2).class("mark"));
    }
    all.push(layouts);
    all.push(text((ACROSS.0, 135.0), Anchor::Start, &format!("{} layouts", row.dots.len())).class("tick"));
    all.push(text((ACROSS.1 + 26.0, 135.0), Anchor::End, "interval").class("tick"));
    Some(all)
}

fn told(row: &Row) -> String {
    let (least, most) = row.dots.iter().fold((f64::MAX, f64::MIN), |(l, m), d| (l.min(*d), m.max(*d)));
    format!("{}; {} layouts, from {least:+.2} to {most:+.2}.", row.sentence(), row.dots.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Verdict;

    #[test]
    fn every_layout_has_its_spread_and_its_estimate() {
        let mut row =
            Row::bare("zlib/crc32".into(), Verdict::Helps).with_figures(Some(2.0), Some(1.5), Some(2.5));
        assert!(panel("p", &row, 1.0).is_none(), "a profile that kept no layouts has no panel");
        row.dots = vec![1.8, 2.0, 2.2];
        row.spread = vec![[1.0, 1.5, 1.8, 2.1, 9.0]; 3];
        let markup = panel("p", &row, 1.0).unwrap().to_markup();
        for (class, count) in [("reach", 3), ("middle", 3), ("estimate", 3), ("interval", 1)] {
            assert_eq!(markup.matches(&format!("class=\"{class}\"")).count(), count, "{class}");
        }
        assert!(markup.contains("3 layouts, from +1.80 to +2.20."));
        let sheet =
            sheet("s", "zlib", &[row.clone(), row.clone(), row.clone(), row], 1.0).unwrap().to_markup();
        assert!(sheet.contains("viewBox=\"0 0 900 276\"") && sheet.contains("translate(0 138)"), "{sheet}");
    }
}
