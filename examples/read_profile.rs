//! Reads a profile and prints what each package should have appended:
//! `cargo run --example read_profile -- profiles/HOST.toml`

use hwtune::profile::{self, ProfileError};
use std::path::PathBuf;

fn main() -> Result<(), ProfileError> {
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("-"), PathBuf::from);
    let profile = profile::read(&path)?;
    for (package, section) in &profile.package {
        println!("{package} ({}): {}", section.verdict, section.flags.join(" "));
    }
    Ok(())
}
