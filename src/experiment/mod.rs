//! One measured comparison: layouts, the process that times them, and the statistics of what it says.

mod journal;
mod layout;
mod lock;
mod lockstep;
mod process;
mod runner;
pub mod stats;

pub use journal::{Journal, Journaled};
pub use layout::Layout;
pub(crate) use layout::pad_object;
pub use lock::MachineLock;
pub use lockstep::{Loader, Lockstep};
pub use process::{ProcessRunner, SAMPLE_NS, parse as parse_protocol};
pub use runner::{Fault, Job, Pair, Planted, Runner, Samples, Turn, Which};
