//! These tests name Arm CPUs by texts of `/proc/cpuinfo`.

use super::table::{Core, Midr, Reach, release, table};
use crate::catalogue::CompilerTable;
use crate::host::{Detected, cpuinfo, llvm};
use std::collections::BTreeSet;

const FEATURES: &str = "fp asimd aes pmull crc32 atomics";

fn block(number: usize, implementer: u32, part: u32, variant: u32, features: &str) -> String {
    format!(
        "processor : {number}\nFeatures : {features}\nCPU implementer : {implementer:#04x}\n\
         CPU architecture: 8\nCPU variant : {variant:#x}\nCPU part : {part:#05x}\nCPU revision : 1\n\n"
    )
}

fn read(text: &str) -> Detected {
    cpuinfo::detect(text.as_bytes(), "f").unwrap()
}

fn host(parts: &[(u32, u32)]) -> Detected {
    let each = parts.iter().enumerate();
    read(&each.map(|(n, &(implementer, part))| block(n, implementer, part, 3, FEATURES)).collect::<String>())
}

fn name(parts: &[(u32, u32)]) -> String {
    host(parts).host.microarchitecture
}

#[test]
fn one_kind_two_and_three() {
    let graviton = host(&[(0x41, 0xd0c), (0x41, 0xd0c)]);
    assert_eq!(graviton.host.microarchitecture, "neoverse-n1");
    assert_eq!((graviton.host.vendor.as_str(), graviton.host.stepping), ("ARM", 0x31));
    assert_eq!(graviton.host.features, ["aes", "crc", "fp", "lse", "simd"]);
    assert!(graviton.host.core_kinds.is_empty());
    assert_eq!(name(&[(0x41, 0xd03), (0x41, 0xd08)]), "cortex-a72.cortex-a53");
    assert_eq!(name(&[(0x41, 0xd05), (0x41, 0xd41)]), "cortex-a55");
    let tensor = host(&[(0x41, 0xd05), (0x41, 0xd0b), (0x41, 0xd44)]);
    assert_eq!((tensor.host.microarchitecture.as_str(), tensor.host.core_kinds.len()), ("cortex-a55", 2));
    assert_eq!(name(&[(0x41, 0xd8a), (0x41, 0xd8b), (0x41, 0xd8c)]), "c1-nano");
    assert_eq!(name(&[(0x41, 0xd8b), (0x41, 0xd8c)]), "c1-pro");
}

/// gcc 16.2 calls the two of them gb10 and tunes for the big one; rustc has the name too.
#[test]
fn a_pair_has_a_name_that_is_not_made_of_both() {
    let spark = host(&[(0x41, 0xd85), (0x41, 0xd87)]);
    assert_eq!((spark.host.microarchitecture.as_str(), spark.names.rust.as_str()), ("gb10", "gb10"));
    assert!(spark.names.rust_features.contains("-sve,"), "{}", spark.names.rust_features);
}

/// A Raspberry Pi 4 has the core of a Graviton, and no cryptography: LLVM has it in the name, gcc has not.
#[test]
fn what_a_name_promises_and_the_host_lacks_is_switched_off() {
    let pi = read(&block(0, 0x41, 0xd08, 0, "fp asimd evtstrm crc32 cpuid"));
    assert_eq!(pi.host.masked, ["aes", "sha2"]);
    assert_eq!((pi.names.rust.as_str(), pi.names.rust_features.as_str()), ("cortex-a72", "-aes,-sha2"));
    assert_eq!(pi.names.gcc, "cortex-a72", "gcc's name has no cryptography");
    let graviton = read(&block(0, 0x41, 0xd08, 0, "fp asimd aes pmull sha1 sha2 crc32"));
    assert_eq!((graviton.host.masked.len(), graviton.names.rust_features.as_str()), (0, ""));
    // Vectors that a kernel hides, under both names; what never reaches a program is not missed.
    let all = "fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm jscvt fcma lrcpc dcpop sha3 sha512 sm3 sm4 \
               asimddp asimdfhm dit uscat ilrcpc flagm i8mm bf16";
    let v1 = read(&block(0, 0x41, 0xd40, 1, all));
    assert_eq!(v1.host.masked, ["sve"]);
    assert_eq!((v1.names.rust.as_str(), v1.names.rust_features.as_str()), ("neoverse-v1", "-sve"));
    assert_eq!(v1.names.gcc, "cortex-x1", "the nearest that has no scalable vectors");
    let whole = read(&block(0, 0x41, 0xd40, 1, &format!("{all} sve")));
    assert_eq!((whole.host.masked.len(), whole.names.gcc.as_str()), (0, "neoverse-v1"));
    for (hidden, rust) in
        [("lrcpc", "-rcpc"), ("asimddp", "-dotprod"), ("asimdrdm", "-rdm"), ("atomics", "-lse")]
    {
        let words: Vec<&str> = all.split_whitespace().filter(|word| *word != hidden).chain(["sve"]).collect();
        let less = read(&block(0, 0x41, 0xd40, 1, &words.join(" ")));
        assert_eq!(less.names.rust_features, rust, "{hidden}");
    }
}

