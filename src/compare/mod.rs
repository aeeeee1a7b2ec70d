//! This module measures two built libraries against each other, by drivers that call their interface.

mod bounds;
mod code;
mod document;
mod judge;
mod library;
mod pairing;

pub use document::{Compared, Figures, LibraryFile, OperationVerdict};
pub use judge::{Asked, Judged, Pairing, compare, same, same_operation};
pub use library::{Library, LibraryError, find};
pub use pairing::{Drivers, Libraries};

#[cfg(test)]
mod tests;
