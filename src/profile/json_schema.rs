//! The JSON Schema of a profile is derived from its types.

use super::{Profile, SCHEMA};
use schemars::Schema;

/// JSON Schema (draft 2020-12) of a profile, whether it is held as TOML or JSON. Beyond it, the reader asks that
/// figures are finite, that `low` is not above `high`, and that each section's toolchain is in the list.
pub fn json_schema() -> Schema {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<Profile>();
    let whole = schema.ensure_object();
    whole.insert("title".into(), "hwtune profile".into());
    if let Some(version) = whole.get_mut("properties").and_then(|p| p.get_mut("schema")) {
        version["const"] = SCHEMA.into();
    }
    schema
}
