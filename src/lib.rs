//! hwtune finds out which compiler flags make a host faster, with confidence intervals.
//!
//! The way of the data, one function an arrow, no stage reaching back:
//!
//! ```text
//! Host ──► Toolchain ──► candidates ──► builds ──► Experiment ──► Verdict ──► Profile ──► text
//! host     toolchain     catalogue      build      experiment     tune        profile     render
//! ```
//!
//! Only `host`, `toolchain`, `build`, `experiment` and `rollout` touch the machine, each through one
//! seam that a test can replace: a CPUID reader with a `/proc` and `/sys` root, a compiler command,
//! the measuring process.
//! [`profile`] is plain data that imports nothing of the others; [`render`] sees the profile and the
//! catalogue's tables alone. [`fleet`] merges the profiles of many hosts into one a group.
//! [`text`] has the pure functions over text that every stage may use; what reads a file that
//! others may have written, or replaces one, does so through [`files`], and what starts a program
//! through [`process`].

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod build;
pub mod catalogue;
pub mod check;
pub mod compare;
pub mod experiment;
pub mod files;
pub mod fleet;
pub mod host;
pub mod process;
pub mod profile;
pub mod render;
pub mod report;
pub mod rollout;
pub mod schema;
pub mod selftest;
pub mod text;
pub mod toolchain;
pub mod transfer;
pub mod tune;