/// Of no name more is left on than the host offers, whichever extension is hidden.
#[test]
fn no_name_exceeds_the_host() {
    let table = table().unwrap();
    let flags = |hidden: &str| -> String {
        let rows = table.extension.iter().filter(|(name, _)| name.as_str() != hidden);
        rows.flat_map(|(_, row)| row.flags.iter()).map(|flag| format!("{flag} ")).collect()
    };
    let newest = CompilerTable::newest("aarch64", "gcc").unwrap();
    let mut seen = BTreeSet::new();
    for core in table.core.iter().filter(|core| release(&core.arch).0 >= 8 && seen.insert(&core.name)) {
        for (hidden, row) in &table.extension {
            if row.reach != Reach::Code || ["fp", "simd"].contains(&hidden.as_str()) {
                continue;
            }
            let text = block(0, core.implementer, core.part, core.variant.unwrap_or(0), &flags(hidden));
            let host = read(&text);
            assert!(!host.host.features.contains(hidden));
            let by_gcc = newest.features(&host.names.gcc, true).unwrap_or_default();
            assert!(!by_gcc.contains(hidden), "{}: gcc's {} has {hidden}", core.name, host.names.gcc);
            let on = llvm::features("aarch64", &host.names.rust).unwrap();
            let off: Vec<&str> = host.names.rust_features.split(',').collect();
            let left: Vec<_> = on
                .iter()
                .filter(|f| row.rust.contains(f) && !off.contains(&format!("-{f}").as_str()))
                .collect();
            assert!(left.is_empty(), "{}: rustc's {} has {left:?}", core.name, host.names.rust);
        }
    }
}

/// The kinds may differ in what they offer: the flags are those of all.
#[test]
fn the_features_are_those_that_all_have() {
    let text = block(0, 0x41, 0xd05, 1, "fp asimd aes pmull") + &block(1, 0x41, 0xd0a, 1, "fp asimd sve");
    let both = read(&text);
    assert_eq!(both.host.features, ["fp", "simd"]);
    assert_eq!(both.host.microarchitecture, "cortex-a75.cortex-a55");
}

/// gcc 16.2 aarch64-cores.def, the rows that were not there or not so.
#[test]
fn parts_have_the_names_of_gcc() {
    let rows = [
        (0x6d, 0xd49, "cobalt-100"),
        (0xc0, 0xac7, "ampere1c"),
        (0x48, 0xd06, "hip12"),
        (0x43, 0x0b0, "octeontx2"),
        (0x43, 0x0b2, "octeontx2t96"),
        (0x41, 0xd15, "cortex-r82"),
        (0x41, 0xd90, "c1-premium"),
        (0x68, 0x000, "phecda"),
        (0x4e, 0x011, "rigel"),
        (0x61, 0x055, "apple-m4"),
        (0x61, 0x068, "apple-m5"),
        (0x51, 0x001, "oryon-1"),
    ];
    for (implementer, part, expected) in rows {
        assert_eq!(name(&[(implementer, part)]), expected);
    }
    assert_eq!(table().unwrap().named("oryon-1").unwrap().arch, "armv8.6-a");
}

/// A little and a big core of Apple's have one name (gcc: AARCH64_BIG_LITTLE), and are two kinds all the same.
#[test]
fn apple_has_two_kinds_of_one_name() {
    let m1 = host(&[(0x61, 0x022), (0x61, 0x023), (0x61, 0x023)]);
    assert_eq!(m1.host.microarchitecture, "apple-m1");
    let kinds: Vec<(&str, u32)> = m1.host.core_kinds.iter().map(|k| (k.kind.as_str(), k.cpus)).collect();
    assert_eq!(kinds, [("performance", 2), ("efficiency", 1)]);
    assert_eq!(name(&[(0x61, 0x020), (0x61, 0x021)]), "apple-m1", "A14");
}

