//! The forest plot: an interval a row about the base at zero, over the band within which effects are equivalent.

use super::escape::signed;
use super::rows::{Group, Row, decided, short};
use super::scale::{Scale, tick};
use super::svg::{Anchor, Element, circle, line, picture, polygon, rect, text};

/// Width of a character of the figures, in units of the picture: 12 px in a fixed pitch.
const PITCH: f64 = 7.23;

/// For which paper a plot is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// Labels left, figures right.
    Wide,
    /// Labels above, for a phone.
    Narrow,
}

/// Where things are.
struct Grid {
    width: f64,
    /// Height of a row.
    row: f64,
    /// Height of a group's title.
    title: f64,
    from: f64,
    to: f64,
    /// Characters of a label.
    label: usize,
    /// The interval's line below the top of its row.
    centre: f64,
}

impl Grid {
    fn of(paper: Paper) -> Grid {
        match paper {
            Paper::Wide => {
                Grid { width: 960.0, row: 25.0, title: 34.0, from: 290.0, to: 646.0, label: 38, centre: 12.0 }
            }
            Paper::Narrow => {
                Grid { width: 360.0, row: 64.0, title: 34.0, from: 6.0, to: 354.0, label: 48, centre: 27.0 }
            }
        }
    }
}

/// Draws the groups. `id` is unique in the page, `name` is the picture's title; a plot without an interval is none.
pub fn forest(id: &str, name: &str, groups: &[Group], margin: f64, paper: Paper) -> Option<Element> {
    let rows: Vec<&Row> = groups.iter().flat_map(|g| &g.rows).filter(|r| r.figures().is_some()).collect();
    if rows.is_empty() {
        return None;
    }
    let grid = Grid::of(paper);
    let estimates: Vec<f64> = rows.iter().filter_map(|r| r.effect).collect();
    let ends: Vec<f64> = rows.iter().flat_map(|r| [r.low, r.high]).flatten().collect();
    let scale = Scale::around(margin, &estimates, &ends).on(grid.from, grid.to);
    let drawn = |g: &&Group| g.rows.iter().any(|r| r.figures().is_some());
    let groups: Vec<&Group> = groups.iter().filter(drawn).collect();
    let bottom = groups.len() as f64 * grid.title + rows.len() as f64 * grid.row + 4.0;
    let height = bottom + 40.0;
    let mut plot = picture(id, (grid.width, height), name, &told(&rows, margin))
        .class(if paper == Paper::Wide { "plot forest wide" } else { "plot forest narrow" })
        .with_all(ground(&scale, margin, (18.0, bottom), paper));
    let mut y = 0.0;
    for group in groups {
        plot = plot.with(text((0.0, y + grid.title - 11.0), Anchor::Start, &group.title).class("group"));
        y += grid.title;
        for row in group.rows.iter().filter(|r| r.figures().is_some()) {
            plot = plot.with(drawn_row(row, &scale, &grid, y, paper));
            y += grid.row;
        }
    }
    Some(plot)
}

/// Zero, band, ticks and directions.
fn ground(scale: &Scale, margin: f64, (top, bottom): (f64, f64), paper: Paper) -> Vec<Element> {
    let band = (scale.at(-margin), scale.at(margin));
    let mut all = vec![rect((band.0, top), (band.1 - band.0, bottom - top)).class("band")];
    let ticks = scale.ticks(if paper == Paper::Wide { 9 } else { 6 });
    for value in &ticks {
        let x = scale.at(*value);
        let class = if *value == 0.0 { "zero" } else { "grid" };
        all.push(line((x, top), (x, bottom)).class(class));
        all.push(text((x, bottom + 14.0), Anchor::Middle, &tick(*value)).class("tick"));
    }
    let zero = scale.at(0.0);
    all.push(text((zero - 8.0, bottom + 32.0), Anchor::End, "\u{2190} slower").class("tick"));
    all.push(text((zero + 8.0, bottom + 32.0), Anchor::Start, "faster \u{2192}").class("tick"));
    all
}

