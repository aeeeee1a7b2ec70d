//! Profiles: what is read is written again and reads the same.
#![no_main]

use hwtune::profile::{parse, to_toml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(profile) = parse(text, "fuzz") {
        let again = to_toml(&profile).expect("what was read can be written");
        assert_eq!(parse(&again, "again").expect("and read"), profile);
    }
});
