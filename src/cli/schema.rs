//! The `schema` command.

use super::common::Common;
use super::exit;
use super::output;
use clap::ValueEnum;
use hwtune::{profile, schema};

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
    let schema = match args.document {
        Document::Profile => profile::json_schema(),
        Document::Detect => schema::DETECT,
        Document::Probe => schema::PROBE,
        Document::Check => schema::CHECK,
        Document::Diff => schema::DIFF,
        Document::Compare => schema::COMPARE,
        Document::Record => schema::RECORD,
        Document::Transfer => schema::TRANSFER,
    };
    output::answer(common, schema)?;
    Ok(exit::OK)
}
