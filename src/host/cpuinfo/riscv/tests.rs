//! These tests name RISC-V CPUs by texts of `/proc/cpuinfo`.

use super::isa::extensions;
use super::table::table;
use crate::host::{Detected, llvm};

fn read(text: &str) -> Detected {
    crate::host::cpuinfo::detect(text.as_bytes(), "f").unwrap()
}

fn hart(isa: &str, rest: &str) -> Detected {
    read(&format!("processor : 0\nhart : 1\nisa : {isa}\n{rest}"))
}

#[test]
fn a_u74() {
    let text = "processor : 0\nhart : 1\nisa : rv64imafdc_zicsr_zba\nuarch : sifive,u74-mc\nmvendorid : 0x489\n\n\
                processor : 1\nhart : 2\nisa : rv64imafdc_zicsr\nuarch : sifive,u74-mc\n";
    let detected = read(text);
    assert_eq!(
        (detected.host.microarchitecture.as_str(), detected.host.vendor.as_str()),
        ("sifive-u74", "sifive")
    );
    assert_eq!(detected.host.features, ["a", "c", "d", "f", "i", "m", "zicsr"]);
    assert_eq!(detected.names.archspec, "u74mc");
}

/// A name is written only where the ecosystem has it.
#[test]
fn names_are_those_of_the_ecosystem() {
    let of = |uarch: &str| {
        let detected = hart("rv64imafdc", &format!("uarch : {uarch}\n"));
        (detected.host.microarchitecture, detected.names.gcc, detected.names.rust)
    };
    let names = |name: &str, gcc: &str, rust: &str| (name.to_string(), gcc.to_string(), rust.to_string());
    assert_eq!(of("sifive,bullet0"), names("sifive-u74", "sifive-u74", "sifive-u74"));
    assert_eq!(of("sifive,rocket0"), names("sifive-u54", "sifive-u54", "sifive-u54"));
    assert_eq!(of("sifive,p550"), names("sifive-p550", "", "sifive-p550"));
    assert_eq!(of("thead,c906"), names("thead-c906", "thead-c906", "generic-rv64"));
    assert_eq!(of("ultrarisc,cp100"), names("rv64", "", "generic-rv64"));
    for core in table().unwrap().core {
        assert!(core.rust.is_empty() || llvm::features("riscv64", &core.rust).is_some(), "{}", core.name);
        assert!(!core.uarch.is_empty() || !core.marchid.is_empty(), "{}", core.name);
    }
}

#[test]
fn numbers_of_64_bits_name_a_core_where_no_uarch_does() {
    // archspec-json tests/targets/linux-debian13-x60, whose kernel shows no uarch.
    let x60 = "model name : Spacemit(R) X60\nmvendorid : 0x710\nmarchid : 0x8000000058000001\nmimpid : 0x1000000049772200\n";
    let detected = hart("rv64imafdcv_zicond_zicsr_zfh_zba_zbb_zbc_zbs_zvfh_zbkc", x60);
    let (host, names) = (detected.host, detected.names);
    assert_eq!((host.microarchitecture.as_str(), host.vendor.as_str()), ("spacemit-x60", "spacemit"));
    assert_eq!((host.model, host.stepping), (0x5800_0001, 0x4977_2200));
    assert_eq!((names.rust.as_str(), names.archspec.as_str()), ("spacemit-x60", "riscv64"));
    assert_eq!(names.rust_features, "", "{:?}", host.masked);
    // A kernel without the vectors.
    let hidden = hart("rv64imafdc_zicond_zfh_zba_zbb_zbc_zbs_zbkc", x60);
    assert!(hidden.names.rust_features.contains("-v,"), "{}", hidden.names.rust_features);
    assert!(hidden.host.masked.contains(&"zvfh".to_string()));
    let x280 = hart("rv64imafdcv", "mvendorid : 0x489\nmarchid : 0x8000000000000007\n");
    assert_eq!(x280.host.microarchitecture, "rv64", "a U74 has no vectors");
}

#[test]
fn harts_of_two_kinds_are_a_mixture() {
    let text = "processor : 0\nhart : 0\nisa : rv64imafdcv\nuarch : spacemit,x60\n\n\
                processor : 1\nhart : 1\nisa : rv64imafdc\nuarch : sifive,u74\n";
    let detected = read(text);
    assert_eq!(
        (detected.host.microarchitecture.as_str(), detected.names.rust.as_str()),
        ("rv64", "generic-rv64")
    );
    assert!(!detected.host.features.contains(&"v".to_string()));
}

#[test]
fn letters_after_the_extensions_are_privilege_modes() {
    let table = table().unwrap();
    let of = |isa: &str| extensions(&table, isa).0.into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(of("rv64imafdcsu"), "a c d f i m");
    assert_eq!(of("rv64imafdcvsu"), "a c d f i m v");
    assert_eq!(of("rv64imafdc_sstc_svinval"), "a c d f i m sstc svinval");
    assert_eq!(of("rv64imacsstc_zba"), "a c i m sstc zba");
    assert_eq!(of("rv64i2p1_m2p0_a2p1_zicsr2p0_zve64d1p0_zvl128b"), "a i m zicsr zve64d zvl128b");
    assert_eq!(of("rv64i2p0m2p0a2p0"), "a i m");
    assert_eq!(of("rv64gc"), "a c d f i m zicsr zifencei");
    assert_eq!(of("rv64gcxtheadc"), "a c d f i m xtheadc zicsr zifencei");
    assert_eq!(of(""), "");
}

/// Vendors' kernels say in several ways that their vectors are those of the draft.
#[test]
fn a_draft_of_the_vectors_is_not_version_1() {
    for (isa, rest, is_one) in [
        ("rv64imafdcvsu", "cpu-vector : 0.7.1\n", false),
        ("rv64imafdcvsu", "cpu-vector : 1.0.0\n", true),
        ("rv64imafdcv", "uarch : thead,c906\n", false),
        ("rv64imafdcv", "mvendorid : 0x5b7\nmarchid : 0x0\nmimpid : 0x0\n", false),
        ("rv64imafdcv", "mvendorid : 0x5b7\nmarchid : 0x8000000009140d00\n", true),
        ("rv64imafdcv0p7", "", false),
        ("rv64imafdcv0p7_zicsr", "", false),
        ("rv64imafdc_v0p7", "", false),
        ("rv64imafdcv1p0", "", true),
        ("rv64imafdcv", "uarch : spacemit,x60\n", true),
    ] {
        let detected = hart(isa, rest);
        let has = detected.host.features.contains(&"v".to_string());
        assert_eq!(has, is_one, "{isa} {rest}");
        assert_eq!(!detected.reasons.iter().any(|r| r.contains("not version 1.0")), is_one, "{isa} {rest}");
    }
}

#[test]
fn no_uarch_keeps_the_extensions() {
    let host = hart("rv64gcv", "").host;
    assert_eq!(host.microarchitecture, "rv64");
    assert_eq!(host.features, ["a", "c", "d", "f", "i", "m", "v", "zicsr", "zifencei"]);
}
