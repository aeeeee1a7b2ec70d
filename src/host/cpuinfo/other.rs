//! This module recognises texts that are not the `/proc/cpuinfo` of a supported architecture, and says what they are and
//! what to do.

use super::Block;
use crate::host::HostError;
use crate::host::text::clean;

/// Architectures without support, by a key of theirs and how its value begins; as their kernels write them
/// (Linux arch/*/kernel, `show_cpuinfo`).
const UNSUPPORTED: [(&str, &str, &str); 15] = [
    ("vendor_id", "IBM/S390", "s390x"),
    ("# processors", "", "s390x"),
    ("cpu model", "", "MIPS"),
    ("cpucaps", "", "SPARC"),
    ("MMU Type", "", "SPARC"),
    ("pmu", "ultra", "SPARC"),
    ("cpu", "TI UltraSparc", "SPARC"),
    ("cpu", "Alpha", "Alpha"),
    ("cpu family", "PA-RISC", "PA-RISC"),
    ("archrev", "", "IA-64"),
    ("CPU", "680", "m68k"),
    ("cpu family", "SH", "SuperH"),
    ("CPU architecture", "ARC", "ARC"),
    ("Processor", "OpenRISC", "OpenRISC"),
    ("revision", "", "PowerPC before POWER7, or another than POWER"),
];

/// Why a text is no `/proc/cpuinfo` that can be read.
pub(super) fn error(blocks: &[Block], text: &str, place: &str) -> HostError {
    let place = place.to_string();
    let shows = |key: &str, begins: &str| {
        blocks.iter().any(|b| b.get(key).is_some_and(|value| value.starts_with(begins)))
    };
    // Under --sysroot lscpu leaves out the architecture.
    if shows("CPU(s)", "") || (shows("Architecture", "") && shows("CPU op-mode(s)", "")) {
        return HostError::Lscpu { place };
    }
    let arch = UNSUPPORTED.iter().find(|(key, begins, _)| match *key {
        "revision" => blocks.iter().any(|b| b.get(key).is_some_and(|value| value.contains("pvr"))),
        _ => shows(key, begins),
    });
    if let Some((_, _, arch)) = arch {
        return HostError::Unsupported { place, arch: (*arch).into() };
    }
    let cpuid = crate::host::dump::read(text.as_bytes()).is_some();
    let what = match (cpuid, blocks.iter().find_map(|b| b.get("cpu"))) {
        (true, _) => "it is a CPUID dump".to_string(),
        (_, Some(cpu)) => format!("its CPU is {:?}, which is none of the supported ones", clean(cpu)),
        _ => "it has the keys of none of x86, AArch64, RISC-V, POWER and LoongArch".into(),
    };
    HostError::NotCpuinfo { place, what }
}

/// Why a text is not a CPUID dump.
pub(in crate::host) fn no_dump(text: &str, place: &str) -> HostError {
    let place = place.to_string();
    // libcpuid's raw dumps of an Arm: `arm_midr=00000000410fd083`.
    let arm = |line: &str| line.trim().split_once('=').is_some_and(|(key, _)| key.starts_with("arm_midr"));
    if text.lines().any(arm) {
        return HostError::ArmDump { place };
    }
    match error(&super::blocks(text), text, &place) {
        known @ (HostError::Lscpu { .. } | HostError::Unsupported { .. }) => known,
        _ => HostError::Unrecognised { place },
    }
}

#[cfg(test)]
mod tests {
    use crate::host::cpuinfo::detect;

    #[test]
    fn other_architectures_are_called_by_their_names() {
        for (text, arch) in [
            ("vendor_id : IBM/S390\n# processors : 3\nfeatures : esan3 zarch\n", "s390x"),
            ("system type : MIPS Malta\nprocessor : 0\ncpu model : MIPS 24Kc V0.0 FPU V0.0\n", "MIPS"),
            ("cpu : TI UltraSparc II  (BlackBird)\ntype : sun4u\ncpucaps : flush,stbar\n", "SPARC"),
            ("processor : 0\ncpu : 740/750\nrevision : 3.1 (pvr 0008 0301)\n", "PowerPC"),
        ] {
            let error = detect(text.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.starts_with(&format!("f: {arch}")) && error.contains("not supported"), "{error}");
        }
    }

    #[test]
    fn a_dump_of_an_arm_is_named_as_that() {
        let text = "version=0.6.4\narm_midr=00000000410fd034\narm_mpidr=0000000080000000\n";
        let error = super::no_dump(text, "f").to_string();
        assert!(error.starts_with("f: libcpuid's dump of an Arm"), "{error}");
        assert!(super::no_dump("hello\n", "f").to_string().contains("no CPUID dump"));
    }

    #[test]
    fn lscpu_and_dumps_are_named_with_the_remedy() {
        let lscpu = "Architecture:            x86_64\nCPU op-mode(s):        32-bit, 64-bit\nCPU(s):                8\n";
        let other = "CPU(s):                          8\nOn-line CPU(s) list:             0-7\nVendor ID:                       ARM\n";
        for text in [lscpu, other] {
            let error = detect(text.as_bytes(), "f").unwrap_err().to_string();
            assert!(error.contains("lscpu") && error.contains("/proc/cpuinfo"), "{error}");
        }
        let dump = "CPUID 00000000: 0000000D-756E6547-6C65746E-49656E69\n";
        let error = detect(dump.as_bytes(), "f").unwrap_err().to_string();
        assert!(error.contains("CPUID dump") && error.contains("--cpuid-dump"), "{error}");
    }
}
