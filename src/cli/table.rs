//! Verdicts as tables for people.

use super::terminal::Paper;
use anstyle::{AnsiColor, Style};
use hwtune::profile::{Evidence, Profile, Section, Verdict};
use hwtune::report::{Group, Row, Scale, confirmed, decided, others, short};
use std::fmt::Write;

/// Rows of what was not confirmed, on a terminal that did not ask for all.
const MOST: usize = 8;

/// The verdicts of a profile on the subjects named, a table a section. `all` shows also what a terminal is spared.
pub fn verdicts(profile: &Profile, subjects: &[String], paper: &Paper, all: bool) -> String {
    let mut text = String::new();
    let margin = profile.measurement.as_ref().map_or(1.0, |m| m.margin);
    let sections = profile.package.iter().chain(&profile.kernel);
    for (name, section) in sections.filter(|(n, s)| s.evidence != Evidence::None && subjects.contains(n)) {
        Table::new(section, paper, margin, all).write(&mut text, name);
    }
    if let Some(m) = &profile.measurement {
        let (aa, noise) = (&m.aa, &m.noise);
        let effect = format!(
            "Effect: 100 * ln(time of base / time with flags), positive is faster; the intervals of each group hold together at {:.0} %.",
            100.0 * (1.0 - m.alpha)
        );
        let own = match aa.measured() {
            true => format!("{:+.2} [{:+.2}, {:+.2}], {}", aa.effect, aa.low, aa.high, aa.verdict),
            false => "not measured".into(),
        };
        let control = format!(
            "Control (a build against itself): {own}. Spread between layouts {:.2}, preempted {:.1} % of pairs.",
            noise.layout_sd,
            100.0 * noise.preempted
        );
        let s = &m.spent_s;
        let time = format!(
            "Time: accept {:.1} s, identity {:.1}, screen {:.1}, search {:.1}, confirm {:.1}; {} evaluations, {} pairs.",
            s.accept, s.identity, s.screen, s.search, s.confirm, m.evaluations, m.pairs
        );
        for line in [effect, control, time] {
            let _ = writeln!(text, "{}", paper.wrap(&line, 0));
        }
    }
    text
}

/// One section.
struct Table<'a> {
    section: &'a Section,
    paper: &'a Paper,
    margin: f64,
    groups: Vec<Group>,
    scale: Scale,
    /// Characters of a bar; 0 for none.
    bar: usize,
    /// Whether there is room for intervals in figures.
    intervals: bool,
    /// Whether there is room for layouts and pairs.
    counts: bool,
    all: bool,
}

