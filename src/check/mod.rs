//! Is a profile still true here? What it says of the host, the compilers and hwtune's own catalogue against what is so now.

mod catalogue;
mod change;
mod compare;
mod here;

pub use catalogue::{Subject, catalogue_fingerprint};
pub use change::{Change, Class, Staleness};
pub use compare::compare;
pub use here::{Asked, Here, entry};
