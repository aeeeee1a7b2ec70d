//! Everything that is a fact about flags, kernels and packages: loads `probes/` (embedded), checks it whole,
//! lets the user's own directory extend it.

mod architecture;
mod archspec;
#[allow(clippy::module_inception)]
mod catalogue;
mod check;
mod compilers;
mod error;
mod error_bound;
mod feature;
mod files;
mod flag;
mod form;
mod front_matter;
mod kernel;
mod licences;
mod microarchitecture;
mod package;
mod pattern;
mod policy;
mod ranges;
mod risk;
mod row;
mod trial;
mod trial_check;
mod words;

pub use architecture::has_flag;
pub use archspec::{Archspec, ArchspecHost, ArchspecTarget, archspec};
pub use catalogue::{Catalogue, RUNNER_HEADERS, check_table, kernel_text, user_kernel};
pub use compilers::CompilerTable;
pub use error::CatalogueError;
pub use error_bound::{ErrorBound, error_bounds};
pub use feature::{Features, Inert};
pub use files::embedded;
pub use flag::{CodeKind, Flag, FlagKind, Risk, Values};
pub use kernel::{Kernel, Linkage, Role, Unit};
pub use licences::has_frequency_licences;
pub use microarchitecture::{
    Fallback, Microarchitecture, Microarchitectures, Part, TableError, Versions, as_written, built_in,
    microarchitectures,
};
pub use package::{FlagRule, Layer, Package, Weight};
pub use policy::Policy;
pub use ranges::Ranges;
pub use risk::{RefusedForm, RiskRule};
pub use row::Row;
pub use trial::{BuildRule, Operation, Setting, TRIAL_FILE, Trial, VersionRule};
pub use words::Words;
