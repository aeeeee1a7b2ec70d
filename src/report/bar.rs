//! This module draws an interval as a line of characters.

use super::scale::Scale;

/// The characters a bar is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strokes {
    zero: char,
    band: char,
    line: char,
    left: char,
    right: char,
    mark: char,
    open: char,
    beyond: (char, char),
}

impl Strokes {
    /// Box drawing.
    pub const UNICODE: Strokes = Strokes {
        zero: '│',
        band: '·',
        line: '─',
        left: '├',
        right: '┤',
        mark: '●',
        open: '○',
        beyond: ('◂', '▸'),
    };
    /// What every terminal has.
    pub const ASCII: Strokes = Strokes {
        zero: '|',
        band: '.',
        line: '-',
        left: '[',
        right: ']',
        mark: '*',
        open: 'o',
        beyond: ('<', '>'),
    };

    /// The estimate's mark: full where the interval decides.
    fn mark(&self, decided: bool) -> char {
        if decided { self.mark } else { self.open }
    }

    /// `width` characters: zero, the equivalence band, the interval and its estimate. `None` leaves the ground alone.
    pub fn bar(
        &self,
        scale: &Scale,
        width: usize,
        margin: f64,
        figures: Option<(f64, f64, f64)>,
        decided: bool,
    ) -> String {
        let width = width.max(1);
        let scale = scale.on(0.0, (width - 1) as f64);
        let cell = |value: f64| (scale.at(value).round() as usize).min(width - 1);
        let mut cells = vec![' '; width];
        cells[cell(-margin)..=cell(margin)].fill(self.band);
        cells[cell(0.0)] = self.zero;
        if let Some((effect, low, high)) = figures {
            let (from, to) = (cell(low), cell(high));
            cells[from..=to.max(from)].fill(self.line);
            cells[from] = if scale.beyond(low) < 0 { self.beyond.0 } else { self.left };
            cells[to] = if scale.beyond(high) > 0 { self.beyond.1 } else { self.right };
            // Zero stays visible through an interval that holds it.
            if low < 0.0 && high > 0.0 && cell(0.0) != from && cell(0.0) != to {
                cells[cell(0.0)] = if self.zero == '│' { '┼' } else { '+' };
            }
            cells[cell(effect)] = self.mark(decided);
        }
        cells.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_its_width_and_shows_zero_band_and_interval() {
        let scale = Scale::around(1.0, &[5.0, -2.0], &[3.0, 7.0]);
        let bar = |figures, decided| Strokes::ASCII.bar(&scale, 31, 1.0, figures, decided);
        assert_eq!(bar(None, false), "    ...|...                    ");
        assert_eq!(bar(Some((5.0, 3.0, 7.0)), true), "    ...|...      [-----*-----] ");
        for figures in [(0.0, -500.0, 500.0), (9.0, 8.5, 9.5), (0.0, 0.0, 0.0), (1e300, -1e300, 1e300)] {
            for width in [1, 2, 7, 40] {
                for strokes in [Strokes::ASCII, Strokes::UNICODE] {
                    let bar = strokes.bar(&scale, width, 1.0, Some(figures), false);
                    assert_eq!(bar.chars().count(), width);
                }
            }
        }
        let wide = bar(Some((0.5, -500.0, 500.0)), false);
        assert!(wide.starts_with('<') && wide.ends_with('>') && wide.contains('o'), "{wide}");
        assert!(Strokes::UNICODE.bar(&scale, 31, 1.0, Some((2.0, -1.5, 5.5)), false).contains('┼'));
    }
}