#[test]
fn the_variant_decides_where_the_part_does_not() {
    let of = |variant| read(&block(0, 0x50, 0, variant, "fp asimd")).host.microarchitecture;
    assert_eq!([of(3), of(0), of(1)], ["emag", "xgene1", "xgene1"]);
}

/// Under another implementer a number may be the same core, or another.
#[test]
fn a_number_belongs_to_its_implementer() {
    assert_eq!([name(&[(0x48, 0xd40)]), name(&[(0x41, 0xd40)])], ["cortex-a76", "neoverse-v1"]);
    assert_eq!([name(&[(0x42, 0x0af)]), name(&[(0x43, 0x516)])], ["thunderx2t99", "thunderx2t99"]);
    assert_eq!(name(&[(0x48, 0xd49)]), "generic", "HiSilicon's numbers are its own");
    let later = host(&[(0x6d, 0xd84)]);
    assert_eq!(
        (later.host.microarchitecture.as_str(), later.host.vendor.as_str()),
        ("neoverse-v3", "Microsoft")
    );
    assert!(later.reasons.iter().any(|r| r.starts_with("implementer 0x6d part 0xd84 is read as 0x41's")));
}

/// Qualcomm's parts between Kryo and Oryon are Arm's cores, the silver ones the small (Linux cpu_errata.c).
#[test]
fn kryo_gold_and_silver_are_a_pair() {
    assert_eq!(name(&[(0x51, 0x803), (0x51, 0x802)]), "cortex-a75.cortex-a55");
    assert_eq!(name(&[(0x51, 0x804), (0x51, 0x805)]), "cortex-a76.cortex-a55");
    assert_eq!(name(&[(0x51, 0x801), (0x51, 0x800)]), "cortex-a73.cortex-a53");
}

#[test]
fn what_names_no_core_keeps_its_features() {
    for (midr, vendor, why) in [
        ((0x41, 0xfff), "ARM", "not in the table"),
        ((0x99, 0), "0x99", "not in the table"),
        ((0x61, 0x000), "Apple", "a guest of Apple's hypervisor"),
        ((0x00, 0x051), "Software", "reserved for software"),
        ((0x41, 0xd0f), "ARM", "envelope model"),
    ] {
        let unknown = host(&[midr]);
        assert_eq!(
            (unknown.host.microarchitecture.as_str(), unknown.host.vendor.as_str()),
            ("generic", vendor)
        );
        assert_eq!(unknown.host.features.len(), 5);
        assert!(unknown.reasons.iter().any(|r| r.contains(why)), "{:?}", unknown.reasons);
    }
    assert_eq!(name(&[(0x41, 0xd05), (0x41, 0xfff)]), "generic");
}

/// The form before Linux 3.19: a line about the machine, the numbers, then one CPU for all of them.
#[test]
fn one_block_for_all() {
    let text = |part: &str, hardware: &str| {
        format!(
            "Processor\t: AArch64 Processor rev 3 (aarch64)\nprocessor\t: 0\nprocessor\t: 1\nprocessor\t: 2\n\
             processor\t: 3\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 \nCPU implementer\t: 0x41\n\
             CPU architecture: AArch64\nCPU variant\t: 0x1\nCPU part\t: {part}\nCPU revision\t: 3\n\n\
             Hardware\t: {hardware}\n"
        )
    };
    let jetson = read(&text("0xd07", "jetson_tx1"));
    assert_eq!((jetson.host.cores, jetson.host.threads, jetson.host.family), (4, 4, 8));
    assert_eq!(
        (jetson.host.microarchitecture.as_str(), jetson.host.cpu.as_str()),
        ("cortex-a57", "jetson_tx1")
    );
    assert_eq!(jetson.host.features, ["aes", "crc", "fp", "sha2", "simd"]);
    let either = |part| read(&text(part, "Qualcomm Technologies, Inc MSM8994")).host.microarchitecture;
    assert_eq!([either("0xd03"), either("0xd07")], ["cortex-a53", "cortex-a53"], "LLVM Host.cpp");
}

