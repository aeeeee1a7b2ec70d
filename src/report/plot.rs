//! This module writes one plot as a file of its own.

use super::compared::together;
use super::forest::{Paper, forest};
use super::html::PLOT_STYLE;
use super::layouts::sheet;
use super::rows::{Group, Row, confirmed};
use super::svg::Element;
use super::time::time;
use crate::profile::{Profile, Section};

/// Which plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plot {
    /// Flags and kernels with their intervals.
    Forest,
    /// Each kernel, layout by layout.
    Layouts,
    /// Where the time went.
    Time,
}

/// Draws a plot of one package or kernel, the first that was measured unless named. Errors say what is missing.
pub fn plot(profile: &Profile, which: Plot, part: Option<&str>) -> Result<String, String> {
    let host = &profile.host.name;
    let margin = profile.measurement.as_ref().map_or(1.0, |m| m.margin);
    if which == Plot::Time {
        let spent = profile.measurement.as_ref().and_then(|m| time("time", &m.spent_s));
        return spent.map(alone).ok_or_else(|| format!("{host}: nothing was measured"));
    }
    let (name, section) = find(profile, part)?;
    let title = format!("{name} on {host}");
    let groups = confirmed(section);
    let drawn = match which {
        Plot::Layouts => {
            let rows: Vec<Row> =
                groups.into_iter().flat_map(|g| g.rows).filter(|r| !r.spread.is_empty()).collect();
            sheet("layouts", &title, &rows, margin)
        }
        _ => forest("forest", &title, &groups, margin, Paper::Wide),
    };
    let lacks = match which {
        Plot::Layouts => "keeps no layouts of kernels; measure it again",
        _ => "has no interval that was confirmed",
    };
    drawn.map(alone).ok_or_else(|| format!("{title} {lacks}"))
}

/// Draws the sets of several hosts; of one package or kernel, or of all.
pub fn plot_of_several(profiles: &[Profile], part: Option<&str>) -> Result<String, String> {
    let view = together(profiles);
    let mut groups: Vec<Group> = Vec::new();
    for side in view.parts.iter().filter(|s| part.is_none_or(|name| name == s.name)) {
        match part {
            Some(_) => groups.extend(side.groups.clone()),
            None => groups.extend(
                side.groups.first().map(|g| Group { title: side.name.clone(), rows: g.rows.clone() }),
            ),
        }
    }
    let title = format!("{} hosts compared", profiles.len());
    let drawn = forest("forest", &title, &groups, view.margin, Paper::Wide);
    drawn.map(alone).ok_or_else(|| match part {
        Some(name) => format!("none of these hosts has an interval of {name}"),
        None => "none of these hosts was measured".into(),
    })
}

fn find<'a>(profile: &'a Profile, part: Option<&str>) -> Result<(&'a String, &'a Section), String> {
    let mut all = profile.package.iter().chain(&profile.kernel);
    match part {
        Some(name) => all.find(|(n, _)| *n == name).ok_or_else(|| {
            let known: Vec<&str> =
                profile.package.keys().chain(profile.kernel.keys()).map(String::as_str).collect();
            format!("the profile has no {name:?}; it has {}", known.join(", "))
        }),
        None => all
            .find(|(_, s)| s.effect.is_some())
            .ok_or_else(|| format!("{}: nothing was measured", profile.host.name)),
    }
}

/// A picture with its own styles and ground.
fn alone(plot: Element) -> String {
    let markup = plot.padded(16.0).to_markup();
    // Styles are not text to be escaped.
    let style = format!("<style>{PLOT_STYLE}svg{{background:var(--paper)}}</style>\n</svg>\n");
    markup.strip_suffix("</svg>\n").map(|body| format!("{body}{style}")).unwrap_or_default()
}
