//! This module reads facts of the machine below `/proc` and `/sys`, or below a root that a test chooses.

use super::text::clean;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What one call reads: the kernel gives no more than a page of a file of `/sys` or `/proc` at a time.
const ONE_READ: usize = 4096;

/// The files by which Linux tells of the machine, under a root that tests replace.
#[derive(Clone, Debug)]
pub struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The machine whose `/proc` and `/sys` lie under `root`.
    pub fn at(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// A file's beginning: one file of `/sys`, or the first CPUs of `/proc/cpuinfo`. `None` where it is not there.
    pub fn read(&self, path: &str, limit: u64) -> Option<String> {
        let mut file = std::fs::File::open(self.root.join(path)).ok()?;
        // Files of /proc and /sys tell no size; each is read in one call where it fits.
        let mut bytes = vec![0; (limit as usize).min(ONE_READ)];
        let first = file.read(&mut bytes).ok()?;
        bytes.truncate(first);
        if first > 0 && (first as u64) < limit {
            file.take(limit - first as u64).read_to_end(&mut bytes).ok()?;
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn cpu(&self, cpu: u32, path: &str) -> Option<String> {
        let text = self.read(&format!("sys/devices/system/cpu/cpu{cpu}/{path}"), 4096)?;
        Some(clean(&text)).filter(|t| !t.is_empty())
    }

    /// Logical CPUs that are online, in order.
    pub fn online(&self) -> Vec<u32> {
        self.read("sys/devices/system/cpu/online", 4096).map(|t| cpu_list(&t)).unwrap_or_default()
    }

    /// Physical cores among the logical CPUs; `None` where the kernel does not tell.
    pub fn cores(&self, cpus: &[u32]) -> Option<u32> {
        let seat = |&cpu: &u32| {
            let package = self.cpu(cpu, "topology/physical_package_id").unwrap_or_default();
            Some((package, self.cpu(cpu, "topology/core_id")?))
        };
        let seats: BTreeSet<_> = cpus.iter().map(seat).collect::<Option<_>>()?;
        (!seats.is_empty()).then_some(seats.len() as u32)
    }

    /// cpufreq governor, `unknown` where there is none.
    pub fn governor(&self) -> String {
        self.cpu(0, "cpufreq/scaling_governor").unwrap_or_else(|| "unknown".into())
    }

    /// Microcode revision, `unknown` where the kernel does not tell.
    pub fn microcode(&self) -> String {
        self.cpu(0, "microcode/version").unwrap_or_else(|| "unknown".into())
    }
}

/// Numbers of a list such as `0-3,8`; what is not a number or beyond any machine is left out.
fn cpu_list(text: &str) -> Vec<u32> {
    let number = |t: &str| t.trim().parse::<u32>().ok().filter(|&n| n < 8192);
    let range = |t: &str| match t.split_once('-') {
        Some((from, to)) => Some(number(from)?..=number(to)?),
        None => number(t).map(|n| n..=n),
    };
    let numbers: BTreeSet<u32> = text.trim().split(',').take(8192).filter_map(range).flatten().collect();
    numbers.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_cpus() {
        assert_eq!(cpu_list("0-3,8\n"), [0, 1, 2, 3, 8]);
        assert_eq!(cpu_list("x,3-1,4294967295,2"), [2]);
    }

    #[test]
    fn what_is_not_there_is_unknown() {
        let machine = Machine::at(Path::new("/nonexistent"));
        assert_eq!((machine.governor(), machine.microcode()), ("unknown".into(), "unknown".into()));
        assert_eq!(machine.cores(&[0]), None);
    }

    #[test]
    fn cores_are_seats() {
        let root = tempfile::tempdir().unwrap();
        for (cpu, core) in [(0, 0), (1, 0), (2, 1)] {
            let folder = root.path().join(format!("sys/devices/system/cpu/cpu{cpu}/topology"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("core_id"), format!("{core}\n")).unwrap();
            std::fs::write(folder.join("physical_package_id"), "0\n").unwrap();
        }
        assert_eq!(Machine::at(root.path()).cores(&[0, 1, 2]), Some(2));
    }
}
