//! One measured comparison: layouts, the process that times them, and what its figures say. Tuning, comparing, the
//! self-test and the rollout all use it.

mod accuracy;
mod command;
mod context;
mod design;
mod estimate;
mod journal;
mod layout;
mod loaded;
mod lock;
mod lockstep;
mod observer;
mod process;
mod rule;
mod sampler;
pub mod stats;
mod ulp;

pub use accuracy::{Accuracy, Evaluated, Evaluator};
pub use command::{BenchPlan, CommandSampler};
pub use context::{Context, Coupling, keep_off};
pub use design::{ALPHA, FEWEST, METHOD, MOST, Sequential, looks, shared};
pub use estimate::{Estimate, effect_of_pairs, robust_mean};
pub use journal::{Journal, Journaled};
pub use layout::Layout;
pub(crate) use layout::pad_object;
pub use loaded::LoadedSampler;
pub use lock::MachineLock;
pub use lockstep::{Loader, Lockstep};
pub use observer::{Observer, Silent, Step};
pub use process::{ProcessSampler, SAMPLE_NS, parse as parse_protocol};
pub use rule::Rule;
pub use sampler::{Entry, Fault, Job, Pair, Planted, Sampler, Samples, Which};
pub use ulp::Exact;
