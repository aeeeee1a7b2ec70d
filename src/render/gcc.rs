//! What the gcc of a nixpkgs release knows, by the table of the first release of its major version.

use super::offered;
use crate::catalogue::CompilerTable;
use crate::host::arm;
use crate::profile::{Host, Profile};

/// What the earliest release of a gcc is known to do.
pub(super) struct Gcc {
    pub major: u32,
    pub table: CompilerTable,
    arch: String,
}

impl Gcc {
    /// The one for an architecture, the first part of a target triple; none where there is no table.
    pub fn new(arch: &str, major: u32) -> Option<Gcc> {
        let (names, prefix) = match arch {
            "x86_64" | "i686" => (CompilerTable::names(), format!("gcc-{major}.")),
            _ => (CompilerTable::names_for(arch), format!("{arch}/gcc-{major}.")),
        };
        let minor = |name: &String| name.strip_prefix(&prefix)?.parse::<u32>().ok();
        let first = names.into_iter().filter_map(|n| Some((minor(&n)?, n))).min()?.1;
        Some(Gcc { major, table: CompilerTable::load(&first).ok()?, arch: arch.into() })
    }

    /// Why `-march=name` with these differences is not for this compiler and host.
    pub fn objects(&self, name: &str, deltas: &[String], profile: &Profile) -> Option<String> {
        if self.is_of_arm() {
            return None;
        }
        let Some(implied) = self.table.features(name, true) else {
            let first = offered::row(name).and_then(|row| row.first.gcc.as_deref()).unwrap_or("a later one");
            return Some(format!("does not know it (first: gcc {first})"));
        };
        let on = |f: &&str| !deltas.iter().any(|d| d.strip_prefix("-mno-") == Some(f));
        let lacking = offered::lacking(profile, implied.iter().map(String::as_str).filter(on));
        lacking.map(|f| format!("gives it {f}, which this host does not offer"))
    }

    /// Why `-mcpu=value` is not.
    pub fn objects_to_processor(&self, value: &str, host: &Host) -> Option<String> {
        match self.table.processor(value) {
            Err(why) => Some(why),
            Ok(on) => {
                let lacking = arm::lacking(&on, &host.features)?;
                Some(format!("gives it {lacking}, which this host does not offer"))
            }
        }
    }

    pub fn has_option(&self, delta: &str) -> bool {
        let feature = delta.strip_prefix("-mno-").or(delta.strip_prefix("-m")).unwrap_or(delta);
        self.is_of_arm()
            || self.table.known.split_whitespace().any(|k| k == feature)
            || !CompilerTable::names().iter().any(|n| later_knows(n, feature))
    }

    pub fn has_tune(&self, name: &str) -> bool {
        match self.is_of_arm() {
            // Names of processors serve for both.
            true => self.table.march.contains_key(name),
            false => self.table.tune.split_whitespace().any(|t| t == name),
        }
    }

    /// Whether it knows what one of our options names.
    pub fn knows(&self, flag: &str) -> bool {
        match flag.split_once('=') {
            Some(("-mcpu", value)) => self.table.processor(value).is_ok(),
            Some(("-march" | "-mtune", name)) => self.has_tune(name) || self.table.march.contains_key(name),
            _ => true,
        }
    }

    fn is_of_arm(&self) -> bool {
        self.arch == "aarch64"
    }
}

/// Whether a table knows a feature: one that no table knows is not a feature, and another gcc option.
fn later_knows(table: &str, feature: &str) -> bool {
    table.starts_with("gcc-")
        && CompilerTable::load(table).is_ok_and(|t| t.known.split_whitespace().any(|k| k == feature))
}

/// What stands in for a value of `-mcpu` that one of the compilers does not know, or that gives its code what the host does
/// not offer: the name itself or the nearest that it descends from, without what is too much.
pub(super) fn processor_for_all(compilers: &[Gcc], value: &str, host: &Host) -> Option<String> {
    let own = value.split('+').next().unwrap_or_default();
    let lineage = arm::lineage(own).unwrap_or_default();
    std::iter::once(own.to_string()).chain(lineage).find_map(|name| fitted(compilers, name, host))
}

fn fitted(compilers: &[Gcc], mut value: String, host: &Host) -> Option<String> {
    // Each round takes one extension away, and no compiler has more.
    for _ in 0..100 {
        let mut beyond = None;
        for gcc in compilers {
            let on = gcc.table.processor(&value).ok()?;
            beyond = beyond.or_else(|| arm::lacking(&on, &host.features));
        }
        match beyond {
            None => return Some(value),
            Some(extension) => value += &format!("+no{extension}"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(features: &str) -> Host {
        Host { features: features.split(' ').map(String::from).collect(), ..Host::default() }
    }

    #[test]
    fn a_processor_is_one_that_all_know_and_the_host_can_run() {
        let of = |majors: &[u32]| -> Vec<Gcc> {
            majors.iter().filter_map(|major| Gcc::new("aarch64", *major)).collect()
        };
        let stand_in = |majors: &[u32], value: &str, features: &str| {
            processor_for_all(&of(majors), value, &host(features))
        };
        let n1 = "aes crc dotprod fp fp16 lse rcpc rdma sha2 simd ssbs";
        assert_eq!(stand_in(&[13, 14], "neoverse-n1", n1).as_deref(), Some("neoverse-n1"));
        // gcc 13 has no neoverse-v3, and this host no SVE: a name that is older, or one without what is too much.
        for (value, own) in [("neoverse-v3", false), ("neoverse-v1", true)] {
            let other = stand_in(&[13, 15], value, n1).unwrap();
            assert!(
                of(&[13, 15]).iter().all(|g| g.objects_to_processor(&other, &host(n1)).is_none()),
                "{other}"
            );
            assert_eq!(other.starts_with(value), own && other.contains("+nosve"), "{other}");
        }
        assert_eq!(stand_in(&[13], "unheard-of", n1), None);
        let gcc = Gcc::new("aarch64", 13).unwrap();
        let lacks = gcc.objects_to_processor("cortex-a76", &host("crc fp simd")).unwrap();
        assert!(lacks.contains("which this host does not offer"), "{lacks}");
        assert!(gcc.knows("-mcpu=cortex-a76+noaes") && !gcc.knows("-mcpu=neoverse-v3") && gcc.knows("-O3"));
        assert!(Gcc::new("riscv64", 13).is_none());
    }
}
