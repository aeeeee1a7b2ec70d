//! Recorded builds: the compile and link commands that a build ran, kept as a document and run again with flags
//! appended and outputs elsewhere. So a package that needs its own build system is measured as it is really built.
//!
//! Recording: [`stand_in`] takes the place of compilers, archivers and linkers and writes a log; [`Recording`] runs
//! the build and makes a [`RecordedBuild`] of the log. Replaying: a [`Replay`] is one target of it.

mod archive;
mod arguments;
mod assembled;
mod c_library;
mod command_line;
mod compile_commands;
mod depends;
mod document;
mod log;
mod readable;
mod recording;
mod replay;
mod replayed_link;
mod stand_in;
mod target;
mod tools;
mod units;
mod verify;

pub use c_library::CLibrary;
pub use compile_commands::read as read_compile_commands;
pub use document::{Input, RecordError, RecordedBuild, Step, StepKind};
pub use recording::Recording;
pub use replay::{Goal, Replay};
pub use stand_in::stand_in;
pub(crate) use verify::kernel;
pub use verify::{Replayed, verify};
