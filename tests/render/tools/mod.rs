//! Whether the flags arrive, and whether what the user had stays: each consumer's own tool reads the text, with something to
//! add and with nothing, in an empty configuration and in one that has flags. Tools that a bare machine lacks are found in
//! PATH or in the folder that HWTUNE_TOOLS names; a missing one is a failure, so these are run by name.

mod builds;
mod cpus;
mod hosts;
mod packages;
mod shells;

use crate::render::support::{profile, render};
use hwtune::profile::Profile;
use hwtune::render::Options;
use std::path::{Path, PathBuf};
use std::process::Command;

const FLAGS: &str = "-march=skylake -mtune=skylake";

/// A folder with the texts of some targets, rendered from a profile under their usual names.
fn folder_of(profile: &Profile, targets: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for target in targets {
        let rendered = render(profile, target, &Options::default()).unwrap();
        std::fs::write(folder.path().join(&rendered.file_name), rendered.text).unwrap();
    }
    folder
}

/// From a profile with flags to add.
fn folder(targets: &[&str]) -> tempfile::TempDir {
    folder_of(&profile("measured"), targets)
}

/// A profile whose answer for the whole host is these flags.
pub fn answered(profile: &Profile, flags: &[&str]) -> Profile {
    let mut told = profile.clone();
    let mut section = crate::render::support::profile("measured").package["host"].clone();
    section.toolchain = told.toolchain[0].id.clone();
    section.flags = flags.iter().map(|f| f.to_string()).collect();
    section.answer.retain(|a| a.question == hwtune::profile::HostQuestion::Set);
    section.answer[0].flags = section.flags.clone();
    crate::render::support::confirm(&mut section);
    told.package.insert("host".into(), section);
    told
}

/// From a profile of which nothing is written, since nothing was measured.
fn folder_of_nothing(targets: &[&str]) -> tempfile::TempDir {
    folder_of(&profile("unmeasured"), targets)
}

fn tool(name: &str) -> PathBuf {
    let own = std::env::var_os("HWTUNE_TOOLS").map(|d| Path::new(&d).join(name)).filter(|p| p.exists());
    own.unwrap_or_else(|| name.into())
}

/// PATH, the folder of HWTUNE_TOOLS first.
fn search() -> String {
    let own = std::env::var("HWTUNE_TOOLS").unwrap_or_default();
    format!("{own}:{}", std::env::var("PATH").unwrap_or_default())
}

/// A command that has none of the flags of whoever runs the tests.
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in
        ["CFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "GOAMD64", "CC", "CXX"]
    {
        command.env_remove(name);
    }
    command
}

/// Standard output of a command that must succeed.
fn run(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}; install it"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&out.stderr));
    text
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
