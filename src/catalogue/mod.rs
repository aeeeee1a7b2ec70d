//! Everything that is a fact about flags, kernels and packages: loads `probes/` (embedded), checks it whole,
//! lets the user's own directory extend it.

mod flag;
mod kernel;
mod microarchitecture;
mod package;

pub use flag::{Flag, FlagKind, Risk};
pub use kernel::{Kernel, Role, Unit};
pub use microarchitecture::{
    Fallback, Microarchitecture, Microarchitectures, Part, Ranges, TableError, Versions, microarchitectures,
};
pub use package::{FlagRule, Layer, Package, Weight};
