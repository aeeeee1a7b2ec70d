//! Screen, search, confirm: which flags make a subject faster, and how sure that is.

mod alike;
mod allocation;
mod answers;
mod bench;
mod bounds;
mod candidates;
mod claims;
mod compare;
mod confirm;
mod eliminate;
mod explore;
#[cfg(test)]
mod fake;
mod families;
mod group_screen;
mod hunt;
mod judgements;
mod linking;
mod listed;
mod pacing;
mod package_trial;
mod parts;
mod prior;
mod promise;
mod recorded;
mod refine;
mod rows;
mod run;
mod runoff;
mod sampling;
mod screen;
mod search;
mod section;
mod setup;
mod sparse;
mod stages;
mod subject;
mod tally;
mod weigh;
mod workbench;

pub use allocation::{Allocated, allocation};
pub use answers::answers;
pub use bench::{
    Answers, Bench, Candidate, CandidateIndex, CodeQuestion, Differing, KernelIndex, MeasureError, Phase,
    Probe, Sample, SampleRequest, Set,
};
pub use bounds::judge as judge_bounds;
pub use candidates::candidates;
pub use claims::{Claim, Claimed, verdict_of};
pub use compare::{Comparison, further_layouts, random};
pub use confirm::{Confirmation, Confirming, confirm_blind};
#[cfg(test)]
pub use fake::FakeBench;
pub use hunt::Trial;
pub use judgements::judgement;
pub use parts::{Part, parts};
pub use prior::Prior;
pub use rows::{Row, RowsError, RowsFor, Source, rows};
pub use run::{Outcome, Settings, run};
pub use screen::{Fate, Screened};
pub use section::{control, layout_sd, section, unmeasured};
pub use setup::{process_sampler, workspace};
pub use stages::{Found, Plan, tune};
pub use subject::Subject;
pub use tally::Tally;
pub use workbench::Workbench;

#[cfg(test)]
mod odd_bench;
#[cfg(test)]
mod odd_machines;
#[cfg(test)]
mod regret;
#[cfg(test)]
mod tests;
