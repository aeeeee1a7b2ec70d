//! Names by vendor, family, model and stepping, and what masking, corruption and unknown models make of them.

use hwtune::host::{Detected, Xcr0, replay};
use std::fmt::Write as _;

/// CPUID by leaf, sub-leaf and registers.
type Leaves = Vec<(u32, u32, [u32; 4])>;

fn words(vendor: &str) -> [u32; 3] {
    let bytes = vendor.as_bytes();
    let word = |n: usize| u32::from_le_bytes([bytes[n], bytes[n + 1], bytes[n + 2], bytes[n + 3]]);
    [word(0), word(4), word(8)]
}

/// A CPU with a signature and the bits that every one of its width has.
fn cpu(vendor: &str, signature: u32, bits: u32) -> Leaves {
    let [b, d, c] = words(vendor);
    let (basic, long) = if bits == 64 { (0x0780_8111, 1 << 29) } else { (0, 0) };
    vec![
        (0, 0, [0xd, b, c, d]),
        (1, 0, [signature, 0, 0, basic]),
        (0x8000_0000, 0, [0x8000_0008, 0, 0, 0]),
        (0x8000_0001, 0, [0, 0, 0, long]),
    ]
}

fn detect(leaves: &Leaves) -> Detected {
    let mut text = String::from("CPU 0:\n");
    for (leaf, sub, [a, b, c, d]) in leaves {
        writeln!(
            text,
            "   0x{leaf:08x} 0x{sub:02x}: eax=0x{a:08x} ebx=0x{b:08x} ecx=0x{c:08x} edx=0x{d:08x}"
        )
        .unwrap();
    }
    replay(text.as_bytes(), "test", Xcr0::Supported).unwrap()
}

/// The registers of a fixture's first CPU.
fn fixture(name: &str) -> Leaves {
    let path = format!("{}/tests/hosts/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = table["cpu"][0]["leaves"].as_str().unwrap();
    let hex = |t: &str| u32::from_str_radix(t, 16).unwrap();
    text.lines()
        .map(|line| {
            let (place, registers) = line.split_once(' ').unwrap();
            let (leaf, sub) = place.split_once('.').unwrap();
            let registers: Vec<u32> = registers.split(' ').map(hex).collect();
            (hex(leaf), hex(sub), registers.try_into().unwrap())
        })
        .collect()
}

/// Changes one register: `0` to `3` are EAX to EDX.
fn change(leaves: &mut Leaves, leaf: u32, sub: u32, register: usize, to: impl Fn(u32) -> u32) {
    let found = leaves.iter_mut().find(|(l, s, _)| (*l, *s) == (leaf, sub)).unwrap();
    found.2[register] = to(found.2[register]);
}

#[test]
fn each_model_has_its_name() {
    let table =
        std::fs::read_to_string(format!("{}/tests/hosts/models.tsv", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut count = 0;
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let [vendor, signature, bits, name, what] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line:?} has not five columns");
        };
        let bits = bits.parse().unwrap();
        let detected = detect(&cpu(vendor, u32::from_str_radix(signature, 16).unwrap(), bits));
        assert_eq!(
            detected.host.microarchitecture, name,
            "{vendor} {signature} {what}: {:#?}",
            detected.reasons
        );
        assert_eq!(detected.arch == "x86_64", bits == 64, "{vendor} {signature}");
        assert_eq!(detected.host.level.is_some(), bits == 64, "{vendor} {signature}");
        count += 1;
    }
    assert!(count > 130);
}

