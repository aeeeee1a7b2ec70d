//! Faults, each injected: nothing lost, nothing broken, nothing claimed that was not measured.

mod before;
mod closed;
mod compilers;
mod confined;
mod disk;
mod files;
mod folders;
mod keeping;
mod kernels;
mod kills;
mod limits;
mod machines;
mod protocol;
mod quota;
mod reads;
mod settings;
pub mod support;
