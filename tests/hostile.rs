//! No input makes a parser panic, hang or grow without bound.

use hwtune::catalogue::{Catalogue, check_table};
use hwtune::host::{Detected, HostError, Xcr0, cpuinfo, replay};
use hwtune::profile;
use hwtune::render::{Options, Target, render_target};
use hwtune::rollout::{imported, parse_state};
use proptest::prelude::*;
use std::path::Path;

/// Fixtures of every form that a parser reads.
fn seeds() -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/hosts/raw", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut seeds: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    seeds.push(b"------[ CPUID Registers / Logical CPU #0 ]------\nallcpu: Package 0 / Core 0 / Thread 0: Valid, Intel Atom\n\
        CPUID 00000000: 0000000D-756E6547-6C65746E-49656E69 [GenuineIntel]\n\
        CPUID 00000001: 000506E3-00100800-7FFAFBBF-BFEBFBFF\nCPUID 00000007: 00000000-029C67AF-00000000-00000000 [SL 00]\n\
        CPUID 80000001: 00000000-00000000-00000121-2C100800\n------[ All CPUs ]------\n".to_vec());
    seeds
}

fn sane(result: Result<Detected, HostError>) {
    match result {
        Err(error) => assert!(!error.to_string().contains('\n'), "an error is one line: {error}"),
        Ok(detected) => {
            let host = &detected.host;
            assert!(!host.microarchitecture.is_empty());
            let wide = detected.arch == "x86_64";
            assert!(!wide || !matches!(host.microarchitecture.as_str(), "i386" | "i486"));
            assert!(host.features.is_sorted() && host.masked.is_sorted());
            assert!(host.features.iter().all(|f| !host.masked.contains(f)));
            assert!(host.cores <= 8192 && host.threads <= 8192);
            let shown =
                format!("{}{}{}{:?}", host.cpu, host.vendor, detected.system.hypervisor, detected.reasons);
            assert!(shown.chars().all(|c| !c.is_control()), "{shown:?}");
            serde_json::to_string(&detected).unwrap();
            toml::to_string(host).unwrap();
        }
    }
}

fn every_way(bytes: &[u8]) {
    for xcr0 in [Xcr0::Supported, Xcr0::Inferred, Xcr0::Value(u64::MAX)] {
        sane(replay(bytes, "input", xcr0));
    }
    sane(cpuinfo(bytes, "input"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_mean_nothing(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        every_way(&bytes);
    }

    #[test]
    fn words_of_the_formats_in_any_order(words in prop::collection::vec(prop::sample::select(vec![
        "CPUID ", "00000000", "80000000", "FFFFFFFF", ": ", "-", " ", "\n", "[SL FF]", "[SL ", "]", "CPU 0:\n", "CPU:\n", "0x", "0x7 0x1: ",
        "eax=0xffffffff ", "ebx=", "ecx=0x1 ", "edx=0x2 ", "basic_cpuid[", "99999999999]=", "7]=", "=> ", "5 7 0 1 0 ", "# mask\n",
        "allcpu: Package 99999999999 / Core ", "processor : 0\n", "flags : lm sse2\n", "cpu family : 6\n", "model : 0x\n", "cpu : POWER",
        "CPU implementer : 0x41\n", "isa : rv64g\n", "hart : 1\n", "\u{1b}[31m", "\0",
    ]), 0..200)) {
        every_way(words.concat().as_bytes());
    }

    #[test]
    fn dumps_with_bytes_changed(which in 0usize..64, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let seeds = seeds();
        let mut bytes = seeds[which % seeds.len()].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        every_way(&bytes);
    }

    #[test]
    fn dumps_cut_repeated_and_put_together(which in prop::collection::vec(0usize..64, 1..4), cuts in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index, u8)>(), 1..8)) {
        let seeds = seeds();
        let mut bytes: Vec<u8> = which.iter().flat_map(|w| seeds[w % seeds.len()].clone()).collect();
        for (from, to, what) in cuts {
            if bytes.is_empty() {
                break;
            }
            let (a, b) = (from.index(bytes.len()), to.index(bytes.len()));
            let piece = bytes[a.min(b)..a.max(b)].to_vec();
            match what % 3 {
                0 => drop(bytes.drain(a.min(b)..a.max(b))),
                1 if bytes.len() < 1 << 20 => bytes.extend(piece),
                _ => bytes.truncate(a.max(b)),
            }
        }
        every_way(&bytes);
    }

    #[test]
    fn dumps_with_registers_changed(registers in prop::collection::vec(any::<[u32; 4]>(), 24), at in any::<[bool; 24]>()) {
        let leaves = [
            (0u32, 0u32), (1, 0), (4, 0), (4, 1), (4, 3), (7, 0), (7, 1), (0xb, 0), (0xb, 1), (0xd, 0), (0xd, 1), (0xd, 2), (0x14, 0),
            (0x19, 0), (0x1a, 0), (0x1e, 1), (0x24, 0), (0x4000_0000, 0), (0x8000_0000, 0), (0x8000_0001, 0), (0x8000_0002, 0),
            (0x8000_0008, 0), (0x8000_001d, 0), (0x8000_0026, 0),
        ];
        let mut text = String::from("CPU 0:\n   0x00000000 0x00: eax=0x00000024 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n");
        for (((leaf, sub), [a, b, c, d]), _) in leaves.iter().zip(registers).zip(at).filter(|(_, there)| *there).skip(1) {
            text += &format!("   0x{leaf:08x} 0x{sub:02x}: eax=0x{a:08x} ebx=0x{b:08x} ecx=0x{c:08x} edx=0x{d:08x}\n");
        }
        every_way(text.as_bytes());
    }
}

