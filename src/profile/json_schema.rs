//! The JSON Schema of a profile: a committed file, which a test derives from the types.

/// JSON Schema (draft 2020-12) of a profile, whether it is held as TOML or JSON, as text. Beyond it, the reader asks that
/// figures are finite, that `low` is not above `high`, and that each section's toolchain is in the list.
pub const fn json_schema() -> &'static str {
    include_str!("../../profiles/schema.json")
}
