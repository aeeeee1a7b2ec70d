//! A user's template: its front matter, and what it makes of a profile.
#![no_main]

use hwtune::catalogue::Catalogue;
use hwtune::profile::{Profile, parse};
use hwtune::render::{Options, Target, render_target};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static GIVEN: LazyLock<(Profile, Catalogue)> = LazyLock::new(|| {
    let profile = parse(include_str!("../../tests/profiles/measured.toml"), "measured").expect("a profile");
    (profile, Catalogue::load(None).expect("the catalogue"))
});

fuzz_target!(|text: &str| {
    if let Ok(target) = Target::parse("fuzz", text, "fuzz.j2") {
        let (profile, catalogue) = &*GIVEN;
        if let Err(error) = render_target(profile, catalogue, &target, &Options::default()) {
            assert!(!error.to_string().contains('\n'));
        }
    }
});