/// A CPU that is offline is not in the file; each that is listed counts once, and the gap is said.
#[test]
fn offline_cpus_leave_a_gap() {
    let blocks = |numbers: &[usize]| {
        read(&numbers.iter().map(|&n| block(n, 0x41, 0xd0c, 3, FEATURES)).collect::<String>())
    };
    let gap = blocks(&[0, 2, 5]);
    assert_eq!(gap.host.cores, 3);
    assert!(gap.reasons.iter().any(|r| r.starts_with("3 CPU(s)")), "{:?}", gap.reasons);
    assert!(!blocks(&[0, 1]).reasons.iter().any(|r| r.contains("CPU(s) below")));
}

#[test]
fn thirty_two_bits_keep_the_kernels_words() {
    let text = "processor : 0\nFeatures : half thumb neon vfpv4 idiva\nCPU implementer : 0x41\nCPU architecture: 7\n\
                CPU part : 0xc07\n\nHardware : BCM2709\n";
    let old = read(text);
    assert_eq!((old.arch.as_str(), old.host.microarchitecture.as_str()), ("arm", "cortex-a7"));
    assert_eq!(old.host.features, ["half", "idiva", "neon", "thumb", "vfpv4"]);
    assert_eq!((old.names.nixpkgs.as_str(), old.names.archspec.as_str()), ("armv7-a", "arm"));
    // An ARM1176 is shown as architecture 7, a Cortex-A53 under a 32-bit kernel too.
    let zero = text.replace("0xc07", "0xb76");
    assert_eq!((read(&zero).names.nixpkgs.as_str(), read(&zero).host.family), ("armv6", 6));
    let wide = text.replace("0xc07", "0xd03");
    assert_eq!((read(&wide).arch.as_str(), read(&wide).names.nixpkgs.as_str()), ("arm", "armv7-a"));
    for (shown, version) in [("5TE", 5), ("5TEJ", 5), ("6TEJ", 6), ("7", 7)] {
        let old = read(&format!(
            "Features : swp half thumb\nCPU implementer : 0x41\nCPU architecture: {shown}\nCPU part : 0x926\n"
        ));
        assert_eq!((old.arch.as_str(), old.host.family), ("arm", version), "{shown}");
        assert_eq!(old.names.nixpkgs.is_empty(), version < 6);
    }
    // To a 32-bit process the kernel of a 64-bit CPU tells architecture 8 and the 32-bit words.
    let compat = read(&block(0, 0x41, 0xd03, 0, "half thumb fastmult vfp edsp neon vfpv3 aes pmull crc32"));
    assert_eq!(compat.arch, "arm");
    assert!(compat.host.features.contains(&"thumb".to_string()));
}

#[test]
fn the_table_is_whole() {
    let table = table().unwrap();
    for pair in &table.pair {
        assert!(table.named(&pair.big).is_some() && table.named(&pair.little).is_some(), "{}", pair.name);
    }
    assert!(table.ambiguous.iter().all(|a| table.named(&a.name).is_some()));
    assert!(table.core.iter().all(|c| (6..=9).contains(&release(&c.arch).0)));
    for (i, core) in table.core.iter().enumerate() {
        let again = |c: &Core| {
            (c.implementer, c.part) == (core.implementer, core.part)
                && (core.variant.is_none() || c.variant == core.variant)
        };
        assert!(!table.core[i + 1..].iter().any(again), "{core:?} twice, or before a row with a variant");
        let midr =
            Midr { implementer: core.implementer, part: core.part, variant: core.variant.unwrap_or(0) };
        assert_eq!(table.find(&midr), Some(core));
        let same = |c: &&Core| c.name == core.name;
        let first = table.core.iter().find(same).unwrap();
        assert_eq!((&first.arch, &first.descends), (&core.arch, &core.descends), "{}", core.name);
    }
}

/// Each step is to a row that asks for no more, and none comes round.
#[test]
fn lineages_go_down() {
    let table = table().unwrap();
    let names = table.core.iter().map(|c| &c.name).chain(table.pair.iter().map(|p| &p.name));
    for name in names {
        let ancestors = table.lineage(name);
        let arches: Vec<_> = ancestors.iter().map(|a| release(&table.named(a).expect(a).arch)).collect();
        assert!(arches.is_sorted_by(|a, b| a >= b), "{name}: {ancestors:?}");
        if let (Some(core), Some(first)) = (table.named(name), arches.first()) {
            assert!(*first <= release(&core.arch), "{name}: {ancestors:?}");
        }
        assert!(!ancestors.contains(name), "{name} descends from itself");
        let end = ancestors.last().unwrap_or(name);
        assert!(table.named(end).is_none_or(|c| c.descends.is_empty()), "{name} comes round at {end}");
    }
}
