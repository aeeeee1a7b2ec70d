//! The `man` command.

use super::common::Common;
use super::output::{self, Stop};
use super::{Cli, exit};
use clap::CommandFactory;
use hwtune::profile;
use hwtune::text::place;
use std::path::PathBuf;

/// Write the manual pages
///
/// All of them into a folder, one a command, or hwtune(1) to standard output.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The folder for hwtune.1, hwtune-detect.1 and so on; made where it is not there
    #[arg(value_name = "DIR", conflicts_with = "output")]
    folder: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    super::forms::text_only(common, "man", "a manual page is roff")?;
    let pages = pages()?;
    let Some(folder) = &args.folder else {
        let first = pages.first().map(|(_, text)| text.as_str()).unwrap_or_default();
        output::file(common, first)?;
        return Ok(exit::OK);
    };
    std::fs::create_dir_all(folder).map_err(|e| Stop {
        code: exit::CANNOT_WRITE,
        message: format!("folder {}: cannot be made: {e}; name another", place(folder)),
    })?;
    for (name, text) in &pages {
        profile::write(&folder.join(format!("{name}.1")), text)?;
    }
    output::note(common, &format!("{} pages in {}", pages.len(), place(folder)));
    Ok(exit::OK)
}

/// Pages by their name, hwtune's own first.
fn pages() -> anyhow::Result<Vec<(String, String)>> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    gather(&root, "hwtune", &mut pages)?;
    Ok(pages)
}

fn gather(command: &clap::Command, name: &str, pages: &mut Vec<(String, String)>) -> anyhow::Result<()> {
    let plain = command.clone().version(env!("CARGO_PKG_VERSION"));
    // A page's name is that of its file; the synopsis has blanks where the name has dashes.
    let called = plain.display_name(name.to_string()).bin_name(name.replace('-', " "));
    let mut bytes = Vec::new();
    clap_mangen::Man::new(called).title(name.to_string()).render(&mut bytes)?;
    pages.push((name.to_string(), String::from_utf8(bytes)?));
    for below in command.get_subcommands().filter(|c| c.get_name() != "help") {
        gather(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}
