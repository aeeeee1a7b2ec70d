//! This module names x86 CPUs by the text of `/proc/cpuinfo`.

use super::{Block, cpus, number};
use crate::catalogue::microarchitectures;
use crate::host::feature::features;
use crate::host::identity::Identity;
use crate::host::text::clean;
use crate::host::{Detected, HostError, archspec, x86};
use std::collections::BTreeSet;

/// Flags stand for what the kernel lets be used. What has no flag there is neither offered nor masked: unknown.
pub fn detect(blocks: &[Block], place: &str) -> Result<Detected, HostError> {
    let cpus = cpus(blocks, "flags");
    let missing =
        |what: &str| HostError::NotCpuinfo { place: place.into(), what: format!("{what} is missing") };
    let first = cpus.first().ok_or_else(|| missing("flags"))?;
    let value = |key: &str| first.get(key).and_then(|t| number(t));
    let flags = |block: &&Block| -> BTreeSet<String> {
        block.get("flags").into_iter().flat_map(|f| f.split_whitespace()).map(String::from).collect()
    };
    let common = cpus.iter().map(flags).reduce(|a, b| &a & &b).unwrap_or_default();
    let common: BTreeSet<&str> = common.iter().map(String::as_str).collect();
    let id = Identity {
        vendor: vendor(first.get("vendor_id").copied().unwrap_or_default()),
        family: value("cpu family").ok_or_else(|| missing("cpu family"))?,
        model: value("model").ok_or_else(|| missing("model"))?,
        stepping: value("stepping").unwrap_or(0),
        brand: clean(first.get("model name").copied().unwrap_or_default()),
        long_mode: common.contains("lm"),
    };
    let table = features();
    let mut offered = table.flagged(&common);
    let plain = ["cmov", "cx8"].into_iter().chain(archspec::KERNELS_OWN);
    offered.extend(plain.filter(|f| common.contains(f)));
    let mut detected = x86::assemble(&id, offered, "", Some(&table.flags()))?;
    detected.host.threads = cpus.len() as u32;
    let seats: BTreeSet<_> = cpus.iter().map(|b| (b.get("physical id"), b.get("core id"))).collect();
    detected.host.cores = if first.contains_key("core id") { seats.len() as u32 } else { cpus.len() as u32 };
    detected.system.microcode = first.get("microcode").map_or("unknown".into(), |t| clean(t));
    if common.contains("hypervisor") {
        detected.system.hypervisor = "unknown".into();
    }
    detected.reasons.insert(0, format!("{place}: /proc/cpuinfo of x86, {} logical CPU(s)", cpus.len()));
    Ok(detected)
}

/// The kernel trims the string's blanks: the table's own spelling, where one has only those more.
fn vendor(shown: &str) -> String {
    let table = microarchitectures().ok();
    let full = table.and_then(|table| table.vendors.iter().find(|v| v.trim() == shown.trim()).cloned());
    full.unwrap_or_else(|| shown.into())
}

#[cfg(test)]
mod tests {
    use crate::host::cpuinfo::detect;

    /// An Atom that runs no 64-bit code gets no 64-bit target, although its name has 64-bit relatives.
    #[test]
    fn a_machine_without_long_mode_has_32_bit_names() {
        let text = "processor : 0\nvendor_id : GenuineIntel\ncpu family : 6\nmodel : 28\nstepping : 2\n\
                    model name : Intel(R) Atom(TM) CPU N270 @ 1.60GHz\nflags : fpu cx8 cmov mmx fxsr sse sse2 pni ssse3 movbe\n";
        let atom = detect(text.as_bytes(), "f").unwrap();
        assert_eq!((atom.arch.as_str(), atom.host.microarchitecture.as_str()), ("i686", "bonnell"));
        assert_eq!((atom.names.nixpkgs.as_str(), atom.names.archspec.as_str()), ("", "prescott"));
        assert_eq!((atom.names.go.as_str(), atom.host.level), ("", None));
        let wide = detect(text.replace("pni ssse3", "pni ssse3 lm cx16 lahf_lm").as_bytes(), "f").unwrap();
        assert_eq!((wide.arch.as_str(), wide.names.nixpkgs.as_str()), ("x86_64", "x86-64"));
    }
}
