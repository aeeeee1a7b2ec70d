//! Where and how a comparison is measured: what every measuring command needs.

use super::observer::Observer;
use super::sampler::Sampler;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How the layouts of the two sides of a comparison are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coupling {
    /// Both sides are linked by one draw.
    #[default]
    Coupled,
    /// Each side is linked by a draw of its own.
    Independent,
}

/// The process that measures, its CPU, the run's clock, and those who watch or stop it.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Times layouts.
    pub sampler: &'a dyn Sampler,
    /// The logical CPU that it pins itself to: nothing else is to be started there.
    pub cpu: u32,
    /// Least CPU time of the untimed calls before each sample where wide vectors run, ns; 0 for none.
    pub warm_ns: u64,
    /// Whether the two sides of a layout are linked alike; see [`super::Layout`].
    pub coupling: Coupling,
    /// When the run began.
    pub began: Instant,
    /// Set from outside when the user wants to end.
    pub stop: &'a AtomicBool,
    /// Receives the progress.
    pub watch: &'a dyn Observer,
}

impl Context<'_> {
    /// Whether the user wants to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Keeps the calling thread, and what it starts, off the CPU that measures, where there is another one. Returns whether
/// there is.
pub fn keep_off(cpu: u32) -> bool {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(mut set) = sched_getaffinity(None) else { return false };
    if cpu as usize >= CpuSet::MAX_CPU || set.count() < 2 {
        return false;
    }
    set.unset(cpu as usize);
    sched_setaffinity(None, &set).is_ok()
}
