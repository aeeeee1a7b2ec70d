//! This module reads facts of the operating system.

use super::text::clean;
use crate::text::host_name;
use rustix::system::{sysinfo, uname};

/// Memory in MiB, as the kernel counts it: `MemTotal` of `/proc/meminfo`.
pub fn memory_mib() -> u64 {
    let told = sysinfo();
    let (units, bytes) = (told.totalram as u64, u64::from(told.mem_unit.max(1)));
    units.saturating_mul(bytes) >> 20
}

/// The kernel's release, `unknown` where it has none.
pub fn kernel() -> String {
    let release = clean(&uname().release().to_string_lossy());
    if release.is_empty() { "unknown".into() } else { release }
}

/// This machine's name, fit for a file's name.
pub fn own_name() -> String {
    host_name(&uname().nodename().to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_what_the_kernel_lists() {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap();
        let kib = text.lines().find_map(|l| l.strip_prefix("MemTotal:")).unwrap().trim();
        let kib: u64 = kib.trim_end_matches(" kB").parse().unwrap();
        assert_eq!(memory_mib(), kib >> 10);
    }

    #[test]
    fn release_and_name_are_the_kernels() {
        let told = |name: &str| std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap();
        assert_eq!(kernel(), told("osrelease").trim());
        assert_eq!(own_name(), host_name(told("hostname").trim()));
    }
}