impl<'a> Table<'a> {
    fn new(section: &'a Section, paper: &'a Paper, margin: f64, all: bool) -> Table<'a> {
        let groups = confirmed(section);
        let rest = if groups.is_empty() { others(section) } else { Vec::new() };
        let rows: Vec<&Row> = groups.iter().flat_map(|g| &g.rows).chain(&rest).collect();
        let estimates: Vec<f64> = rows.iter().filter_map(|r| r.effect).collect();
        let ends: Vec<f64> = rows.iter().flat_map(|r| [r.low, r.high]).flatten().collect();
        let bar = match paper.width {
            Some(width) if width < 76 => 0,
            Some(width) => ((width - 60) / 2 - 1).clamp(13, 31) | 1,
            None => 31,
        };
        let counts = paper.width.is_none_or(|w| w >= 110);
        let intervals = paper.width.is_none_or(|w| w >= 60);
        let scale = Scale::around(margin, &estimates, &ends);
        Table {
            section,
            paper,
            margin,
            scale,
            groups,
            bar,
            intervals,
            counts,
            all: all || paper.width.is_none(),
        }
    }

    fn write(&self, text: &mut String, name: &str) {
        let Table { section, paper, .. } = self;
        let bold = Style::new().bold();
        let flags = if section.flags.is_empty() { "nothing".into() } else { section.flags.join(" ") };
        let head = format!("{}  append: ", paper.plain(name));
        let hang = head.chars().count();
        let _ = writeln!(text, "{bold}{head}{}{bold:#}", paper.wrap(&flags, hang));
        let base = format!("with {}, base {}", section.toolchain, section.base.join(" "));
        let _ = writeln!(text, "  {}", paper.fit(&base, 2));
        if !section.reason.is_empty() {
            let _ = writeln!(text, "  {}", paper.wrap(&section.reason, 2));
        }
        let figures = ["effect", "interval", "layouts", "pairs"];
        let _ = writeln!(
            text,
            "{}",
            self.line("verdict", figures, "", &paper.fit("flags or kernel", self.used()))
        );
        for group in &self.groups {
            let _ = writeln!(text, "  {bold}{}{bold:#}", paper.fit(&group.title, 2));
            group.rows.iter().for_each(|row| self.row(text, row));
        }
        self.rest(text);
        text.push('\n');
    }

    /// What was not confirmed: all of it, or what says most and how much more there is.
    fn rest(&self, text: &mut String) {
        let rest = others(self.section);
        if rest.is_empty() {
            return;
        }
        let bold = Style::new().bold();
        let _ = writeln!(text, "  {bold}Not confirmed{bold:#}");
        let telling = |row: &&Row| {
            row.effect.is_some() || matches!(row.verdict, Verdict::Crashed | Verdict::WrongResult)
        };
        let shown: Vec<&Row> = match self.all {
            true => rest.iter().collect(),
            false => rest.iter().filter(telling).take(MOST).collect(),
        };
        shown.iter().for_each(|row| self.row(text, row));
        if shown.len() < rest.len() {
            let mut counts: Vec<(Verdict, usize)> = Vec::new();
            for row in &rest {
                match counts.iter_mut().find(|(v, _)| *v == row.verdict) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((row.verdict, 1)),
                }
            }
            let told: Vec<String> =
                counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
            let line = format!("in all {}; -v shows each with its reason", told.join(", "));
            let _ = writeln!(text, "  {}", self.paper.wrap(&line, 2));
        }
    }

    fn row(&self, text: &mut String, row: &Row) {
        let style = colour(row.verdict);
        let bar = match (self.bar, row.figures()) {
            (0, _) | (_, None) => String::new(),
            (width, figures) => {
                let strokes = self.paper.strokes();
                strokes.bar(&self.scale, width, self.margin, figures, decided(row.verdict))
            }
        };
        let used = self.used();
        let mut what = match self.paper.width {
            Some(width) => short(&row.what, width.saturating_sub(used).max(12)),
            None => row.what.clone(),
        };
        if !row.reason.is_empty() {
            let _ = write!(what, "  ({})", row.reason);
        }
        let count = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        let (layouts, pairs) = (count(row.layouts), count(row.pairs));
        let figures = [row.effect_text.as_str(), &row.interval_text, &layouts, &pairs];
        let line = self.line(row.verdict.name(), figures, &bar, &self.paper.fit(&what, used));
        // Coloured once the columns stand: escapes have no width.
        let bar = bar.trim_end();
        let mut line = line.replacen(row.verdict.name(), &format!("{style}{}{style:#}", row.verdict), 1);
        if !bar.is_empty() {
            line = line.replacen(bar, &format!("{style}{bar}{style:#}"), 1);
        }
        let _ = writeln!(text, "{line}");
    }

    /// Columns before the last.
    fn used(&self) -> usize {
        self.line("", [""; 4], "", ".").chars().count() - 1
    }

    /// The columns that there is room for.
    fn line(&self, verdict: &str, figures: [&str; 4], bar: &str, what: &str) -> String {
        let [effect, interval, layouts, pairs] = figures;
        let mut line = format!("  {verdict:<16} {effect:>7}");
        if self.intervals {
            let _ = write!(line, " {interval:>18}");
        }
        if self.bar > 0 {
            let _ = write!(line, "  {bar:<width$}", width = self.bar);
        }
        if self.counts {
            let _ = write!(line, "  {layouts:>7} {pairs:>6}");
        }
        let _ = write!(line, "  {what}");
        line.trim_end().into()
    }
}

/// The colour of a verdict.
pub fn colour(verdict: Verdict) -> Style {
    let of = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
    match verdict {
        Verdict::Helps => of(AnsiColor::Green),
        Verdict::Harms | Verdict::Crashed | Verdict::WrongResult => of(AnsiColor::Red),
        Verdict::LayoutSensitive => of(AnsiColor::Yellow),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwtune::profile::parse;

    fn table(width: Option<usize>, unicode: bool, all: bool) -> String {
        let profile = parse(include_str!("../../tests/profiles/layouts.toml"), "layouts.toml").unwrap();
        let subjects = ["glibc".to_string(), "zlib".to_string()];
        let text = verdicts(&profile, &subjects, &Paper { width, unicode }, all);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_terminal_gets_lines_of_its_width() {
        for width in [40, 60, 80, 100, 120, 200] {
            for unicode in [true, false] {
                let text = table(Some(width), unicode, false);
                let longest = text.lines().map(|l| l.chars().count()).max().unwrap();
                assert!(longest <= width, "{width}: {longest}\n{text}");
                assert_eq!(text.is_ascii(), !unicode, "{text}");
                assert!(text.contains("+9.55") && text.contains("; -v"), "{text}");
                assert_eq!(text.contains("+9.55    [+6.33, +12.77]"), width >= 60);
            }
        }
        let [wide, plain] = [true, false].map(|unicode| table(Some(80), unicode, false));
        assert!(wide.contains("○─┤") && plain.contains("o-]"), "{wide}{plain}");
        assert!(!table(Some(70), true, false).contains('●'), "no room for bars");
    }

    #[test]
    fn a_pipe_gets_everything_in_full() {
        let text = table(None, true, false);
        assert!(
            text.contains("-mavx512vp2intersect") && text.contains("refused") && !text.contains("-v shows")
        );
        let rows = |text: &str| text.lines().filter(|l| l.contains("refused")).count();
        assert!(
            rows(&text) == rows(&table(Some(80), true, true))
                && rows(&text) > rows(&table(Some(80), true, false))
        );
    }
}
