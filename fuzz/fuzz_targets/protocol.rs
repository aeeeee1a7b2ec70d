//! What a measuring process says, which runs code that nobody here wrote.
#![no_main]

use hwtune::experiment::{Entry, Job, Planted, parse_protocol};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let entry = Entry { kernel: 0, dataset: 0, seed: 0, calls: 0, pairs: 2, planted: false, bounded: false };
    let entries = vec![entry, Entry { kernel: 1, pairs: 1, ..entry }];
    let job = Job { a: "/a".into(), b: "/b".into(), warm_ns: 0, draw: 0, planted: Planted::NONE, entries };
    if let Ok(answers) = parse_protocol(text, &job, "fuzz") {
        assert_eq!(answers.len(), 2);
        for (answer, asked) in answers.iter().zip(&job.entries) {
            match answer {
                Ok(found) => assert!(
                    found.pairs.len() == asked.pairs as usize
                        && found.pairs.iter().all(|p| p.effect().is_finite())
                ),
                Err(fault) => assert!(!fault.to_string().contains('\n')),
            }
        }
    }
});
