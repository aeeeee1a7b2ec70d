//! Objects and libraries: what a compiler under odd flags wrote, what is given to `compare`.
#![no_main]

use hwtune::build::identity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = identity(bytes) {
        assert!(!error.contains('\n'));
    }
});
