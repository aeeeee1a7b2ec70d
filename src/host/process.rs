//! This module finds what this process may do on this machine.

use std::os::unix::fs::MetadataExt;

/// Whether it runs as root: its own `/proc` entry belongs to its effective user.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// Logical CPUs it may use, ascending: affinity and cgroup together, as the kernel sees them.
pub fn allowed_cpus() -> Vec<u32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|l| l.strip_prefix("Cpus_allowed_list:")).unwrap_or("");
    cpu_list(list.trim())
}

/// The kernel's list form, `0-3,8`.
fn cpu_list(text: &str) -> Vec<u32> {
    let mut cpus = Vec::new();
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
            // No machine has more; a corrupted range must not fill the memory.
            cpus.extend((first..=last).take(1 << 16));
        }
    }
    cpus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(cpu_list("0-2,5"), [0, 1, 2, 5]);
        assert_eq!(cpu_list(""), [] as [u32; 0]);
        assert_eq!(cpu_list("x,3-1,7"), [7]);
        assert!(!allowed_cpus().is_empty());
    }
}
