//! A user's kernel: C with TOML in its first comment.
#![no_main]

use hwtune::catalogue::kernel_text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match kernel_text("k.c", text) {
        Ok(kernel) => assert!(!kernel.units.is_empty() && !kernel.datasets.is_empty()),
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
