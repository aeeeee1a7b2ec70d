//! What CPU this is, which features the OS enables, and how the machine is shaped.
//!
//! One engine, `x86`, for two kinds of source: the live CPU and dumps. Other architectures tell themselves in
//! `/proc/cpuinfo`.

mod archspec;
mod bits;
mod cache;
mod core_kind;
mod cpuinfo;
mod disturbance;
mod dump;
mod error;
mod feature;
mod hypervisor;
mod identity;
mod live;
pub(crate) mod llvm;
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

use crate::profile::{Host, Names, System};
pub(crate) use cpuinfo::{arm, loongarch, riscv};
pub use disturbance::{advice, disturbances};
pub use error::HostError;
pub use live::{live, live_at};
pub(crate) use names::{implied as implied_by_name, lacking, names};
pub use process::{allowed_cpus, is_root};
pub use registers::{Cpu, Kind, Registers};
use serde::Serialize;
pub use system::own_name;
pub use xcr0::Xcr0;

/// One host as detected, live or from a dump.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Detected {
    /// Stable facts as they go into the profile.
    pub host: Host,
    /// Volatile facts.
    pub system: System,
    /// Names per ecosystem.
    pub names: Names,
    /// Marketing code name (Raptor Lake, Genoa); empty where unknown.
    pub codename: String,
    /// CPU architecture: `x86_64`, `i686`, `aarch64`, `riscv64`, `ppc64le`.
    pub arch: String,
    /// Features of the microarchitecture of which the source tells nothing: neither offered nor masked.
    pub unknown: Vec<String>,
    /// Rule by rule, why this microarchitecture and these features.
    pub reasons: Vec<String>,
}

/// Detects the host of a CPUID dump. `place` names it in errors.
pub fn replay(bytes: &[u8], place: &str, xcr0: Xcr0) -> Result<Detected, HostError> {
    let dump = dump::read(bytes).ok_or_else(|| cpuinfo::no_dump(&String::from_utf8_lossy(bytes), place))?;
    let mut detected = x86::detect_told(&dump.cpus, xcr0, place, dump.told().as_ref())?;
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

/// The names of a host, none of which promises more than the host offers, and why they are not its own; the architecture is the
/// first part of a target triple.
pub(crate) fn safe_names(host: &Host, own: Names, arch: &str) -> (Names, String) {
    let off = match arch {
        "aarch64" | "arm64" => arm::rust_features(&own.rust, &host.features),
        arch if arch.starts_with("riscv") => riscv::rust_features(arch, &own.rust, &host.features),
        _ => return names::safe(host, own),
    };
    match off {
        Some(off) => (Names { rust_features: off, ..own }, String::new()),
        None if own.rust.is_empty() => (own, String::new()),
        None => {
            let note =
                format!("Names of the CPU: nothing tells what {} has, so rustc's is generic", own.rust);
            let rust = if arch.starts_with("riscv") { "generic-rv64" } else { "generic" };
            (Names { rust: rust.into(), rust_features: String::new(), ..own }, note)
        }
    }
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
