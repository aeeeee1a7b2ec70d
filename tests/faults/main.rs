//! Faults, each injected: nothing lost, nothing broken, nothing claimed that was not measured.

mod compilers;
mod confined;
mod disk;
mod kernels;
mod kills;
mod machines;
mod protocol;
mod support;
