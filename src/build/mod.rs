//! From sources and flags to objects and shared objects, and whether two builds are the same code.

mod builder;
mod code_cache;
mod compiler_call;
mod differing;
mod direct_cc1;
mod driver_command;
mod fetched;
mod flag_facts;
mod identity;
mod link;
mod programs;
pub mod recorded;
mod rejection;
mod same;
mod source_tree;
mod sources;
mod unit_priority;

pub use crate::toolchain::soname;
pub use builder::{BuildError, Builder, Built, Flags};
pub use code_cache::CodeCache;
pub use fetched::{FetchError, Fetched, Request, all_fetched, fetched, forget, requests};
pub use identity::{Code, Identity, identity};
pub use rejection::Rejection;
pub use source_tree::{SourceError, SourceTree};
