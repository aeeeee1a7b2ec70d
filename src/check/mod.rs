//! This module checks whether a profile is still true: it compares the host, the compilers and the catalogue.

mod catalogue;
mod change;
mod compare;
mod here;

pub use catalogue::{Subject, catalogue_fingerprint};
pub use change::{Change, Class, Staleness};
pub use compare::compare;
pub use here::{Asked, Here, entry};
