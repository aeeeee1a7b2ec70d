//! The tables of a user's own folder: rows of flags, of values, of packages.
#![no_main]

use hwtune::catalogue::check_table;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for file in ["flags.toml", "values.toml", "packages.toml"] {
        if let Err(error) = check_table(file, text) {
            assert!(!error.to_string().contains('\n'));
        }
    }
});
