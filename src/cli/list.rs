//! The `list` command.

use super::common::Common;
use super::entry::{self, Entry, Kind};
use super::{exit, forms, output};
use hwtune::catalogue::Catalogue;

/// List what hwtune knows
///
/// A line each; `hwtune explain NAME` tells more, and so does --format json.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to list; several with commas or blanks
    #[arg(required = true, value_delimiter = ',')]
    what: Vec<Kind>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let mut entries = Vec::new();
    let mut kinds = args.what.clone();
    kinds.sort();
    kinds.dedup();
    for kind in &kinds {
        entries.extend(entry::all(*kind, &catalogue)?);
    }
    let text = forms::document(common, &entries, "entry", || table(&entries))?;
    output::answer(common, &text)?;
    Ok(exit::OK)
}

fn table(entries: &[Entry]) -> String {
    let width = entries.iter().map(|e| e.name.len()).filter(|n| *n <= 40).max().unwrap_or(0);
    entries.iter().map(|e| format!("{:width$}  {}\n", e.name, e.title)).collect()
}
