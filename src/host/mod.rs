//! What CPU this is, which features the OS enables, and how the machine is shaped.
//!
//! One engine, [`x86`], for two kinds of source: the live CPU and dumps. Other architectures tell themselves in
//! `/proc/cpuinfo`.

mod cache;
mod core_kind;
mod detected;
mod dump;
mod error;
mod feature;
mod hypervisor;
mod identity;
mod microarchitecture;
mod names;
mod registers;
mod text;
mod topology;
mod x86;
mod xcr0;

pub use detected::Detected;
pub use error::HostError;
pub use registers::{Cpu, Kind, Registers};
pub use xcr0::Xcr0;

/// Detects the host of a CPUID dump. `place` names it in errors.
pub fn replay(bytes: &[u8], place: &str, xcr0: Xcr0) -> Result<Detected, HostError> {
    let (cpus, format) = dump::read(bytes).ok_or_else(|| HostError::Unrecognised { place: place.into() })?;
    let mut detected = x86::detect(&cpus, xcr0, place)?;
    detected.reasons.insert(0, format!("{place}: {format}, {} logical CPU(s)", cpus.len()));
    Ok(detected)
}
