//! Functions whose contract is the size of an error.

use super::files::embedded;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A function whose contract is the size of its error and not each bit of its result: a row of `probes/bounds.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorBound {
    /// Its name in C, `sin`.
    pub name: String,
    /// The largest error that its library documents, in units in the last place from the correctly rounded result.
    pub ulp: f64,
    /// The least argument that is drawn.
    pub low: f64,
    /// The greatest argument that is drawn.
    pub high: f64,
    /// Of a function of two arguments: the range of the second one.
    #[serde(default)]
    pub second: Option<[f64; 2]>,
    /// Why this much.
    pub why: String,
    /// Where it is documented.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    function: Vec<ErrorBound>,
}

/// All rows.
pub fn error_bounds() -> &'static [ErrorBound] {
    static ROWS: OnceLock<Vec<ErrorBound>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let table = embedded("bounds.toml").and_then(|text| toml::from_str::<Table>(text).ok());
        table.map(|table| table.function).unwrap_or_default()
    })
}

/// The rows of some functions; an error names what has none.
pub(super) fn named(names: &[String]) -> Result<Vec<ErrorBound>, String> {
    let row = |name: &String| {
        let found = error_bounds().iter().find(|row| row.name == *name).cloned();
        found.ok_or_else(|| format!("`{name}` has no documented bound here"))
    };
    names.iter().map(row).collect()
}

/// What to do about a name without a row.
pub(super) fn remedy() -> String {
    let known: Vec<&str> = error_bounds().iter().map(|row| row.name.as_str()).collect();
    format!("name functions of probes/bounds.toml: {}", known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_says_why_and_has_a_reference() {
        let table: Table = toml::from_str(embedded("bounds.toml").unwrap()).unwrap();
        assert!(table.function.is_sorted_by(|a, b| a.name < b.name));
        let program = embedded("bounds.c").unwrap();
        for row in &table.function {
            assert!(!row.why.trim().is_empty() && !row.source.trim().is_empty(), "{}", row.name);
            assert!(row.ulp >= 0.0 && row.low < row.high, "{}", row.name);
            assert!(row.second.is_none_or(|[low, high]| low < high), "{}", row.name);
            let reference = match row.second {
                None => format!("{{\"{0}\", {0}l, NULL}}", row.name),
                Some(_) => format!("{{\"{0}\", NULL, {0}l}}", row.name),
            };
            assert!(program.contains(&reference), "{}", row.name);
        }
    }
}
