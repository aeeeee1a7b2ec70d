//! A transfer study measures how well kernels predict the package they stand for: the same flags are measured on both.

mod document;
mod figures;
mod mixture;
mod study;

pub use document::{By, Figure, FlagTransfer, Foretold, Goal, Transfer};
pub use figures::{Pair, all_foretold, goal, spearman};
pub use mixture::{Mixtures, mixtures, mixtures_of_host};
pub use study::{Side, study};

#[cfg(test)]
mod tests;
