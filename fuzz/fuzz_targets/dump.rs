//! CPUID dumps of every format: no input panics, hangs or allocates without bound.
#![no_main]

use hwtune::host::{Xcr0, replay};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for xcr0 in [Xcr0::Supported, Xcr0::Inferred] {
        if let Ok(detected) = replay(bytes, "fuzz", xcr0) {
            assert!(!detected.host.microarchitecture.is_empty());
            assert!(detected.host.features.is_sorted());
        }
    }
});
