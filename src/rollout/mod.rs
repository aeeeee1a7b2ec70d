//! From a rendered file to a running system and back: the import snippet, the baseline, the script, the check, the way
//! back. Nothing here switches to a new system; the script that [`script()`] writes does, and its owner runs it.

mod back;
mod baseline;
mod calls;
mod error;
mod evaluated;
mod imported;
mod journal;
mod libraries;
mod mapped;
mod nixbounds;
mod nixfile;
mod nixtree;
mod script;
mod smoke;
mod snippet;
mod state;
mod system;
mod timing;
mod verify;

pub use back::{back, back_steps};
pub use baseline::{Ask, baseline, baseline_steps};
pub use calls::Places;
pub use error::{RolloutError, RolloutFault};
pub use evaluated::{Evaluated, evaluated};
pub use imported::{Found, Module, imported, imported_by};
pub use mapped::Libraries;
pub use script::{Config, Route, Script, script};
pub use snippet::{Kind, Snippet, snippet};
pub use state::{
    Back, Baseline, Check, Compared, Outcome, Plan, Process, SCHEMA, State, Timing, Verified, default_state,
    parse_state, read_state, write_state,
};
pub use system::{Call, Machine, Ran, System, stamp};
pub use timing::Timer;
pub use verify::{verify, verify_steps};
