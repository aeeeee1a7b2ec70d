//! What a system's commands and files say to `rollout`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/answers.rs"]
mod answers;

fuzz_target!(|text: &str| answers::rollout(text));
