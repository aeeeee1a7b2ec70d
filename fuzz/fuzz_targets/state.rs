//! The state of a rollout: what is read is written again and reads the same.
#![no_main]

use hwtune::rollout::parse_state;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    match parse_state(Path::new("fuzz"), text) {
        Ok(state) => {
            let again = toml::to_string(&state).expect("what was read can be written");
            assert_eq!(format!("{:?}", parse_state(Path::new("again"), &again).expect("and read")), format!("{state:?}"));
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
