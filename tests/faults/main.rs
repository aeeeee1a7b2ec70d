//! Faults, each injected: nothing lost, nothing broken, nothing claimed that was not measured.

mod before;
#[path = "../support/bench.rs"]
mod bench;
mod compilers;
mod confined;
mod disk;
mod files;
mod folders;
mod kernels;
mod kills;
mod machines;
#[path = "../support/mine.rs"]
mod mine;
mod protocol;
mod quota;
mod support;