fn drawn_row(row: &Row, scale: &Scale, grid: &Grid, top: f64, paper: Paper) -> Element {
    let (effect, low, high) = row.figures().unwrap_or_default();
    let y = top + grid.centre;
    let class = format!("row {}", row.verdict);
    let mut g = Element::new("g").class(&class).with(Element::new("title").saying(&row.sentence()));
    let figures = format!("{} {}", row.effect_text, row.interval_text);
    match paper {
        Paper::Wide => {
            let right = grid.to + 14.0;
            g = g
                .with(text((0.0, y + 4.0), Anchor::Start, &short(&row.what, grid.label)).class("what"))
                .with(text((right + 24.0 * PITCH, y + 4.0), Anchor::End, &figures).class("figure"))
                .with(
                    text((grid.width - 112.0, y + 4.0), Anchor::Start, row.verdict.name()).class("verdict"),
                );
        }
        Paper::Narrow => {
            g = g
                .with(text((0.0, top + 15.0), Anchor::Start, &short(&row.what, grid.label)).class("what"))
                .with(text((0.0, top + 46.0), Anchor::Start, &figures).class("figure small"))
                .with(text((grid.width, top + 46.0), Anchor::End, row.verdict.name()).class("verdict small"));
        }
    }
    let share = match paper {
        Paper::Wide => (grid.from - 18.0, y + 4.0),
        Paper::Narrow => (grid.width, top + 15.0),
    };
    if !row.share.is_empty() {
        g = g.with(text(share, Anchor::End, &row.share).class("tick"));
    }
    let dots = row.dots.iter().filter(|d| scale.beyond(**d) == 0);
    g = g.with_all(dots.map(|d| circle((scale.at(*d), y + 5.5), 1.7).class("dot")));
    g = g.with(line((scale.at(low), y), (scale.at(high), y)).class("interval"));
    for (value, side) in [(low, -1.0), (high, 1.0)] {
        if f64::from(scale.beyond(value)) == side {
            let x = scale.at(value);
            let points = [(x + side * 5.0, y), (x - side, y - 4.0), (x - side, y + 4.0)];
            g = g.with(polygon(&points).class("beyond"));
        }
    }
    let mark = if decided(row.verdict) { "mark" } else { "mark open" };
    g.with(circle((scale.at(effect), y), 3.6).class(mark))
}

/// The plot in words.
fn told(rows: &[&Row], margin: f64) -> String {
    const MOST: usize = 12;
    let mut sentences: Vec<String> = rows.iter().take(MOST).map(|r| r.sentence()).collect();
    if rows.len() > MOST {
        sentences.push(format!("{} more in the table", rows.len() - MOST));
    }
    format!(
        "{} intervals about the base at 0; positive is faster; within {} of it effects are equivalent. {}.",
        rows.len(),
        signed(margin).trim_start_matches('+'),
        sentences.join(". ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Verdict;

    fn group(rows: Vec<Row>) -> Vec<Group> {
        vec![Group { title: "Set".into(), rows }]
    }

    #[test]
    fn an_interval_is_where_its_figures_are() {
        let mut row = Row::bare("-O3".into(), Verdict::Helps).with_figures(Some(3.0), Some(2.0), Some(4.0));
        row.dots = vec![2.5, 3.5, 1e9];
        for paper in [Paper::Wide, Paper::Narrow] {
            let markup = forest("f", "zlib", &group(vec![row.clone()]), 1.0, paper).unwrap().to_markup();
            let scale = Scale::around(1.0, &[3.0], &[2.0, 4.0]);
            let grid = Grid::of(paper);
            let x = scale.on(grid.from, grid.to).at(3.0);
            assert!(markup.contains(&format!("cx=\"{}\"", (x * 100.0).round() / 100.0)), "{x} {markup}");
            assert_eq!(
                markup.matches("class=\"dot\"").count(),
                2,
                "a dot beyond the scale is not drawn elsewhere"
            );
            assert!(markup.contains("class=\"mark\"") && markup.contains("+3.00 [+2.00, +4.00]"));
            assert!(markup.contains("-O3: +3.00 from +2.00 to +4.00, helps"));
        }
    }

    #[test]
    fn what_leaves_the_scale_says_so_and_what_was_not_timed_is_not_drawn() {
        let wide =
            Row::bare("-O2".into(), Verdict::Inconclusive).with_figures(Some(0.5), Some(-400.0), Some(400.0));
        let none = Row::bare("-O1".into(), Verdict::SameCode);
        let markup =
            forest("f", "n", &group(vec![wide, none.clone()]), 1.0, Paper::Wide).unwrap().to_markup();
        assert_eq!((markup.matches("beyond").count(), markup.matches("mark open").count()), (2, 1));
        assert!(!markup.contains("-O1"));
        assert!(forest("f", "n", &group(vec![none]), 1.0, Paper::Wide).is_none());
    }
}
