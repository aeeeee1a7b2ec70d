//! Compilers: which are installed, what they accept, and what they should be told on this host.

mod asked;
mod cache;
mod choice;
mod compiler;
mod decide;
mod deltas;
mod identify;
mod installed;
mod invoke;
mod oracle;
mod words;

pub use cache::use_cache;
pub use choice::MarchChoice;
pub use compiler::{Compiler, Family, ToolchainError};
pub use decide::{decide, decide_all};
pub use installed::{Survey, installed, survey};
pub use invoke::{ASK_LIMIT, Finished};
