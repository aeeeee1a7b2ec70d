//! Screen, search, confirm: which flags a subject deserves, and how sure that is.

mod alike;
mod bench;
mod candidates;
mod compare;
mod confirm;
mod eliminate;
mod explore;
#[cfg(test)]
mod fake;
mod hunt;
mod listed;
mod observe;
mod package_trial;
mod promise;
mod replication;
mod rows;
mod rule;
mod run;
mod screen;
mod search;
mod section;
mod setup;
mod stages;
mod subject;
mod tally;
mod timed;
mod unmeasured;
mod weigh;
mod workbench;

pub use bench::{Ask, Bench, Candidate, Differing, Probe, Sample, Set, Trouble};
pub use candidates::candidates;
pub use compare::{Comparison, Draws, further_layout, random};
pub use confirm::{Claim, Claimed, Confirmation, LOOKS, confirm_blind, verdict_of};
#[cfg(test)]
pub use fake::FakeBench;
pub use hunt::Trial;
pub use observe::{Observer, Silent, Step};
pub use replication::{Replication, replication};
pub use rows::{Row, RowsError, Source, rows};
pub use rule::Rule;
pub use run::{METHOD, Outcome, Settings, run};
pub use screen::{Fate, Screened};
pub use section::{control, judgement, layout_sd, section};
pub use setup::{process_runner, workspace};
pub use stages::{Found, Plan, tune};
pub use subject::Subject;
pub use tally::Tally;
pub use unmeasured::unmeasured;
pub use workbench::Workbench;

#[cfg(test)]
mod odd_machines;
#[cfg(test)]
mod tests;
