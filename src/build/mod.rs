//! From sources and flags to objects and shared objects, and whether two builds are the same code.

mod bound;
mod builder;
mod code_cache;
mod compile_time;
mod compiler_call;
mod differing;
mod direct_cc1;
mod driver_command;
mod fetched;
mod identity;
mod link;
mod program;
pub mod recorded;
mod rejection;
mod same;
mod setting;
mod soname;
mod source_tree;
mod sources;
mod unit_priority;
mod wide;

pub use builder::{BuildError, Builder, Built, Flags};
pub use code_cache::CodeCache;
pub use fetched::{FetchError, Fetched, Request, all_fetched, fetched, forget, requests};
pub use identity::{Code, Identity, identity};
pub use rejection::Rejection;
pub use soname::soname;
pub use source_tree::{SourceError, SourceTree};
