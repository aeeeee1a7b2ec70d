//! Each file of tests/hosts is a host: its name begins with the microarchitecture, and it holds register values and the
//! answers. The registers go through the real parsers, written in the form of each tool.

use hwtune::host::{Detected, Xcr0, replay};
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Fixture {
    xcr0: String,
    expected: Expected,
    cpu: Vec<Group>,
}

#[derive(Deserialize)]
struct Expected {
    microarchitecture: String,
    level: String,
    vendor: String,
    family: u32,
    model: u32,
    stepping: u32,
    cpu: String,
    codename: String,
    hypervisor: String,
    cores: u32,
    threads: u32,
    features: Vec<String>,
    masked: Vec<String>,
    core_kinds: Vec<String>,
    caches: Vec<String>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default = "one")]
    count: usize,
    /// Where it is not one for each logical CPU.
    cores: Option<usize>,
    #[serde(default)]
    kind: String,
    leaves: String,
}

fn one() -> usize {
    1
}

type Leaf = (u32, u32, [u32; 4]);

fn leaves(group: &Group) -> Vec<Leaf> {
    let hex = |t: &str| u32::from_str_radix(t, 16).unwrap();
    group
        .leaves
        .lines()
        .map(|line| {
            let (place, registers) = line.split_once(' ').unwrap();
            let (leaf, subleaf) = place.split_once('.').unwrap();
            let registers: Vec<u32> = registers.split(' ').map(hex).collect();
            (hex(leaf), hex(subleaf), registers.try_into().unwrap())
        })
        .collect()
}

/// The logical CPUs of a fixture, each with its core and note.
fn cpus(fixture: &Fixture) -> Vec<(usize, &str, Vec<Leaf>)> {
    let mut first = 0;
    let mut all = Vec::new();
    for group in &fixture.cpu {
        let cores = group.cores.unwrap_or(group.count);
        let core = |n: usize| first + n * cores / group.count;
        all.extend((0..group.count).map(|n| (core(n), group.kind.as_str(), leaves(group))));
        first += cores;
    }
    all
}

/// The fixture as a tool would have written it.
fn write(fixture: &Fixture, tool: &str) -> String {
    let mut text = String::new();
    for (n, (core, kind, leaves)) in cpus(fixture).into_iter().enumerate() {
        let note = format!("allcpu: Package 0 / Core {core} / Thread 0: Valid, {kind}\n");
        match tool {
            "aida64" => write!(text, "------[ CPUID Registers / Logical CPU #{n} ]------\n\n{note}\n"),
            "everest" => write!(text, "------[ Logical CPU #{n} ]------\n{note}"),
            "registers" => writeln!(text, "CPUID Registers (CPU #{n}):"),
            "affmask" => writeln!(text, "CPU#{n:03} AffMask: 0x{:x}", 1u64 << (n % 64)),
            "cpuid" if fixture.cpu.len() == 1 && fixture.cpu[0].count == 1 => writeln!(text, "CPU:"),
            "cpuid" => writeln!(text, "CPU {n}:"),
            "hwloc" => writeln!(text, "# mask e[abcd]x => e[abcd]x"),
            _ => Ok(()),
        }
        .unwrap();
        for (leaf, sub, [a, b, c, d]) in leaves {
            match tool {
                "cpuid" => writeln!(
                    text,
                    "   0x{leaf:08x} 0x{sub:02x}: eax=0x{a:08x} ebx=0x{b:08x} ecx=0x{c:08x} edx=0x{d:08x}"
                ),
                "hwloc" => writeln!(text, "5 {leaf:x} 0 {sub:x} 0 => {a:x} {b:x} {c:x} {d:x}"),
                "bare" => writeln!(text, "CPUID {leaf:08X} : {a:08X} {b:08X} {c:08X} {d:08X} [SL {sub:02X}]"),
                "affmask" => {
                    writeln!(text, "CPUID {leaf:08X}\t{a:08X}-{b:08X}-{c:08X}-{d:08X} [SL {sub:02X}]\r")
                }
                _ => writeln!(text, "CPUID {leaf:08X}: {a:08X}-{b:08X}-{c:08X}-{d:08X} [SL {sub:02X}] [x]"),
            }
            .unwrap();
        }
    }
    if tool == "aida64" {
        text += "------[ All CPUs ]------\nCPUID 00000000: 00000001-00000000-00000000-00000000\n";
    }
    text
}

