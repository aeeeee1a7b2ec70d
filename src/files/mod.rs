//! This module handles files that other users may have prepared: it reads within limits, replaces whole files and builds
//! in private.

mod hold;
mod own;
mod read;
mod readable;
mod replace;
mod store;
mod workspace;

pub use hold::{aside, hold};
pub use own::{Own, list};
pub use read::{bytes, bytes_within, cached, text};
pub use readable::{allow_reading, allowed, is_too_wide, readable};
pub use replace::{replace, replace_cached, writable};
pub use store::Store;
pub use workspace::Workspace;
