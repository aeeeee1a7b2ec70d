//! What CPU this is, which features the OS enables, and how the machine is shaped.
//!
//! One engine, `x86`, for two kinds of source: the live CPU and dumps. Other architectures tell themselves in
//! `/proc/cpuinfo`.

mod archspec;
mod bits;
mod cache;
mod core_kind;
mod cpuinfo;
mod detected;
mod disturbance;
mod dump;
mod error;
mod feature;
mod hypervisor;
mod identity;
mod live;
mod machine;
mod microarchitecture;
mod names;
#[cfg(target_arch = "x86_64")]
mod native;
mod process;
mod registers;
mod system;
mod text;
mod topology;
mod x86;
mod xcr0;

pub(crate) use cpuinfo::arm_lineage;
pub use detected::Detected;
pub use disturbance::{advice, disturbances};
pub use error::HostError;
pub use live::{live, live_at};
pub(crate) use names::names;
pub use process::{allowed_cpus, is_root};
pub use registers::{Cpu, Kind, Registers};
pub use system::own_name;
pub use xcr0::Xcr0;

/// Detects the host of a CPUID dump. `place` names it in errors.
pub fn replay(bytes: &[u8], place: &str, xcr0: Xcr0) -> Result<Detected, HostError> {
    let dump = dump::read(bytes).ok_or_else(|| HostError::Unrecognised { place: place.into() })?;
    let mut detected = x86::detect(&dump.cpus, xcr0, place)?;
    unknown(&mut detected);
    let read = format!("{place}: {}, {} logical CPU(s)", dump.format, dump.cpus.len());
    detected.reasons.splice(0..0, std::iter::once(read).chain(dump.reasons));
    Ok(detected)
}

/// Detects the host of a `/proc/cpuinfo`. `place` names it in errors.
pub fn cpuinfo(bytes: &[u8], place: &str) -> Result<Detected, HostError> {
    let mut detected = cpuinfo::detect(bytes, place)?;
    unknown(&mut detected);
    Ok(detected)
}

/// What a dump does not tell is unknown, not empty.
fn unknown(detected: &mut Detected) {
    let system = &mut detected.system;
    for value in [&mut system.microcode, &mut system.governor, &mut system.kernel] {
        if value.is_empty() {
            *value = "unknown".into();
        }
    }
}
