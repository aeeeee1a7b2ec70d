//! Many hosts: which can share code, what it may be compiled for, and which flags help on all of them and harm on none.
//!
//! ```text
//! profiles ──► groups ──► common CPU, compilers' options ──► claims that hold on every host ──► a profile a group
//!              group      common                             claim                              merged
//! ```
//!
//! Pure functions over profiles: nothing is measured or detected here, and no claim is made that some host's figures do
//! not confirm.

mod claim;
mod common;
mod evidence;
mod group;
mod judged;
mod merged;
mod tools;

pub use claim::Retune;
pub use group::By;
pub use merged::{Group, merge};
