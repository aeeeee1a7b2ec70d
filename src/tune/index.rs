//! Kernels and candidates are known by their places in two lists, which must not be taken for each other.

/// A kernel of a subject, by its place among the bench's kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KernelIndex(pub usize);

/// A candidate, by its place among the bench's candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CandidateIndex(pub usize);
