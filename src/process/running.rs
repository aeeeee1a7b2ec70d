//! A program that runs. Unless it is waited for, it is left alone.

use super::attend::{Ended, attend};
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{Child, ExitStatus};
use std::time::Duration;
use wait_timeout::ChildExt;

/// A started program.
#[derive(Debug)]
pub struct Running {
    pub(super) child: Child,
}

impl Running {
    pub(super) fn new(child: Child) -> Running {
        Running { child }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Writes its input and collects what it says, of each stream at most so many bytes. One that outlives the limit is ended
    /// with all that it started, and so is one that cannot be attended.
    pub fn attend(mut self, input: &[u8], limit: Duration, most: usize) -> std::io::Result<Ended> {
        let ended = attend(&mut self.child, input, limit, most);
        if !ended.as_ref().is_ok_and(|ended| ended.status.is_some()) {
            self.end();
        }
        ended
    }

    /// Waits for it; `None` where it outlives the limit, and then it is ended with all that it started.
    pub fn wait(mut self, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
        let status = self.child.wait_timeout(limit);
        if !matches!(status, Ok(Some(_))) {
            self.end();
        }
        status
    }

    /// Ends it with all that it started, where it has a process group of its own.
    pub fn end(mut self) {
        end_group(self.child.id());
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Ends a program's whole process group: a compiler driver's own children (cc1, as, ld) share it and hold its pipes.
pub(super) fn end_group(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
}
