//! Flags from anywhere: grammar, policy and what is asked of compilers agree.
#![no_main]

use hwtune::catalogue::{Catalogue, Policy};
use hwtune::toolchain::Candidate;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load(None).expect("the catalogue"));

fuzz_target!(|text: &str| {
    let package = &CATALOGUE.packages["zlib"];
    let written = !matches!(CATALOGUE.policy(package, text), Policy::Refused(_));
    assert!(!written || Catalogue::grammar(text).is_ok());
    if Candidate::bare(text).refused.is_none() {
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "-+=_.,:".contains(c)));
    }
});
