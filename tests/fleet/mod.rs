//! Merging profiles: what holds on a group holds on each of its hosts.

mod claims;
mod cli;
mod properties;

use hwtune::catalogue::microarchitectures;
use hwtune::host::Detected;
use hwtune::profile::{self, Host, Names, Profile, Toolchain};
use hwtune::text::host_name;
use hwtune::toolchain;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A file of `tests/`.
fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// A profile of `tests/profiles/` under a host name of its own.
fn named(file: &str, host: &str) -> Profile {
    let mut profile = profile::read(&path("profiles").join(format!("{file}.toml"))).unwrap();
    profile.host.name = host.into();
    profile
}

#[derive(Deserialize)]
struct Sample {
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    microarchitecture: String,
    level: String,
    vendor: String,
    family: u32,
    model: u32,
    stepping: u32,
    cpu: String,
    features: Vec<String>,
    masked: Vec<String>,
}

/// The samples of `tests/hosts` as `detect` writes them: nothing measured, two compilers.
fn detected() -> Vec<Profile> {
    let entries = std::fs::read_dir(path("hosts")).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    assert!(files.len() > 20, "the samples are gone");
    files.iter().map(|file| sample(file)).collect()
}

fn sample(file: &Path) -> Profile {
    let sample: Sample = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let of = sample.expected;
    let row = microarchitectures().unwrap().get(&of.microarchitecture).unwrap();
    let arch = if row.bits == 32 { "i686" } else { "x86_64" };
    let mut profile = named("unmeasured", &file.file_stem().unwrap().to_string_lossy());
    profile.host = Host {
        name: host_name(&profile.host.name),
        vendor: of.vendor,
        family: of.family,
        model: of.model,
        stepping: of.stepping,
        cpu: of.cpu,
        microarchitecture: of.microarchitecture,
        level: Some(of.level).filter(|level| !level.is_empty()),
        features: of.features,
        masked: of.masked,
        ..profile.host
    };
    profile.names = Names {
        gcc: row.name.clone(),
        rust: row.rust.clone(),
        rust_features: String::new(),
        go: profile
            .host
            .level
            .as_ref()
            .map(|l| format!("v{}", l.strip_prefix("x86-64-v").unwrap_or("1")))
            .unwrap_or_default(),
        archspec: row.archspec.clone(),
        nixpkgs: row.nixpkgs.clone(),
    };
    let detected = Detected { host: profile.host.clone(), arch: arch.into(), ..Detected::default() };
    let chain = |spec: &str| {
        let choice = toolchain::decide_for(&detected, spec).unwrap();
        Toolchain {
            id: spec.replace('@', "-"),
            compiler: choice.compiler,
            version: choice.version,
            target: format!("{arch}-linux-gnu"),
            march: choice.march,
            mtune: choice.mtune,
            add: choice.add,
            drop: choice.drop,
            inert: choice.inert,
            ..Toolchain::default()
        }
    };
    profile.toolchain = ["gcc@12.2.0", "clang@18.1.0"].map(chain).to_vec();
    profile.package.clear();
    profile
}
