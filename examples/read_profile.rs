//! Reads a profile and prints what each package should have appended:
//! `cargo run --example read_profile -- profiles/HOST.toml`

use hwtune::profile::{self, Profile, ProfileError};
use std::path::PathBuf;

/// Package, verdict and flags, a line each.
pub fn lines(profile: &Profile) -> Vec<String> {
    let line = |(name, section): (&String, &profile::Section)| {
        [&[name.clone(), section.verdict.to_string()], &section.flags[..]].concat().join(" ")
    };
    profile.package.iter().map(line).collect()
}

fn main() -> Result<(), ProfileError> {
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("-"), PathBuf::from);
    for line in lines(&profile::read(&path)?) {
        println!("{line}");
    }
    Ok(())
}
