//! The hardware profile: plain data, read and written as TOML 1.0 that Nix's `fromTOML` accepts.
//!
//! A profile is one file a host. It says what the host is ([`Host`], [`System`], [`Names`]), which flags each compiler should
//! get there ([`Toolchain`]), how figures were obtained ([`Measurement`]), and for each package or kernel which flags are
//! to be appended and why ([`Section`], [`Judgement`], [`Verdict`]). This module imports nothing of the rest of the crate.
//!
//! ```
//! # fn main() -> Result<(), hwtune::profile::ProfileError> {
//! # let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/profiles/measured.toml"));
//! let profile = hwtune::profile::read(path)?;
//! let zlib = &profile.package["zlib"];
//! assert_eq!(zlib.flags, ["-march=skylake", "-mtune=skylake"]);
//! assert_eq!(zlib.verdict.name(), "helps");
//! # Ok(())
//! # }
//! ```
//!
//! [`read`] refuses what is not a profile with the key and the line, migrates an older [`SCHEMA`] and refuses a newer one.
//! [`json_schema`] is the same contract for other languages, and [`diff()`] tells two profiles apart.

mod answer;
mod compared;
mod diff;
mod difference;
mod digest;
mod file;
mod keep;
mod migrate;
mod parse;
mod rules;
mod schema;
mod section;
mod verdict;
mod within_bounds;

pub use answer::{CompileSeconds, DomainEffect, HostAnswer, HostQuestion};
pub use compared::{Compared, Figure, Relation};
pub use diff::{Diff, SectionDiff, diff};
pub use difference::{Difference, differences};
pub use digest::{digest, fingerprint, sealed};
pub use file::{ProfileError, default_path, owned, read, to_json, to_toml, writable, write};
pub use keep::{Kept, keep, other_host, weaker};
pub use parse::parse;
pub use schema::{Cache, CoreKind, Host, Names, Profile, Reasons, SCHEMA, System, Toolchain, json_schema};
pub use section::{
    AaControl, CodeBytes, Evidence, JudgedKind, Judgement, Measurement, Noise, Run, Section, SpentSeconds,
    Stage,
};
pub use verdict::Verdict;
pub use within_bounds::{WithinBounds, told as told_within_bounds};
