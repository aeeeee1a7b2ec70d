//! The self-test measures whether the decision rule keeps its promises on this machine. Its trials have a known truth:
//! builds against themselves, and effects that are planted by calling the same code more often on one side.

mod condition;
mod interval;
mod load;
mod run;
mod summary;
mod targets;

pub use condition::{Condition, PLANTED, VARIANTS};
pub use interval::{Tested, Trial};
pub use load::Load;
pub use run::{Settings, Watcher, run, trials};
pub use summary::{Planting, Share, Summary, summary};
pub use targets::{Target, targets};

#[cfg(test)]
mod tests;
