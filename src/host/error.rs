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
    /// A value for `--xcr0` that is none.
    #[error("--xcr0 {0}: neither a number nor `inferred` nor `supported`; give for example 0xe7")]
    Xcr0(String),
    /// A built-in table is broken.
    #[error(transparent)]
    Table(#[from] TableError),
}
