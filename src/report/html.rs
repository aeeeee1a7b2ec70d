//! One page that needs nothing else: styles, plots and the one script are in it, and its policy lets no request out.

use super::escape::{markup, signed};
use super::forest::{Paper, forest};
use super::layouts::panel;
use super::rows::Group;
use super::time::time;
use super::view::{Source, View, view};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Styles of plots, also of those that stand alone.
pub const PLOT_STYLE: &str = include_str!("templates/plot.css");
const PAGE_STYLE: &str = include_str!("templates/page.css");
const SCRIPT: &str = include_str!("templates/copy.js");
/// Rows of the plot of what screening timed; the table has all.
const SCREENED: usize = 40;

/// Plots by name: markup, or a list of it.
pub type Plots = BTreeMap<String, Value>;

/// The page of one host.
pub fn html(source: &Source<'_>) -> Result<String, minijinja::Error> {
    let view = view(source);
    let plots = plots(source, &view);
    page("report.html.j2", &view, plots)
}

/// Expands a template over its view and plots.
pub fn page(template: &str, view: &impl Serialize, plots: Plots) -> Result<String, minijinja::Error> {
    let style = format!("{PAGE_STYLE}{PLOT_STYLE}");
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&style),
        hash(SCRIPT)
    );
    let engine = engine()?;
    engine.get_template(template)?.render(context! {
        version => env!("CARGO_PKG_VERSION"),
        policy => Value::from_safe_string(policy),
        style => Value::from_safe_string(style),
        script => Value::from_safe_string(SCRIPT.into()),
        view => Serde(view),
        plots => plots,
    })
}

/// A plot as a template takes it: already markup.
pub fn drawn(plot: Option<super::svg::Element>) -> Value {
    plot.map_or(Value::UNDEFINED, |p| Value::from_safe_string(p.to_markup()))
}

/// Puts both forms of a forest plot beside the others.
pub fn put_forest(plots: &mut Plots, id: &str, name: &str, groups: &[Group], margin: f64) {
    for (form, paper) in [("wide", Paper::Wide), ("narrow", Paper::Narrow)] {
        let id = format!("{id}-{form}");
        if let Some(plot) = forest(&id, name, groups, margin, paper) {
            plots.insert(id, drawn(Some(plot)));
        }
    }
}

fn plots(source: &Source<'_>, view: &View) -> Plots {
    let mut plots = Plots::new();
    let margin = source.profile.measurement.as_ref().map_or(1.0, |m| m.margin);
    for (n, part) in (1..).zip(&view.sections) {
        put_forest(
            &mut plots,
            &format!("forest-{n}"),
            &format!("{}: effects of its flags", part.name),
            &part.groups,
            margin,
        );
        let kernels = part.groups.iter().flat_map(|g| &g.rows).filter(|r| !r.spread.is_empty());
        let panels: Vec<Value> = (1..)
            .zip(kernels)
            .filter_map(|(k, row)| panel(&format!("layouts-{n}-{k}"), row, margin))
            .map(|p| drawn(Some(p)))
            .collect();
        if !panels.is_empty() {
            plots.insert(format!("layouts-{n}"), panels.into());
        }
        let timed: Vec<_> = part.others.iter().filter(|r| r.effect.is_some()).cloned().collect();
        let title = match timed.len() > SCREENED {
            true => format!("Screened: the {SCREENED} most distinct of {}", timed.len()),
            false => "Screened, against the base".into(),
        };
        let group = Group { title, rows: timed.into_iter().take(SCREENED).collect() };
        put_forest(
            &mut plots,
            &format!("screen-{n}"),
            &format!("{}: what screening timed", part.name),
            &[group],
            margin,
        );
    }
    if let (Some(m), Some(method)) = (&source.profile.measurement, &view.method) {
        if let Some(plot) = time("time", &m.spent_s) {
            plots.insert("time".into(), drawn(Some(plot)));
        }
        let group = Group { title: "Control".into(), rows: vec![method.control.clone()] };
        put_forest(&mut plots, "control", "The control", &[group], margin);
    }
    plots
}

/// An engine that escapes whatever is not markup of our own.
fn engine() -> Result<Environment<'static>, minijinja::Error> {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_formatter(|out, _, value| match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok(()),
        ValueKind::String if value.is_safe() => Ok(write!(out, "{value}")?),
        _ => Ok(write!(out, "{}", markup(&value.to_string()))?),
    });
    engine.add_filter("signed", signed);
    engine.add_filter("prose", |text: &str| Value::from_safe_string(prose(text)));
    engine.add_filter("capitalise", |text: String| {
        let mut chars = text.trim_end_matches('.').chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    });
    for (name, text) in [
        ("_page.html.j2", include_str!("templates/_page.html.j2")),
        ("_macros.html.j2", include_str!("templates/_macros.html.j2")),
        ("report.html.j2", include_str!("templates/report.html.j2")),
        ("compared.html.j2", include_str!("templates/compared.html.j2")),
    ] {
        engine.add_template(name, text)?;
    }
    Ok(engine)
}

/// Prose with code between backquotes.
fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return markup(text);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => markup(part),
        _ => format!("<code>{}</code>", markup(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

/// The source expression by which a policy admits this very text.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::from("sha256-");
    for three in digest.chunks(3) {
        let bits = three.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at > three.len() { '=' } else { digit });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_prose_is_code_and_nothing_else_is_markup() {
        assert_eq!(prose("see `a<b` & c"), "see <code>a&lt;b</code> &amp; c");
        assert_eq!(prose("one ` alone<"), "one ` alone&lt;");
    }

    #[test]
    fn a_policy_names_its_text_as_browsers_do() {
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        assert_eq!(hash("alert(1)"), "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=");
    }
}
