//! The `schema` command.

use super::common::Common;
use super::output;
use super::{document, exit};
use clap::ValueEnum;
use hwtune::check::Staleness;
use hwtune::profile::{self, Diff};
use schemars::generate::SchemaSettings;

/// A document that hwtune writes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// The hardware profile, as TOML or JSON
    Profile,
    /// What `detect --format json` prints
    Detect,
    /// What `probe --format json` prints
    Probe,
    /// What `check --format json` prints
    Check,
    /// What `diff --format json` prints
    Diff,
    /// What `compare --format json` prints
    Compare,
    /// What `record` writes
    Record,
    /// What `transfer --format json` prints
    Transfer,
}

/// Print the JSON Schema (draft 2020-12) of a document
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The document
    #[arg(value_enum, default_value = "profile")]
    document: Document,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    super::forms::json_only(common, "schema", "a JSON Schema is JSON")?;
    let written = || SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schema = match args.document {
        Document::Profile => profile::json_schema(),
        Document::Check => written().into_root_schema_for::<Staleness>(),
        Document::Diff => written().into_root_schema_for::<Diff>(),
        Document::Compare => written().into_root_schema_for::<hwtune::compare::Compared>(),
        Document::Record => written().into_root_schema_for::<hwtune::build::recorded::RecordedBuild>(),
        Document::Transfer => written().into_root_schema_for::<hwtune::transfer::Transfer>(),
        Document::Probe => super::probe::schema(),
        Document::Detect => {
            output::answer(common, &document::schema()?)?;
            return Ok(exit::OK);
        }
    };
    output::answer(common, &(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(exit::OK)
}
