//! The one place that starts programs, limits them and ends them. Everything else says what is to run and reads the answer.
//!
//! A [`Program`] is described first: its arguments, its environment, and whether it gets a process group of its own. Then
//! it is started in the way its caller needs: with all that it says collected within a limit ([`Program::start`] and
//! [`Running::attend`]), as a question whose standard output is the answer ([`Program::answer`]), line by line
//! ([`Conversation`]), or in sight of the user ([`Program::shown`]). [`confined`] starts one through the launcher, which
//! sets limits and restricts what it may read and write.

mod answer;
mod attend;
mod confined;
mod conversation;
mod program;
mod running;

pub use attend::Ended;
pub use confined::{Confinement, confined, not_confined};
pub use conversation::Conversation;
pub use program::{Pipes, Program, Shown};
pub use running::Running;
