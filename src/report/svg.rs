//! This is a small writer of SVG: it escapes text, checks numbers and closes every element.

use super::escape::markup;
use std::fmt::Write;

/// An element with its attributes and what is in it.
#[derive(Clone, Debug)]
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Element>,
    text: String,
}

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

impl Element {
    /// An element without attributes.
    pub fn new(name: &'static str) -> Element {
        Element { name, attributes: Vec::new(), children: Vec::new(), text: String::new() }
    }

    /// Sets a number.
    pub fn number(mut self, name: &'static str, value: f64) -> Element {
        self.attributes.push((name, coordinate(value)));
        self
    }

    /// Sets a word, escaped.
    pub fn word(mut self, name: &'static str, value: &str) -> Element {
        self.attributes.push((name, markup(value)));
        self
    }

    /// Sets the class.
    pub fn class(self, class: &str) -> Element {
        self.word("class", class)
    }

    /// Puts an element in.
    pub fn with(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    /// Puts elements in.
    pub fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    /// Puts text in, before all elements.
    pub fn saying(mut self, text: &str) -> Element {
        self.text = markup(text);
        self
    }

    /// A picture with so much paper around it.
    pub fn padded(mut self, by: f64) -> Element {
        let side = |name: &str| self.attributes.iter().find(|(n, _)| *n == name)?.1.parse::<f64>().ok();
        let (Some(width), Some(height)) = (side("width"), side("height")) else { return self };
        let (width, height) = (coordinate(width + 2.0 * by), coordinate(height + 2.0 * by));
        let from = coordinate(-by);
        for (name, value) in &mut self.attributes {
            match *name {
                "viewBox" => *value = format!("{from} {from} {width} {height}"),
                "width" => value.clone_from(&width),
                "height" => value.clone_from(&height),
                _ => {}
            }
        }
        self
    }

    /// The markup, an element a line.
    pub fn to_markup(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        let _ = write!(out, "<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"{value}\"");
        }
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str("/>\n");
            return;
        }
        let _ = write!(out, ">{}", self.text);
        if !self.children.is_empty() {
            out.push('\n');
        }
        self.children.iter().for_each(|child| child.write(out));
        let _ = writeln!(out, "</{}>", self.name);
    }
}

/// A picture of this size with its name and description for those who do not see it. `id` is unique in the page.
pub fn picture(id: &str, (width, height): (f64, f64), name: &str, description: &str) -> Element {
    let (title, desc) = (format!("{id}-name"), format!("{id}-text"));
    Element::new("svg")
        .word("xmlns", "http://www.w3.org/2000/svg")
        .word("viewBox", &format!("0 0 {} {}", coordinate(width), coordinate(height)))
        .number("width", width)
        .number("height", height)
        .word("role", "img")
        .word("aria-labelledby", &format!("{title} {desc}"))
        .with(Element::new("title").word("id", &title).saying(name))
        .with(Element::new("desc").word("id", &desc).saying(description))
}

/// A line.
pub fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Element {
    Element::new("line").number("x1", x1).number("y1", y1).number("x2", x2).number("y2", y2)
}

/// A rectangle; a width or height below 0 is 0.
pub fn rect((x, y): (f64, f64), (width, height): (f64, f64)) -> Element {
    let sides = (width.max(0.0), height.max(0.0));
    Element::new("rect").number("x", x).number("y", y).number("width", sides.0).number("height", sides.1)
}

/// A circle.
pub fn circle((x, y): (f64, f64), radius: f64) -> Element {
    Element::new("circle").number("cx", x).number("cy", y).number("r", radius)
}

/// A closed figure through these points.
pub fn polygon(points: &[(f64, f64)]) -> Element {
    let points: Vec<String> =
        points.iter().map(|(x, y)| format!("{},{}", coordinate(*x), coordinate(*y))).collect();
    Element::new("polygon").word("points", &points.join(" "))
}

/// A text on its baseline.
pub fn text((x, y): (f64, f64), anchor: Anchor, text: &str) -> Element {
    let at = Element::new("text").number("x", x).number("y", y);
    let at = match anchor {
        Anchor::Start => at,
        Anchor::Middle => at.word("text-anchor", "middle"),
        Anchor::End => at.word("text-anchor", "end"),
    };
    at.saying(text)
}

/// At most two decimals, no exponent, no negative zero; what is not a number is 0.
fn coordinate(value: f64) -> String {
    let value = if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_finite() {
        for (value, written) in [
            (1.0, "1"),
            (0.126, "0.13"),
            (-0.001, "0"),
            (f64::NAN, "0"),
            (f64::INFINITY, "0"),
            (1e300, "1000000"),
        ] {
            assert_eq!(coordinate(value), written);
        }
    }

    #[test]
    fn what_is_written_is_well_formed_whatever_it_says() {
        let hostile = "</text><script>alert(1)</script>\u{1b}[31m\"'&";
        let picture = picture("p", (10.0, 5.0), hostile, hostile)
            .with(text((1.0, 2.0), Anchor::End, hostile))
            .with(rect((0.0, 0.0), (-3.0, 2.0)).class(hostile));
        let markup = picture.to_markup();
        assert!(!markup.contains("<script") && !markup.contains('\u{1b}'), "{markup}");
        let opened =
            markup.matches('<').count() - markup.matches("</").count() - markup.matches("/>").count();
        assert_eq!(opened, markup.matches("</").count(), "{markup}");
        assert!(markup.contains("width=\"0\" height=\"2\""));
        let padded = picture.padded(2.0).to_markup();
        assert!(padded.contains("viewBox=\"-2 -2 14 9\" width=\"14\" height=\"9\""), "{padded}");
    }
}
