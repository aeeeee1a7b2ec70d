//! Ending a program with all that it started: they share its process group.

use rustix::process::{Pid, Signal, kill_process_group};

/// Ends a program's whole process group: a compiler driver's own children (cc1, as, ld) share it and hold its pipes.
pub(super) fn end(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
}
