//! These errors say why a host could not be detected, and what to do.

use crate::catalogue::TableError;
use thiserror::Error;

/// Why a host could not be detected.
#[derive(Debug, Error)]
pub enum HostError {
    /// The file could not be read.
    #[error("{place}: cannot read: {cause}; give another file, or `-` for standard input")]
    Read {
        /// File, or `standard input`.
        place: String,
        /// What the system said.
        cause: String,
    },
    /// The text is in none of the formats.
    #[error(
        "{place}: no CPUID dump: neither InstLatx64/AIDA64 text, `cpuid -r`, libcpuid nor hwloc; \
         make one with `cpuid -r`, or read a /proc/cpuinfo with --cpuinfo"
    )]
    Unrecognised {
        /// File, or `standard input`.
        place: String,
    },
    /// The dump lacks what identifies a CPU.
    #[error("{place}: {what}; make a whole dump with `cpuid -r`")]
    Incomplete {
        /// File, or `standard input`.
        place: String,
        /// What is missing.
        what: String,
    },
    /// The text is no `/proc/cpuinfo`.
    #[error("{place}: no /proc/cpuinfo: {what}; read a CPUID dump with --cpuid-dump")]
    NotCpuinfo {
        /// File, or `standard input`.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// The CPU is of an architecture that hwtune has no tables for.
    #[error(
        "{place}: {arch}: this architecture is not supported; there are x86, AArch64, RISC-V, POWER and LoongArch"
    )]
    Unsupported {
        /// File, or `standard input`.
        place: String,
        /// Its name.
        arch: String,
    },
    /// The text is what lscpu prints.
    #[error(
        "{place}: the output of lscpu, which leaves out what names a CPU; copy /proc/cpuinfo of that host and read it \
         with --cpuinfo"
    )]
    Lscpu {
        /// File, or `standard input`.
        place: String,
    },
    /// The registers are those of an Arm.
    #[error(
        "{place}: libcpuid's dump of an Arm's registers, which are not CPUID leaves; copy /proc/cpuinfo of that host and read \
         it with --cpuinfo"
    )]
    ArmDump {
        /// File, or `standard input`.
        place: String,
    },
    /// A value for `--xcr0` that is none.
    #[error("--xcr0 {0}: neither a number nor `inferred` nor `supported`; give for example 0xe7")]
    Xcr0(String),
    /// A built-in table is broken.
    #[error(transparent)]
    Table(#[from] TableError),
}
