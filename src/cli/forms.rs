//! The forms of an answer: what `--format` asks for is given by every command, or refused in one line before any work.

use super::common::{Common, Format};
use super::output::Stop;
use serde::Serialize;
use serde_json::Value;

/// A document in the form asked for. TOML is a table: a list stands below `list` there, and what is null is left out.
pub fn document(
    common: &Common,
    value: &impl Serialize,
    list: &str,
    human: impl FnOnce() -> String,
) -> anyhow::Result<String> {
    Ok(match common.format {
        Format::Human => human(),
        Format::Json => serde_json::to_string_pretty(value)? + "\n",
        Format::Toml => toml(serde_json::to_value(value)?, list)?,
    })
}

fn toml(value: Value, list: &str) -> anyhow::Result<String> {
    let table = match without_null(value) {
        table @ Value::Object(_) => table,
        other => serde_json::json!({ list: other }),
    };
    // By way of its own type: there plain values come before the tables of a table.
    Ok(toml::to_string(&toml::Value::try_from(table)?)?)
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_null(v))).collect()
        }
        Value::Array(items) => items.into_iter().filter(|v| !v.is_null()).map(without_null).collect(),
        other => other,
    }
}

/// Refuses a form that a command does not have: its answer is written in the language of whoever reads it.
pub fn text_only(common: &Common, command: &str, what: &str) -> anyhow::Result<()> {
    match common.format {
        Format::Human => Ok(()),
        Format::Json => Err(refusal(command, "json", what)),
        Format::Toml => Err(refusal(command, "toml", what)),
    }
}

/// Refuses TOML where the answer is JSON by its nature.
pub fn json_only(common: &Common, command: &str, what: &str) -> anyhow::Result<()> {
    match common.format {
        Format::Toml => Err(refusal(command, "toml", what)),
        Format::Human | Format::Json => Ok(()),
    }
}

fn refusal(command: &str, form: &str, what: &str) -> anyhow::Error {
    Stop::usage(format!("{command}: there is no --format {form}: {what}; leave --format out")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_holds_lists_below_a_key_and_no_nulls() {
        let list = serde_json::json!([{"a": null, "b": {"c": 1}, "d": 2}]);
        assert_eq!(toml(list, "entry").unwrap(), "[[entry]]\nd = 2\n\n[entry.b]\nc = 1\n");
        assert_eq!(toml(serde_json::json!({"a": [1, null]}), "x").unwrap(), "a = [1]\n");
    }
}
