//! Files that others may put in the way: read within limits, replaced whole, built in private.

mod hold;
mod own;
mod read;
mod readable;
mod replace;
mod store;
mod workspace;

pub use hold::{aside, hold};
pub use own::{Own, list};
pub use read::{bytes, cached, text};
pub use readable::{allow_reading, readable};
pub use replace::{replace, replace_cached, writable};
pub use store::Store;
pub use workspace::Workspace;
