//! The arguments of the `rollout` commands.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

/// Take a rendered NixOS module to a running system, step by step, and back
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub step: Step,
}

#[derive(Subcommand)]
pub enum Step {
    /// Print what to add to a flake or a channel configuration
    Snippet(SnippetArgs),
    /// Tell whether a configuration imports a rendered module: 0 yes, 13 no, 2 unreadable
    Imported {
        /// The configuration: a folder with flake.nix or configuration.nix, or a file
        #[arg(default_value = "/etc/nixos")]
        path: PathBuf,
    },
    /// Record the system before the switch: memory, load, processes, generation, closure, times of its libraries
    Baseline {
        #[command(flatten)]
        look: Look,
        /// Replace the baseline of another system
        #[arg(long)]
        again: bool,
    },
    /// Write the script that builds, tries, switches and verifies, each step with its way back
    Plan(PlanArgs),
    /// Check the new system against the baseline: 0 keep it, 12 roll back
    Verify {
        #[command(flatten)]
        look: Look,
        /// How much slower a library may be for certain; in the unit of an effect, about per cent
        #[arg(long, default_value_t = 2.0, value_name = "EFFECT")]
        margin: f64,
    },
    /// Go back to the generation of the baseline
    Back {
        #[command(flatten)]
        at: At,
    },
}

#[derive(clap::Args)]
pub struct At {
    /// The rollout's state [default: rollout.toml in the state directory]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(clap::Args)]
pub struct Look {
    #[command(flatten)]
    pub at: At,
    /// The system to look at: the running one, or one that was only built, such as ./result
    #[arg(long, value_name = "DIR", default_value = "/run/current-system")]
    pub system: PathBuf,
    /// Processes that are timed, of each system
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub samples: u32,
}

#[derive(clap::Args)]
#[group(id = "kind", required = true)]
pub struct SnippetKind {
    /// For a flake
    #[arg(long, group = "kind")]
    pub flake: bool,
    /// For a channel configuration
    #[arg(long, group = "kind")]
    pub channel: bool,
}

#[derive(clap::Args)]
pub struct SnippetArgs {
    #[command(flatten)]
    pub kind: SnippetKind,
    /// The module's render target
    #[arg(long, value_name = "TARGET", default_value = "nixos-overlay")]
    pub target: String,
    /// Where the module is kept within the configuration, such as hosts/HOST/nixos/modules/; HOST becomes the host's name
    #[arg(long, value_name = "PATH", default_value = "")]
    pub layout: String,
    /// The file that gets the snippet, within the configuration [default: flake.nix, configuration.nix or home.nix]
    #[arg(long, value_name = "FILE")]
    pub into: Option<String>,
    /// The host's name [default: the profile's, else this host's]
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum RouteName {
    Preload,
    Import,
    Overlay,
    Replace,
    Side,
    Platform,
}

#[derive(clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub at: At,
    /// The way from the profile to the system, as the module was rendered
    #[arg(long, value_enum)]
    pub route: RouteName,
    /// The flake of the configuration [default: /etc/nixos#HOST where /etc/nixos/flake.nix exists]
    #[arg(long, value_name = "REF", conflicts_with = "config")]
    pub flake: Option<String>,
    /// The configuration.nix [default: NixOS's own]
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// The packages that are enabled; several with commas [default: those the module enables]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub package: Vec<String>,
    /// Also flags that nobody measured, as the module was rendered
    #[arg(long)]
    pub allow_unmeasured: bool,
    /// The programs that get the libraries on the side route; several with commas [default: hwtune.consumers of the configuration]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub consumer: Vec<String>,
}