#[test]
fn a_masked_feature_never_changes_the_name() {
    let cases = [
        ("znver4--k19-raphael-01", 7, 0, 2, 1 << 3 | 1 << 4, "pku"),
        ("znver1--k17-zen4", 7, 0, 1, 1 << 19, "adx"),
        ("znver2--k17-castlepeak2", 7, 0, 1, 1 << 24, "clwb"),
        ("znver5--k20-strixpoint-07", 7, 0, 3, 1 << 8, "avx512vp2intersect"),
        ("skylake--skylake-01", 7, 0, 1, 1 << 5, "avx2"),
        ("haswell--haswell2", 1, 0, 2, 1 << 22, "movbe"),
        ("cascadelake--cascadelakex1", 7, 0, 2, 1 << 11, "avx512vnni"),
        ("icelake-server--icx-01v", 7, 0, 2, 1 << 8, "gfni"),
        ("sapphirerapids--sapphirerapids-05", 7, 0, 3, 1 << 24, "amx-tile"),
        ("alderlake--alderlaken-03", 7, 0, 2, 1 << 9, "vaes"),
        ("yongfeng--kx40000-01", 7, 0, 1, 1 << 29, "sha"),
        ("btver2--k16-beema", 1, 0, 2, 1 << 25, "aes"),
        ("bdver1--k15-zambezi8c", 0x8000_0001, 0, 2, 1 << 16, "fma4"),
        ("westmere--eagleton", 1, 0, 2, 1 << 1, "pclmul"),
    ];
    for (name, leaf, sub, register, bits, feature) in cases {
        let mut leaves = fixture(name);
        assert!(detect(&leaves).host.features.iter().any(|f| f == feature) || feature == "pku", "{name}");
        change(&mut leaves, leaf, sub, register, |r| r & !bits);
        let host = detect(&leaves).host;
        assert_eq!(host.microarchitecture, name.split("--").next().unwrap());
        assert!(host.masked.iter().any(|f| f == feature), "{name}: {:?}", host.masked);
        assert!(!host.features.iter().any(|f| f == feature), "{name}");
    }
}

#[test]
fn what_the_system_does_not_enable_is_not_offered() {
    let mut text = String::from("CPU:\n");
    for (leaf, sub, [a, b, c, d]) in fixture("sapphirerapids--sapphirerapids-05") {
        writeln!(text, " 0x{leaf:x} 0x{sub:x}: eax=0x{a:x} ebx=0x{b:x} ecx=0x{c:x} edx=0x{d:x}").unwrap();
    }
    let with = |xcr0: &str| {
        let detected = replay(text.as_bytes(), "t", xcr0.parse().unwrap()).unwrap();
        (detected.host.level.unwrap(), detected.host.features, detected.host.microarchitecture)
    };
    let has = |features: &[String], f: &str| features.iter().any(|x| x == f);
    let (level, features, name) = with("0x3");
    assert_eq!((level.as_str(), name.as_str()), ("x86-64-v2", "sapphirerapids"));
    assert!(!has(&features, "avx") && !has(&features, "vaes") && has(&features, "bmi2"));
    let (level, features, _) = with("7");
    assert_eq!(level, "x86-64-v3");
    assert!(has(&features, "avx2") && !has(&features, "avx512f") && !has(&features, "amx-tile"));
    let (level, features, _) = with("0xe7");
    assert_eq!(level, "x86-64-v4");
    assert!(has(&features, "avx512fp16") && !has(&features, "amx-int8"));
    assert!(has(&with("0x600e7").1, "amx-int8"));
    assert!(has(&with("inferred").1, "amx-int8"));
}

#[test]
fn an_avx_bit_without_osxsave_is_not_enough() {
    let mut leaves = fixture("haswell--haswell2");
    change(&mut leaves, 1, 0, 2, |r| r & !(1 << 27));
    let host = detect(&leaves).host;
    assert_eq!((host.microarchitecture.as_str(), host.level.as_deref()), ("haswell", Some("x86-64-v2")));
}

#[test]
fn unknown_models_of_a_known_vendor_get_the_nearest_safe_name() {
    for (from, signature, expected) in [
        // A further model of the same make.
        ("alderlake--alderlaken-03", 0x000f_06e0, "alderlake"),
        ("arrowlake--arrowlakeh-04", 0x000f_06e0, "arrowlake"),
        ("sapphirerapids--sapphirerapids-05", 0x000f_06e0, "sapphirerapids"),
        ("westmere--eagleton", 0x000f_06e0, "westmere"),
        ("silvermont--silvermont", 0x000f_06e0, "silvermont"),
        // Intel's families 18 and 19 go on where 6 ended.
        ("alderlake--alderlaken-03", 0x003f_0f00, "alderlake"),
        ("sapphirerapids--sapphirerapids-05", 0x004f_0f00, "sapphirerapids"),
        // A family of AMD that nobody has seen.
        ("znver5--k20-strixpoint-07", 0x00c0_0f10, "znver5"),
        ("znver1--k17-zen4", 0x00c0_0f10, "x86-64-v3"),
        // Hygon beyond the models that GCC names.
        ("znver1--hygon-01", 0x0092_0f00, "znver1"),
        // Pentiums of Skylake make lack AVX: by features alone they are Atoms, as in GCC's own cascade.
        ("skylake--skylake4", 0x000f_06e0, "silvermont"),
    ] {
        let mut leaves = fixture(from);
        change(&mut leaves, 1, 0, 0, |_| signature);
        let detected = detect(&leaves);
        assert_eq!(detected.host.microarchitecture, expected, "{from}: {:#?}", detected.reasons);
        assert!(
            detected.reasons.iter().any(|r| r.contains("is not a model of the table")),
            "{:#?}",
            detected.reasons
        );
    }
}

