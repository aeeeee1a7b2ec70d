//! Compilers: which are installed, what they accept, and which flags they should get on this host.

mod accept;
mod asked;
mod cache;
mod candidate;
mod choice;
mod compiler;
pub mod confinement;
mod decide;
mod deltas;
mod digest;
mod document;
mod help;
mod identify;
mod installed;
mod invoke;
mod launcher;
mod mcpu;
mod oracle;
mod plan;
mod processors;
mod quotable;
mod readable;
mod record;
mod search;
mod shared_object;
mod stamp;
mod steering;
mod table;
mod trial;
mod words;

pub use accept::{Acceptance, Status, accept};
pub use cache::{cache_folder, use_cache};
pub use candidate::Candidate;
pub use choice::MarchChoice;
pub use compiler::{Compiler, Family, ToolchainError};
pub use decide::{decide, decide_all, decide_for};
pub use digest::Digest;
pub use document::Answers;
pub use help::{
    ListedOption, OptionClass, OptionForm, optimizer_options, optimizer_switches, setting, state,
};
pub use installed::{Survey, installed, survey, survey_beside};
pub use invoke::{ASK_LIMIT, Finished};
pub use launcher::{CallPlace, Launcher};
pub use plan::Plan;
pub use quotable::quotable;
pub use readable::{installed_with, is_apart, named};
pub use record::{aarch64_table_of, table_of};
pub use shared_object::soname;
pub use steering::plain;
pub(crate) use table::enables;
pub use trial::Stage;
