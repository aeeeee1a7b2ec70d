//! Screen, search, confirm: which flags a subject deserves, and how sure that is.

mod bench;
mod compare;
mod confirm;
mod observe;
mod rule;
mod screen;
mod search;
mod section;
mod subject;
mod workbench;

pub use bench::{Ask, Bench, Candidate, Probe, Sample, Set, Trouble};
pub use confirm::{Claim, Claimed, Confirmation, LOOKS};
pub use observe::{Observer, Silent, Step};
pub use rule::Rule;
pub use screen::{Fate, Screened};
pub use search::Trial;
pub use section::{control, judgement, layout_sd, preempted, section};
pub use subject::{Found, Plan, tune};
pub use workbench::Workbench;
