//! The imports of a NixOS configuration that somebody else wrote.
#![no_main]

use hwtune::rollout::imported;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("configuration.nix"), bytes).expect("a file");
    std::fs::write(root.path().join("hwtune.nix"), "{ imports = [ ./configuration.nix ]; }").expect("a file");
    match imported(root.path()) {
        Ok(found) => assert!(found.notes.iter().all(|note| !note.contains('\n'))),
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
