//! The hardware profile: plain data, read and written as TOML 1.0 that Nix's `fromTOML` accepts.

mod file;
mod fingerprint;
mod schema;
mod section;
mod verdict;

pub use file::{ProfileError, default_path, parse, read, to_json, to_toml, writable, write};
pub use fingerprint::fingerprint;
pub use schema::{Cache, CoreKind, Host, Names, Profile, SCHEMA, System, Toolchain};
pub use section::{
    AaControl, CodeBytes, Evidence, JudgedKind, Judgement, Measurement, Noise, Section, SpentSeconds, Stage,
};
pub use verdict::Verdict;