#[test]
fn what_is_too_long_is_cut() {
    let leaf = "CPUID 00000000: 00000001-0-0-0\nCPUID 00000001: 00000543-0-0-0\n";
    let many = replay(leaf.repeat(20_000).as_bytes(), "t", Xcr0::Supported).unwrap();
    assert!(many.host.threads <= 8192);
    let subleaves = format!("{leaf}{}", "CPUID 00000004: 00000021-0-0-0\n".repeat(100_000));
    sane(replay(subleaves.as_bytes(), "t", Xcr0::Supported));
    sane(cpuinfo("processor : 0\nflags : lm\ncpu family : 6\nmodel : 1\n\n".repeat(20_000).as_bytes(), "t"));
}

#[test]
fn what_nests_without_end_is_refused_and_breaks_no_stack() {
    let given = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profiles/measured.toml");
    let (profile, catalogue) = (&profile::read(&given).unwrap(), &Catalogue::load(None).unwrap());
    let one_line = |error: String| assert!(!error.contains('\n'), "an error is one line: {error}");
    let dir = tempfile::tempdir().unwrap();
    let long = |piece: &str, size: usize| piece.repeat(size / piece.len());
    for piece in ["-", "not ", "a.", "a|line|", "1+", "1 if 1 else ", "(", "["] {
        let text = format!(
            "{{#-\ntitle = \"x\"\nfile = \"x\"\nsyntax = \"text\"\n-#}}\n{{{{ {}1 }}}}",
            long(piece, 128 << 10)
        );
        let target = Target::parse("mine", &text, "mine.j2").unwrap();
        if let Err(error) = render_target(profile, catalogue, &target, &Options::default()) {
            one_line(error.to_string());
        }
    }
    let path = dir.path().join("default.nix");
    for piece in [
        "[", "-", "!", "a.", "a ++ ", "a // ", "1 + ", "a -> ", "f ", "a or ", "a ? ", "(", "if ", "x: ",
        "with x; ", "{a=",
    ] {
        for size in [30_000, 500_000] {
            std::fs::write(&path, long(piece, size) + "1").unwrap();
            let error = imported(&path).unwrap_err().to_string();
            let refused = error.contains("too deeply") || error.contains("recursion limit");
            assert!(error.contains("default.nix: ") && refused, "{piece}: {error}");
        }
    }
    // As long as may be, again and again.
    std::fs::write(&path, format!("{{ {} }}", format!("a = {}b; ", "f ".repeat(400)).repeat(50))).unwrap();
    assert_eq!(imported(&path).unwrap().files, 1);
    std::fs::write(&path, " ".repeat(600_000)).unwrap();
    assert!(imported(&path).unwrap_err().to_string().contains("larger than 524288 bytes"));
    for text in [
        "a=".to_string() + &long("[", 1 << 20),
        "a=".to_string() + &long("{a=", 1 << 20),
        long("a.", 1 << 20) + "a=1",
    ] {
        one_line(profile::parse(&text, "p").unwrap_err().to_string());
        one_line(parse_state(Path::new("s"), &text).unwrap_err().to_string());
        one_line(check_table("flags.toml", &text).unwrap_err().to_string());
    }
}
