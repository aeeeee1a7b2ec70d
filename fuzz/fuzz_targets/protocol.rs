//! What a measuring process says, which runs code that nobody here wrote.
#![no_main]

use hwtune::experiment::{Job, Planted, parse_protocol};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let job = Job { a: "/a".into(), b: "/b".into(), dataset: 0, seed: 0, pairs: 2, warm_ns: 0, draw: 0, planted: Planted::NONE };
    if let Ok(samples) = parse_protocol(text, &job, "fuzz") {
        assert_eq!(samples.pairs.len(), 2);
    }
});
