//! The template engine is set up so that a value without a quoting filter is an error.

use super::error::RenderError;
use super::quote;
use super::target::{self, MAX_BYTES, Target};
use crate::text::deep;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use std::path::Path;

/// Steps that a template may take.
const FUEL: u64 = 500_000;
/// A template of the largest size that is nothing but `-` goes this deep: its expressions are taken apart by functions that
/// call themselves, some 400 bytes of stack for each byte of the text.
const STACK: usize = 1024 * MAX_BYTES as usize;

/// Renders a target's template over `context`; the text is neither formatted nor checked yet.
pub(super) fn expand(
    target: &Target,
    directory: Option<&Path>,
    context: &(impl Serialize + Sync),
) -> Result<String, RenderError> {
    let place = format!("{}.j2", target.name);
    let what = |what: String| RenderError::Template { place: place.clone(), what };
    deep(STACK, || expanded(target, directory, context)).map_err(what)?
}

fn expanded(
    target: &Target,
    directory: Option<&Path>,
    context: &impl Serialize,
) -> Result<String, RenderError> {
    let place = format!("{}.j2", target.name);
    let mut engine = environment(&target.front.comment);
    let fault = |e: Error| explain(&target.name, &place, &e);
    for (name, text) in target::parts(directory)? {
        engine.add_template_owned(format!("{name}.j2"), text).map_err(fault)?;
    }
    engine.add_template_owned(place.clone(), target.template.clone()).map_err(fault)?;
    let template = engine.get_template(&place).map_err(fault)?;
    template.render(Serde(context)).map_err(fault)
}

/// An engine with our filters alone: no `safe`, nothing that passes a value through unquoted.
fn environment(mark: &str) -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template of the user's own may loop for ever; ours need some thousand steps.
    engine.set_fuel(Some(FUEL));
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        engine.set_syntax(syntax);
    }
    // Any mode but `None` marks captured blocks and filter results as quoted; the formatter asks for the mark.
    engine.set_auto_escape_callback(|_| AutoEscape::Custom("quote".into()));
    engine.set_formatter(|out, _, value| match value.kind() {
        ValueKind::String if value.is_safe() => Ok(write!(out, "{value}")?),
        ValueKind::Number => Ok(write!(out, "{value}")?),
        ValueKind::Undefined => Err(Error::new(ErrorKind::UndefinedError, "no such value")),
        _ => Err(Error::new(ErrorKind::BadEscape, "a value without a quoting filter")),
    });
    let mark = mark.to_string();
    engine.add_filter("comment", move |text: String| Value::from_safe_string(quote::comment(&text, &mark)));
    engine.add_filter("line", |text: String| Value::from_safe_string(quote::line(&text)));
    for (name, filter) in [
        ("nix", quote::nix as fn(&str) -> Result<String, String>),
        ("nix_attr", quote::nix_attr),
        ("shell", quote::shell),
        ("fish", quote::fish),
        ("double", quote::double),
        ("word", quote::word),
        ("json", quote::json),
        ("yaml", quote::json),
        ("toml", quote::toml),
        ("cmake", quote::cmake),
        ("python", quote::python),
    ] {
        engine.add_filter(name, move |value: Value| quoted(&value, filter, " "));
        // The same for each word of a list: `flags|json_list` is `"-a", "-b"`.
        let between = if name == "nix" { " " } else { ", " };
        engine.add_filter(format!("{name}_list"), move |value: Value| each(&value, filter, between));
    }
    // For syntaxes that have no quotes: plain words, parted by blanks.
    engine.add_filter("word_words", |value: Value| each(&value, quote::word, " "));
    engine.add_filter("join", |value: Value, between: String| -> Result<String, Error> {
        Ok(strings(&value)?.join(&between))
    });
    engine.add_filter("length", |value: Value| value.len().unwrap_or(0));
    engine
}

/// A string, or the words of a list joined by a blank, quoted as one value.
fn quoted(value: &Value, filter: fn(&str) -> Result<String, String>, between: &str) -> Result<Value, Error> {
    let text = match value.as_str() {
        Some(text) => text.to_string(),
        None => strings(value)?.join(between),
    };
    filter(&text).map(Value::from_safe_string).map_err(refuse)
}

fn each(value: &Value, filter: fn(&str) -> Result<String, String>, between: &str) -> Result<Value, Error> {
    let words: Result<Vec<String>, Error> =
        strings(value)?.iter().map(|w| filter(w).map_err(refuse)).collect();
    Ok(Value::from_safe_string(words?.join(between)))
}

fn strings(value: &Value) -> Result<Vec<String>, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "no such value"));
    }
    let bad = || Error::new(ErrorKind::InvalidOperation, "this filter takes a string or a list of strings");
    let items = value.try_iter().map_err(|_| bad())?;
    items.map(|v| v.as_str().map(str::to_string).ok_or_else(bad)).collect()
}

/// Marks an error that is the value's fault, not the template's.
fn refuse(what: String) -> Error {
    Error::new(ErrorKind::BadSerialization, what)
}

/// One line; the cause of a value that cannot be quoted is the profile.
fn explain(target: &str, place: &str, error: &Error) -> RenderError {
    let mut inner = error;
    while let Some(next) = std::error::Error::source(inner).and_then(|s| s.downcast_ref::<Error>()) {
        inner = next;
    }
    let what = inner.detail().map_or_else(|| inner.kind().to_string(), str::to_string).replace('\n', " ");
    let at = inner.line().map_or_else(String::new, |n| format!("line {n}: "));
    if inner.kind() == ErrorKind::BadSerialization {
        return RenderError::Profile {
            target: target.into(),
            what: format!(
                "{what} (template {}, {at}a value of the profile); correct the profile",
                inner.name().unwrap_or(place)
            ),
        };
    }
    RenderError::Template { place: inner.name().unwrap_or(place).into(), what: format!("{at}{what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str) -> Result<String, String> {
        let mut engine = environment("#");
        engine.add_template_owned("t", text.to_string()).map_err(|e| e.to_string())?;
        let context = minijinja::context! { s => "a\n'${b}\"", list => vec!["-a", "-b"], n => 3 };
        engine.get_template("t").and_then(|t| t.render(context)).map_err(|e| format!("{e:#}"))
    }

    #[test]
    fn a_value_needs_a_filter() {
        for bad in [
            "{{ s }}",
            "{{ list }}",
            "{{ s|safe }}",
            "{{ s ~ 'x' }}",
            "{{ list|join(' ') }}",
            "{{ nothing }}",
            "{{ nothing|nix }}",
            "{{ nothing|line }}",
            "{{ nothing|nix_list }}",
            "{{ nothing|join(' ')|nix }}",
        ] {
            assert!(render(bad).is_err(), "{bad}");
        }
        assert_eq!(render("{{ s|nix }}").unwrap(), r#""a\n'\${b}\"""#);
        assert_eq!(render("{{ list|nix_list }} {{ list|nix }} {{ n }}").unwrap(), r#""-a" "-b" "-a -b" 3"#);
        assert_eq!(
            render("{% filter comment %}x {{ s|line }}{% endfilter %}").unwrap(),
            "# x a\\u{a}'${b}\"\n"
        );
        assert!(render("{{ s|word }}").is_err() && render("{{ n|nix }}").is_err());
    }
}
