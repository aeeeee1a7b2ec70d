//! What every command that measures needs: where, how warm, and how to end it.

use super::common::Common;
use super::exit;
use super::output::{self, Stop};
use anyhow::Context;
use hwtune::catalogue::has_frequency_licences;
use hwtune::experiment::{Coupling, MachineLock};
use hwtune::host::Detected;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first Ctrl-C or SIGTERM sets, which asks for an orderly end; a second one ends the process at once. It can be
/// asked for once.
pub fn interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let handler = move || {
        if seen.swap(true, Ordering::SeqCst) {
            std::process::exit(exit::INTERRUPTED.into());
        }
    };
    ctrlc::set_handler(handler).context("no handler for interrupts")?;
    Ok(stop)
}

/// The CPU asked for, or the last that this process may use: the first ones serve most interrupts.
pub fn cpu(wanted: Option<u32>) -> anyhow::Result<u32> {
    let allowed = hwtune::host::allowed_cpus();
    match wanted {
        Some(cpu) if allowed.contains(&cpu) => Ok(cpu),
        Some(cpu) => {
            let list: Vec<String> = allowed.iter().map(u32::to_string).collect();
            Err(Stop::usage(format!(
                "--cpu {cpu}: not among the CPUs this process may use: {}",
                list.join(" ")
            ))
            .into())
        }
        None => Ok(allowed.last().copied().unwrap_or(0)),
    }
}

/// Least CPU time of the untimed calls before samples of code with 512-bit instructions, ns: some CPUs change their
/// frequency for up to 2 ms after such code begins or ends (Intel, Optimization Reference Manual, Skylake server power
/// management).
pub fn warm_ns(detected: &Detected) -> u64 {
    if has_frequency_licences(&detected.host.microarchitecture) { 2_000_000 } else { 0 }
}

/// The machine's lock. Says once that it waits for another measurement; an interrupt ends the waiting.
pub fn alone(common: &Common, stop: &AtomicBool) -> MachineLock {
    MachineLock::take(|| output::note(common, "another measurement is running here; waiting for it"), stop)
}

/// Reads `coupled` or `independent`.
pub fn coupling(text: &str) -> Result<Coupling, String> {
    match text {
        "coupled" => Ok(Coupling::Coupled),
        "independent" => Ok(Coupling::Independent),
        _ => Err("expected coupled or independent".into()),
    }
}

/// A seed where none was asked for.
pub fn seed() -> u64 {
    u64::from(rand::random::<u32>())
}
