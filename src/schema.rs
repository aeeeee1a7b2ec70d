//! The JSON Schemas (draft 2020-12) of the documents that hwtune writes. They are committed files, and the tests derive
//! each of them from its types and compare: so the crate that derives them is built for the tests alone.

/// What `hwtune check --format json` prints.
pub const CHECK: &str = include_str!("schema/check.json");
/// What `hwtune compare --format json` prints.
pub const COMPARE: &str = include_str!("schema/compare.json");
/// What `hwtune detect --format json` prints.
pub const DETECT: &str = include_str!("schema/detect.json");
/// What `hwtune diff --format json` prints.
pub const DIFF: &str = include_str!("schema/diff.json");
/// What `hwtune probe --format json` prints; with --all it is a list of such.
pub const PROBE: &str = include_str!("schema/probe.json");
/// What `hwtune record` writes.
pub const RECORD: &str = include_str!("schema/record.json");
/// What `hwtune transfer --format json` prints.
pub const TRANSFER: &str = include_str!("schema/transfer.json");

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;
    use schemars::{JsonSchema, Schema};
    use std::path::Path;

    /// Writes the committed schemas again instead of comparing with them.
    const UPDATE: &str = "HWTUNE_UPDATE_GOLDEN";

    fn is_current(schema: &Schema, file: &str, embedded: &str) {
        let current = serde_json::to_string_pretty(schema).unwrap() + "\n";
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &current).unwrap();
            return;
        }
        assert!(embedded == current, "set {UPDATE}=1 to write {file} again");
    }

    fn written<T: JsonSchema>() -> Schema {
        SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
    }

    /// The profile is also read, and its schema is of what the reader takes.
    #[test]
    fn the_profile_is_as_its_types_say() {
        let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
        let mut schema = generator.into_root_schema_for::<crate::profile::Profile>();
        let whole = schema.ensure_object();
        whole.insert("title".into(), "hwtune profile".into());
        whole.get_mut("properties").unwrap()["schema"]["const"] = crate::profile::SCHEMA.into();
        is_current(&schema, "profiles/schema.json", crate::profile::json_schema());
    }

    /// `detect` is of the command line: its test stands there.
    #[test]
    fn the_other_documents_are_as_their_types_say() {
        is_current(&written::<crate::check::Staleness>(), "src/schema/check.json", super::CHECK);
        is_current(&written::<crate::compare::Compared>(), "src/schema/compare.json", super::COMPARE);
        is_current(&written::<crate::profile::Diff>(), "src/schema/diff.json", super::DIFF);
        is_current(&written::<crate::toolchain::Answers>(), "src/schema/probe.json", super::PROBE);
        let record = written::<crate::build::recorded::RecordedBuild>();
        is_current(&record, "src/schema/record.json", super::RECORD);
        is_current(&written::<crate::transfer::Transfer>(), "src/schema/transfer.json", super::TRANSFER);
    }
}
