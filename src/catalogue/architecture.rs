//! This module reads `probes/architectures.toml`, the table of architectures.

use super::microarchitecture::{TableError, as_written};
use serde::Deserialize;

/// `probes/architectures.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    option: Vec<Row>,
}

/// An option that compilers have for some architectures alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    flag: String,
    only: Vec<String>,
    #[serde(rename = "why")]
    _why: String,
    #[serde(rename = "source")]
    _source: String,
}

fn table() -> Result<Table, TableError> {
    as_written(include_str!("../../probes/architectures.toml"), "architectures.toml")
}

/// Whether compilers for an architecture have a flag of a package's base.
pub fn has_flag(arch: &str, flag: &str) -> Result<bool, TableError> {
    let row = table()?.option.into_iter().find(|row| flag.starts_with(&row.flag));
    Ok(row.is_none_or(|row| row.only.iter().any(|own| own == arch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_flow_protection_is_of_x86() {
        assert!(has_flag("x86_64", "-fcf-protection").unwrap() && has_flag("aarch64", "-O2").unwrap());
        assert!(!has_flag("aarch64", "-fcf-protection=full").unwrap());
    }
}
