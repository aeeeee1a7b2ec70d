//! This module detects the host that hwtune runs on.

use super::machine::Machine;
use super::{Detected, HostError, system};
use std::path::Path;

/// The beginning of `/proc/cpuinfo`, one page: the flags of the first CPU lie in it, and the whole of it costs milliseconds
/// on a large machine.
#[cfg(target_arch = "x86_64")]
const CPUINFO_HEAD: u64 = 4 << 10;

/// Detects this host.
pub fn live() -> Result<Detected, HostError> {
    live_at(Path::new("/"))
}

/// Detects this host, with `/proc` and `/sys` under `root`.
pub fn live_at(root: &Path) -> Result<Detected, HostError> {
    let machine = Machine::at(root);
    let online = machine.online();
    let cores = machine.cores(&online);
    let mut detected = processor(&machine, cores.is_none())?;
    detected.system.memory_mib = system::memory_mib();
    detected.system.kernel = system::kernel();
    detected.system.microcode = machine.microcode();
    detected.system.governor = machine.governor();
    detected.host.name = system::own_name();
    if !online.is_empty() {
        detected.host.threads = online.len() as u32;
    }
    if let Some(cores) = cores {
        detected.host.cores = cores;
    }
    Ok(detected)
}

#[cfg(not(target_arch = "x86_64"))]
fn processor(machine: &Machine, _topology: bool) -> Result<Detected, HostError> {
    let place = "/proc/cpuinfo";
    let failed = || HostError::Read { place: place.into(), cause: "it is not there".into() };
    let text = machine.read("proc/cpuinfo", 16 << 20).ok_or_else(failed)?;
    super::cpuinfo(text.as_bytes(), place)
}

#[cfg(target_arch = "x86_64")]
fn processor(machine: &Machine, topology: bool) -> Result<Detected, HostError> {
    use super::native;
    use super::xcr0::Xcr0;
    use std::collections::BTreeSet;

    let head = machine.read("proc/cpuinfo", CPUINFO_HEAD).unwrap_or_default();
    let flags = head.lines().find(|l| l.starts_with("flags")).and_then(|l| l.split_once(':')).map(|(_, f)| f);
    let flags: BTreeSet<&str> = flags.unwrap_or_default().split_whitespace().collect();
    let cpus = native::cpus(topology);
    let xcr0 = cpus.first().map(|cpu| native::xcr0(cpu, &flags)).unwrap_or_default();
    let mut detected = super::x86::detect(&cpus, Xcr0::Value(xcr0), "this CPU")?;
    let listed = super::feature::features().flagged(&flags);
    let known: BTreeSet<&str> = super::feature::features().flags();
    let unlisted = |f: &&String| known.contains(f.as_str()) && !listed.contains(f.as_str());
    let hidden: Vec<&str> = detected.host.features.iter().filter(unlisted).map(String::as_str).collect();
    if !flags.is_empty() && !hidden.is_empty() {
        detected.reasons.push(format!("CPUID offers and /proc/cpuinfo does not list: {}", hidden.join(", ")));
    }
    Ok(detected)
}
