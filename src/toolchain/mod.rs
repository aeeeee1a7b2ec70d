//! Compilers: which are installed, what they accept, and what they should be told on this host.

mod choice;
mod compiler;
mod invoke;

pub use choice::MarchChoice;
pub use compiler::{Compiler, Family, ToolchainError};
pub use invoke::Finished;
