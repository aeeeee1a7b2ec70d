//! `/proc/cpuinfo` of every architecture.
#![no_main]

use hwtune::host::cpuinfo;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = cpuinfo(bytes, "fuzz");
});