#[test]
fn vendors_nobody_knows_get_their_level() {
    for (vendor, from, expected) in [
        ("GenuineXXXXX", "skylake--skylake-01", "x86-64-v3"),
        ("VirtualApple", "westmere--eagleton", "x86-64-v2"),
        ("MicrosoftXTA", "znver4--k19-raphael-01", "x86-64-v4"),
        ("E2K MACHINE\0", "nocona--p4-cranford", "x86-64"),
        ("\u{1b}[31mevil\u{7}\0", "skylake--skylake-01", "x86-64-v3"),
    ] {
        let mut leaves = fixture(from);
        let bytes: Vec<u8> = vendor.bytes().chain(std::iter::repeat(0)).take(12).collect();
        let vendor = String::from_utf8(bytes).unwrap();
        let [b, d, c] = words(&vendor);
        leaves.iter_mut().filter(|l| l.0 == 0).for_each(|l| l.2 = [l.2[0], b, c, d]);
        let detected = detect(&leaves);
        assert_eq!(detected.host.microarchitecture, expected, "{vendor:?}: {:#?}", detected.reasons);
        let shown = format!("{}{:?}", detected.host.vendor, detected.reasons);
        assert!(shown.chars().all(|c| !c.is_control()), "{shown:?}");
    }
}

#[test]
fn a_corrupted_vendor_is_recognised_by_its_models() {
    for (vendor, from) in
        [("GenuineIotel", "skylake--skylake-01"), ("AuthenticAMF", "znver3--k19-vermeer-00")]
    {
        let mut leaves = fixture(from);
        let [b, d, c] = words(vendor);
        leaves.iter_mut().filter(|l| l.0 == 0).for_each(|l| l.2 = [l.2[0], b, c, d]);
        let detected = detect(&leaves);
        assert_eq!(detected.host.microarchitecture, from.split("--").next().unwrap());
        assert_eq!(detected.host.vendor, vendor);
        assert!(detected.reasons.iter().any(|r| r.contains("wrong")), "{:#?}", detected.reasons);
    }
}

#[test]
fn made_up_cpus_are_called_after_their_level() {
    for (brand, from, expected) in [
        ("QEMU Virtual CPU version 2.5+", "westmere--eagleton", "x86-64-v2"),
        ("Common KVM processor", "nocona--p4-cranford", "x86-64"),
        ("VirtualApple @ 2.50GHz processor", "westmere--eagleton", "x86-64-v2"),
    ] {
        let mut leaves = fixture(from);
        leaves.retain(|l| !(0x8000_0002..=0x8000_0004).contains(&l.0));
        let bytes: Vec<u8> = brand.bytes().chain(std::iter::repeat(0)).take(48).collect();
        for (n, chunk) in bytes.chunks(16).enumerate() {
            let word = |i: usize| u32::from_le_bytes([chunk[i], chunk[i + 1], chunk[i + 2], chunk[i + 3]]);
            leaves.push((0x8000_0002 + n as u32, 0, [word(0), word(4), word(8), word(12)]));
        }
        assert_eq!(detect(&leaves).host.microarchitecture, expected, "{brand}");
    }
}

#[test]
fn thirty_two_bit_vendors_go_by_features() {
    for (vendor, basic, expected) in [
        ("GenuineTMx86", 0x0080_813f, "pentium-mmx"),
        ("TransmetaCPU", 0x0080_813f, "pentiumpro"),
        ("CentaurHauls", 0x0080_01b5, "pentium-mmx"),
        ("CentaurHauls", 0x0780_8135, "pentium4"),
        ("RiseRiseRise", 0x0080_0135, "pentium-mmx"),
        ("SiS SiS SiS ", 0x0000_0101, "pentium"),
        ("Vortex86 SoC", 0x0000_0001, "i486"),
    ] {
        let mut leaves = cpu(vendor, 0x0000_0580, 32);
        change(&mut leaves, 1, 0, 3, |_| basic);
        let host = detect(&leaves).host;
        assert_eq!((host.microarchitecture.as_str(), host.level), (expected, None), "{vendor}");
    }
}

