//! Files that others may put in the way: read within limits, replaced whole, built in private.

mod own;
mod read;
mod replace;
mod store;
mod workspace;

pub use own::{Own, list};
pub use read::{bytes, cached, text};
pub use replace::{replace, replace_cached, writable};
pub use store::Store;
pub use workspace::Workspace;