fn fixtures() -> Vec<(PathBuf, Fixture)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let fixture = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            (path, fixture)
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() >= 39, "fixtures are missing");
    found
}

fn compare(place: &str, detected: &Detected, expected: &Expected) {
    let host = &detected.host;
    assert_eq!(host.microarchitecture, expected.microarchitecture, "{place}: {:#?}", detected.reasons);
    assert_eq!(host.level.as_deref().unwrap_or_default(), expected.level, "{place}");
    assert_eq!(host.vendor, expected.vendor, "{place}");
    let signature = (expected.family, expected.model, expected.stepping);
    assert_eq!((host.family, host.model, host.stepping), signature, "{place}");
    assert_eq!((&host.cpu, &detected.codename), (&expected.cpu, &expected.codename), "{place}");
    assert_eq!(host.features, expected.features, "{place}");
    assert_eq!(host.masked, expected.masked, "{place}");
    assert_eq!(detected.system.hypervisor, expected.hypervisor, "{place}");
    let caches = host.caches.iter().map(|c| format!("L{} {} {} KiB", c.level, c.kind, c.kib));
    assert_eq!(caches.collect::<Vec<_>>(), expected.caches, "{place}");
    assert!(!detected.reasons.is_empty(), "{place}");
}

#[test]
fn each_host_in_each_form() {
    for (path, fixture) in fixtures() {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = stem.split("--").next().unwrap();
        assert_eq!(name, fixture.expected.microarchitecture, "{stem}: the file's name is the answer");
        for tool in ["aida64", "everest", "registers", "affmask", "bare", "cpuid", "hwloc"] {
            let place = format!("{stem} by {tool}");
            let text = write(&fixture, tool);
            let detected = replay(text.as_bytes(), &place, fixture.xcr0.parse().unwrap()).unwrap();
            compare(&place, &detected, &fixture.expected);
            assert_eq!(detected.host.threads, fixture.expected.threads, "{place}");
            if matches!(tool, "aida64" | "everest") {
                let kinds = detected.host.core_kinds.iter().map(|k| format!("{} {}", k.cpus, k.kind));
                assert_eq!(kinds.collect::<Vec<_>>(), fixture.expected.core_kinds, "{place}");
                assert_eq!(detected.host.cores, fixture.expected.cores, "{place}");
            }
        }
    }
}

/// Kernels of 2026 show flags that older ones do not: where they are, they tell; where not, nothing is masked for it.
#[test]
fn flags_that_newer_kernels_show() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/raw/arrowlake-s--cpuinfo-newer.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let newer = [
        "avx_ifma",
        "avx_ne_convert",
        "avx_vnni_int8",
        "avx_vnni_int16",
        "cmpccxadd",
        "sha512",
        "sm3",
        "sm4",
    ];
    let told = |text: &str| hwtune::host::cpuinfo(text.as_bytes(), "t").unwrap().host;
    let with = told(&text);
    for option in
        ["avxifma", "avxneconvert", "avxvnniint8", "avxvnniint16", "cmpccxadd", "sha512", "sm3", "sm4"]
    {
        assert!(with.features.iter().any(|f| f == option), "{option}");
    }
    let kept: Vec<&str> = text.split(' ').filter(|word| !newer.contains(word)).collect();
    let without = told(&kept.join(" "));
    assert_eq!(without.features.len() + newer.len(), with.features.len());
    assert_eq!((&without.masked, &with.masked), (&vec!["sgx".to_string()], &vec!["sgx".to_string()]));
}

/// Files as tools really write them: the name begins with the microarchitecture.
#[test]
fn each_raw_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hosts/raw");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let detected = match stem.contains("cpuinfo") {
            true => hwtune::host::cpuinfo(&bytes, &stem),
            false => replay(&bytes, &stem, Xcr0::Supported),
        };
        let detected = detected.unwrap_or_else(|e| panic!("{stem}: {e}"));
        assert_eq!(stem.split("--").next().unwrap(), detected.host.microarchitecture, "{stem}");
        assert!(!detected.host.features.is_empty(), "{stem}");
        seen += 1;
    }
    assert!(seen >= 15, "raw files are missing");
}