#[test]
fn no_64_bit_cpu_is_called_less_than_x86_64() {
    // Knights Corner has the 64-bit mode and no SSE.
    let mut leaves = cpu("GenuineIntel", 0x000b_0b11, 64);
    change(&mut leaves, 1, 0, 3, |_| 0x0000_8111);
    let host = detect(&leaves).host;
    assert_eq!((host.microarchitecture.as_str(), host.level), ("x86-64", None));
}

#[test]
fn a_dump_without_extended_leaves_is_still_of_a_64_bit_cpu() {
    for name in ["skylake--skylake-01", "znver3--k19-vermeer-00", "silvermont--silvermont"] {
        let mut leaves = fixture(name);
        leaves.retain(|l| l.0 < 0x8000_0000);
        let detected = detect(&leaves);
        assert_eq!(detected.host.microarchitecture, name.split("--").next().unwrap());
        // What those leaves tell is missing: the level is what is left.
        assert_eq!(
            (detected.arch.as_str(), detected.host.level.as_deref()),
            ("x86_64", Some("x86-64")),
            "{name}"
        );
    }
    // Cut between the leaf that counts the extended ones and the one that tells of the 64-bit mode.
    let mut leaves = fixture("znver3--k19-vermeer-00");
    leaves.retain(|l| l.0 <= 0x8000_0000);
    let cut = detect(&leaves);
    assert_eq!((cut.arch.as_str(), cut.host.microarchitecture.as_str()), ("x86_64", "znver3"));
    let old =
        detect(&vec![(0, 0, [2, 0x756e_6547, 0x6c65_746e, 0x4965_6e69]), (1, 0, [0x683, 0, 0, 0x0383_fbff])]);
    assert_eq!((old.arch.as_str(), old.host.microarchitecture.as_str()), ("i686", "pentium3"));
}

#[test]
fn how_the_text_was_saved_makes_no_difference() {
    let mut text = String::from("Some tool 1.2\n\n------[ Logical CPU #0 ]------\n\n");
    for (leaf, sub, [a, b, c, d]) in fixture("alderlake--alderlaken-03") {
        writeln!(text, "  CPUID {leaf:08X}: {a:08X}-{b:08X}-{c:08X}-{d:08X} [SL {sub:02X}]").unwrap();
    }
    let told = |bytes: &[u8]| replay(bytes, "t", Xcr0::Supported).unwrap().host;
    let plain = told(text.as_bytes());
    assert_eq!(plain.microarchitecture, "alderlake");
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (how, bytes) in [
        ("CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("a mark", format!("\u{feff}{text}").into_bytes()),
        ("UTF-16", wide(&text)),
        ("UTF-16 with a mark", wide(&format!("\u{feff}{text}"))),
        ("tabs", text.replace(": ", "\t").into_bytes()),
        ("blanks", text.replace('-', " ").replace("[ Logical CPU #0 ]", "-[ Logical CPU #0 ]-").into_bytes()),
        ("nothing between", text.replace(": ", "").into_bytes()),
        ("small letters", text.to_lowercase().into_bytes()),
        ("capitals", text.to_uppercase().into_bytes()),
        ("the line ends of an old Macintosh", text.replace('\n', "\r").into_bytes()),
        ("what follows", format!("{text}\nMSR 00000001: 0000-0000-0000-0000\n\u{1a}junk").into_bytes()),
        ("no last newline", text.trim_end().as_bytes().to_vec()),
    ] {
        assert_eq!(told(&bytes), plain, "{how}");
    }
}

#[test]
fn a_dump_that_ends_early_keeps_its_name() {
    let mut text = String::from("CPU 0:\n");
    for (leaf, sub, [a, b, c, d]) in fixture("sapphirerapids--sapphirerapids-05") {
        writeln!(
            text,
            "   0x{leaf:08x} 0x{sub:02x}: eax=0x{a:08x} ebx=0x{b:08x} ecx=0x{c:08x} edx=0x{d:08x}"
        )
        .unwrap();
    }
    let whole = replay(text.as_bytes(), "t", Xcr0::Supported).unwrap().host;
    for end in (0..text.len()).step_by(11).chain(text.match_indices('\n').map(|(at, _)| at + 1)) {
        match replay(&text.as_bytes()[..end], "t", Xcr0::Supported) {
            Err(error) => assert!(text[..end].matches("eax=").count() < 3, "{end}: {error}"),
            Ok(cut) => {
                assert_eq!(cut.host.microarchitecture, "sapphirerapids", "{end}");
                // A line that is cut may hold a shorter number.
                let known = |f: &String| whole.features.contains(f);
                assert!(!text[..end].ends_with('\n') || cut.host.features.iter().all(known), "{end}");
            }
        }
    }
}
