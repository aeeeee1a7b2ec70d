//! The `sources` command.

use super::common::Common;
use super::launchers::Launchers;
use super::output::{self, Stop};
use super::{exit, forms, named};
use hwtune::build::{Fetched, all_fetched, forget, requests};
use hwtune::catalogue::Catalogue;

/// Fetch the sources of packages through the system's package manager
///
/// `tune` measures the real library where its sources are there, and its kernels elsewhere. Nothing is fetched but by
/// `sources get`, which says what it runs.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Ask the package manager for the sources of packages and keep them in the cache
    Get(Get),
    /// List what is kept
    List,
    /// Forget what is kept of packages
    Remove {
        /// The packages
        #[arg(required = true, value_name = "PACKAGE")]
        package: Vec<String>,
    },
}

#[derive(clap::Args, Debug)]
struct Get {
    /// The packages
    #[arg(required = true, value_name = "PACKAGE")]
    package: Vec<String>,
    /// The package manager [default: the first that is there of apt, dnf, pkgctl, ebuild, nix]
    #[arg(long, value_name = "NAME")]
    with: Option<String>,
    /// Only say what would be run
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<u8> {
    match &args.command {
        Command::Get(get) => self::get(get, common)?,
        Command::List => list(common, &all_fetched())?,
        Command::Remove { package } => {
            forms::text_only(common, "sources remove", "it gives no answer")?;
            for name in &named::list(package) {
                if !forget(name) {
                    return Err(Stop::usage(format!(
                        "sources of {name}: none are kept; see `hwtune sources list`"
                    ))
                    .into());
                }
            }
        }
    }
    Ok(exit::OK)
}

fn get(args: &Get, common: &Common) -> anyhow::Result<()> {
    if !args.dry_run {
        forms::text_only(common, "sources get", "it gives no answer; --dry-run and `sources list` do")?;
    }
    let catalogue = Catalogue::load(common.probes.as_deref())?;
    let packages = named::list(&args.package);
    let mut planned: Vec<String> = Vec::new();
    for name in &packages {
        // A name goes into commands and paths.
        if !catalogue.packages.contains_key(name) {
            let known: Vec<&str> = catalogue.packages.keys().map(String::as_str).collect();
            return Err(
                Stop::usage(format!("package {name}: unknown; known are {}", known.join(", "))).into()
            );
        }
    }
    let launchers = Launchers::new(common);
    for name in &packages {
        let requests = requests(name, args.with.as_deref())?;
        if args.dry_run {
            planned.extend(requests.first().map(|r| r.shown()).unwrap_or_default());
            continue;
        }
        let launcher = launchers.first().ok().flatten();
        let trial = catalogue.trials.get(name);
        let mut failed = None;
        for request in &requests {
            for line in request.shown() {
                output::note(common, &format!("runs: {line}"));
            }
            match request.fetch(name, trial, launcher.as_deref()) {
                Ok(found) => {
                    output::note(
                        common,
                        &format!("{}; `hwtune tune --package {name}` builds them", told(&found)),
                    );
                    failed = None;
                    break;
                }
                Err(error) => {
                    if let Some(before) = failed.replace(error) {
                        output::note(common, &before.to_string());
                    }
                }
            }
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    if args.dry_run {
        let text = forms::document(common, &planned, "run", || planned.join("\n") + "\n")?;
        output::answer(common, &text)?;
    }
    Ok(())
}

fn told(found: &Fetched) -> String {
    let version = if found.version.is_empty() { String::new() } else { format!(" {}", found.version) };
    format!("{}{version} by {}, sha256 {}", found.package, found.manager, found.sha256)
}

fn list(common: &Common, all: &[Fetched]) -> anyhow::Result<()> {
    let text = forms::document(common, &all, "sources", || match all.is_empty() {
        true => "none are kept; `hwtune sources get zlib` asks for some\n".into(),
        false => all.iter().map(|one| format!("{}, {}\n", told(one), one.at)).collect(),
    })?;
    output::answer(common, &text)
}
