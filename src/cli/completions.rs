//! The `completions` command.

use super::common::Common;
use super::{Cli, exit, output};
use clap::{CommandFactory, ValueEnum};
use clap_complete::{Generator, Shell as Usual};
use clap_complete_nushell::Nushell;

/// The shells there are completions for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

/// Print the completion of a shell
///
/// To be put where the shell looks: for bash ~/.local/share/bash-completion/completions/hwtune, for fish
/// ~/.config/fish/completions/hwtune.fish, for zsh a file _hwtune in a folder of $fpath.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    super::forms::text_only(common, "completions", "the text is a script of the shell")?;
    let text = match args.shell {
        Shell::Bash => text(Usual::Bash),
        Shell::Elvish => text(Usual::Elvish),
        Shell::Fish => text(Usual::Fish),
        Shell::Nushell => text(Nushell),
        Shell::Powershell => text(Usual::PowerShell),
        Shell::Zsh => text(Usual::Zsh),
    };
    output::file(common, &text)?;
    Ok(exit::OK)
}

fn text(shell: impl Generator) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "hwtune", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
