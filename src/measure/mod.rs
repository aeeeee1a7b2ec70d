//! Variants, identity, layouts, the runner's protocol and statistics.

mod bound;
mod build;
mod call;
mod code_cache;
mod differing;
mod habits;
mod identity;
mod journal;
mod layout;
mod line;
mod link;
mod lock;
mod lockstep;
mod process;
mod runner;
mod same;
mod source_tree;
mod sources;
pub mod stats;
mod straight;

pub use crate::files::Workspace;
pub use build::{BuildError, Builder, Built, Flags};
pub use code_cache::CodeCache;
pub use identity::{Code, Identity, identity};
pub use journal::{Journal, Journaled};
pub use layout::Layout;
pub use lock::MachineLock;
pub use lockstep::{Loader, Lockstep};
pub use process::{ProcessRunner, SAMPLE_NS, parse as parse_protocol};
pub use runner::{Fault, Job, Pair, Planted, Runner, Samples, Turn, Which};
pub use source_tree::{SourceError, SourceTree};
