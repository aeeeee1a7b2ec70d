//! The limits that this process was started under (`ulimit`, `prlimit`): below some nothing works, and what then fails is
//! another program, which names neither the limit nor the remedy.

use super::output::Stop;
use super::{Command, exit};
use rustix::process::{Resource, getrlimit};
use std::sync::{Arc, Barrier};

/// A limit that a command needs.
struct Needed {
    resource: Resource,
    /// What is limited.
    what: &'static str,
    /// The option of the shells' `ulimit`.
    option: &'static str,
    /// Bytes, files or seconds.
    least: u64,
    /// How the least is written.
    shown: &'static str,
}

const fn needed(
    resource: Resource,
    what: &'static str,
    option: &'static str,
    (least, shown): (u64, &'static str),
) -> Needed {
    Needed { resource, what, option, least, shown }
}

/// Below these no command runs: its own stack and memory are larger.
const ANY: [Needed; 2] = [
    needed(Resource::Stack, "the stack", "-s", (1 << 20, "1 MiB")),
    needed(Resource::As, "the memory", "-v", (96 << 20, "96 MiB")),
];

/// Below these compilers and what they build cannot run: an object of all kernels of a package has some MiB, compilers take
/// some hundred MiB, and pipes and files to several of them are open at once.
const MEASURING: [Needed; 5] = [
    needed(Resource::As, "the memory", "-v", (512 << 20, "512 MiB")),
    needed(Resource::Data, "the memory for data", "-d", (256 << 20, "256 MiB")),
    needed(Resource::Fsize, "the size of files", "-f", (8 << 20, "8 MiB")),
    needed(Resource::Nofile, "the number of open files", "-n", (64, "64")),
    needed(Resource::Cpu, "the CPU time", "-t", (60, "60 s")),
];

/// Threads that commands start beside one for each CPU, and processes that a compiler starts.
const THREADS: usize = 16;

/// Room for so many processes is not tried out.
const PLENTY: u64 = 4096;

/// Says why nothing can run here: before anything else is done.
pub fn any() -> Result<(), Stop> {
    checked(&ANY)
}

/// The same for a command: what starts compilers needs more.
pub(super) fn of(command: Option<&Command>) -> Result<(), Stop> {
    let measures = matches!(
        command,
        Some(
            Command::Tune(_)
                | Command::Probe(_)
                | Command::Compare(_)
                | Command::Transfer(_)
                | Command::Selftest(_)
        )
    );
    if measures {
        checked(&MEASURING)?;
    }
    threads()
}

fn checked(all: &[Needed]) -> Result<(), Stop> {
    let low = |one: &&Needed| getrlimit(one.resource).current.is_some_and(|limit| limit < one.least);
    match all.iter().find(low) {
        None => Ok(()),
        Some(one) => {
            let limit = getrlimit(one.resource).current.unwrap_or_default();
            Err(stop(format!(
                "{} is limited to {limit} here, and hwtune needs {}: raise it with `ulimit {}`",
                one.what, one.shown, one.option
            )))
        }
    }
}

/// Whether threads can be started. The limit counts all processes of the user: only trying tells.
fn threads() -> Result<(), Stop> {
    let Some(limit) = getrlimit(Resource::Nproc).current.filter(|limit| *limit < PLENTY) else {
        return Ok(());
    };
    let wanted = THREADS + std::thread::available_parallelism().map_or(1, usize::from);
    let mut started = Vec::new();
    // They wait for each other, so that all are there at once; where one cannot be started, its place is taken here.
    let barrier = Arc::new(Barrier::new(wanted + 1));
    for _ in 0..wanted {
        let met = Arc::clone(&barrier);
        let begun = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
            met.wait();
        });
        match begun {
            Ok(thread) => started.push(thread),
            Err(_) => {
                return Err(stop(format!(
                    "the number of processes is limited to {limit} here, and hwtune cannot start the {wanted} threads it needs: raise it with `ulimit -u`"
                )));
            }
        }
    }
    barrier.wait();
    started.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

fn stop(message: String) -> Stop {
    Stop { code: exit::INTERNAL, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_is_limited_everything_runs() {
        assert!(any().is_ok() && threads().is_ok());
        assert!(MEASURING.iter().all(|n| n.least > 0 && n.option.starts_with('-')));
    }
}
