//! A user's own folder, whole: tables, packages, kernels, trials, templates, links, FIFOs. It loads within bounds or
//! says in one line why not, and what it holds renders.
#![no_main]

use hwtune::catalogue::{Catalogue, user_kernel};
use hwtune::profile::{Profile, parse};
use hwtune::render::{Options, render_target, targets};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

#[path = "../../tests/support/folder.rs"]
mod folder;

static GIVEN: LazyLock<(Profile, Catalogue)> = LazyLock::new(|| {
    let profile = parse(include_str!("../../tests/profiles/measured.toml"), "measured").expect("a profile");
    (profile, Catalogue::load(None).expect("the catalogue"))
});

fuzz_target!(|text: &str| {
    let (profile, shipped) = &*GIVEN;
    let root = tempfile::tempdir().expect("a folder");
    folder::unfold(root.path(), text);
    let one_line = |error: String| assert!(!error.contains('\n'), "{error}");
    match shipped.clone().extended(root.path()) {
        Ok(whole) => assert!(whole.flags.is_sorted_by(|a, b| a.name < b.name)),
        Err(error) => one_line(error.to_string()),
    }
    for entry in std::fs::read_dir(root.path()).expect("it is there").flatten() {
        if let Err(error) = user_kernel(&entry.path()) {
            one_line(error.to_string());
        }
    }
    match targets(Some(root.path())) {
        Ok(all) => {
            let options = Options { templates: Some(root.path().into()), ..Options::default() };
            for target in all.iter().filter(|t| root.path().join(format!("{}.j2", t.name)).exists()) {
                if let Err(error) = render_target(profile, shipped, target, &options) {
                    one_line(error.to_string());
                }
            }
        }
        Err(error) => one_line(error.to_string()),
    }
});
