//! The imports of a NixOS configuration that somebody else wrote.
#![no_main]

use hwtune::rollout::imported;
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;

fuzz_target!(|bytes: &[u8]| {
    let root = tempfile::tempdir().expect("a folder");
    // Long ago: hwtune waits for a clock that has not moved since.
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for (name, text) in [("configuration.nix", bytes), ("hwtune.nix", b"{ imports = [ ./configuration.nix ]; }")] {
        let mut file = std::fs::File::create(root.path().join(name)).expect("a file");
        file.write_all(text).expect("it can be written");
        file.set_modified(long_ago).expect("it has a time");
    }
    match imported(root.path()) {
        Ok(found) => assert!(found.notes.iter().all(|note| !note.contains('\n'))),
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
