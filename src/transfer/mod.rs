//! How well kernels foretell the package they stand for: flags measured on both, side by side.

mod document;
mod figures;
mod study;

pub use document::{Figure, FlagTransfer, Foretold, Transfer};
pub use figures::{Pair, foretold, spearman};
pub use study::{Side, study};
