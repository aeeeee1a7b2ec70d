//! This module draws where the time of a run went, with a bar for each stage.

use super::svg::{Anchor, Element, picture, rect, text};
use crate::profile::SpentSeconds;
use crate::text::rounded;

/// The stages in their order, with what they do and their seconds.
pub fn stages(spent: &SpentSeconds) -> [(&'static str, &'static str, f64); 5] {
    [
        ("accept", "asking the compilers", spent.accept),
        ("identity", "building, comparing code", spent.identity),
        ("screen", "discarding and ranking", spent.screen),
        ("search", "composing a set", spent.search),
        ("confirm", "confirming it on fresh builds", spent.confirm),
    ]
}

/// Draws the stages; `None` where no time was spent.
pub fn time(id: &str, spent: &SpentSeconds) -> Option<Element> {
    const ROW: f64 = 22.0;
    let stages = stages(spent);
    let longest = stages.iter().map(|(_, _, s)| *s).fold(0.0, f64::max);
    let total: f64 = stages.iter().map(|(_, _, s)| s).sum();
    if longest <= 0.0 || !total.is_finite() {
        return None;
    }
    let spent = stages.map(|(_, _, s)| s);
    let shown = in_seconds(&spent);
    let shares = rounded(&spent.map(|s| 100.0 * s / total), 1.0);
    let told: Vec<String> = stages.iter().zip(&shown).map(|((n, ..), s)| format!("{n} {s}")).collect();
    let mut plot =
        picture(id, (340.0, ROW * 5.0 + 4.0), "Where the time went", &format!("{}.", told.join(", ")))
            .class("plot time");
    for (at, (name, _, spent)) in stages.iter().enumerate() {
        let y = at as f64 * ROW;
        plot = plot
            .with(text((0.0, y + 15.0), Anchor::Start, name).class("what"))
            .with(rect((72.0, y + 5.0), (spent / longest * 150.0, 12.0)).class("bar"))
            .with(text((290.0, y + 15.0), Anchor::End, &shown[at]).class("figure"))
            .with(text((340.0, y + 15.0), Anchor::End, &format!("{:.0} %", shares[at])).class("tick"));
    }
    Some(plot)
}

/// The parts of a time as they are shown: they add up to their sum as it is shown, by [`seconds`].
pub fn in_seconds(parts: &[f64]) -> Vec<String> {
    let whole = parts.iter().sum::<f64>() >= 10.0;
    let shown = |s: f64| if whole && s < 10.0 { format!("{s:.0} s") } else { seconds(s) };
    rounded(parts, if whole { 1.0 } else { 0.1 }).into_iter().map(shown).collect()
}

/// `4 min 05 s`, `50 s`, `1.3 s`.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 1e7 => format!("{s:.1e} s"),
        s if s >= 120.0 => format!("{} min {:02.0} s", (s.round() / 60.0).floor(), s.round() % 60.0),
        s if s >= 10.0 => format!("{s:.0} s"),
        s => format!("{s:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_stage_has_the_longest_bar() {
        let spent = SpentSeconds { screen: 148.0, confirm: 74.0, ..Default::default() };
        let markup = time("t", &spent).unwrap().to_markup();
        assert!(
            markup.contains("width=\"150\"") && markup.contains("width=\"75\"") && markup.contains("67 %")
        );
        assert!(time("t", &SpentSeconds::default()).is_none());
        assert!(time("t", &SpentSeconds { screen: 1e308, confirm: 1e308, ..Default::default() }).is_none());
    }

    #[test]
    fn shares_and_parts_add_up_to_what_is_shown_of_the_whole() {
        // Each alone would be rounded to 17 %, 102 in all, and to 0 s.
        let even = SpentSeconds { accept: 3.4, identity: 3.4, screen: 3.4, search: 3.4, confirm: 3.4 };
        assert_eq!(in_seconds(&stages(&even).map(|s| s.2)), ["4 s", "4 s", "3 s", "3 s", "3 s"]);
        let markup =
            time("t", &SpentSeconds { accept: 1.0, screen: 1.0, confirm: 1.0, ..Default::default() })
                .unwrap()
                .to_markup();
        assert!(markup.contains("34 %") && markup.matches("33 %").count() == 2, "{markup}");
        for n in 1..200 {
            let of = |k: u32| f64::from(n * k % 97) / 7.0;
            let parts = [of(3), of(5), of(7), of(11), of(13)];
            let number = |text: &String| -> f64 {
                let words: Vec<f64> = text.split(' ').filter_map(|w| w.parse().ok()).collect();
                if words.len() == 2 { 60.0 * words[0] + words[1] } else { words[0] }
            };
            let sum: f64 = in_seconds(&parts).iter().map(number).sum();
            assert!((sum - number(&seconds(parts.iter().sum()))).abs() < 1e-6, "{parts:?}");
        }
    }

    #[test]
    fn seconds_are_told_as_people_do() {
        for (value, told) in [
            (0.04, "0.0 s"),
            (9.4, "9.4 s"),
            (50.2, "50 s"),
            (119.7, "120 s"),
            (245.0, "4 min 05 s"),
            (179.8, "3 min 00 s"),
        ] {
            assert_eq!(seconds(value), told);
        }
    }
}
