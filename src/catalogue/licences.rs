//! CPUs whose frequency depends on the width of the vectors that run.

use super::files::embedded;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    licences: Vec<Licence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licence {
    name: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(rename = "source")]
    _source: String,
}

/// Whether a microarchitecture, by GCC's canonical name, changes its frequency for wide vectors, by
/// `probes/licences.toml`.
pub fn has_frequency_licences(microarchitecture: &str) -> bool {
    let table = embedded("licences.toml").and_then(|text| toml::from_str::<Table>(text).ok());
    table.is_some_and(|table| table.licences.iter().any(|row| row.name == microarchitecture))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::microarchitectures;

    #[test]
    fn each_row_is_a_microarchitecture_with_512_bit_vectors_and_says_why() {
        let table: Table = toml::from_str(embedded("licences.toml").unwrap()).unwrap();
        for row in &table.licences {
            let found = microarchitectures().unwrap().get(&row.name).unwrap();
            assert!(found.features.iter().any(|f| f == "avx512f"), "{}", row.name);
            assert!(!row._why.is_empty() && !row._source.is_empty(), "{}", row.name);
        }
        assert!(has_frequency_licences("skylake-avx512") && !has_frequency_licences("sapphirerapids"));
    }
}
