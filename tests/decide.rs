//! The decision, asked of whatever compilers are installed here.

use hwtune::host::Detected;
use hwtune::toolchain::{self, Compiler, Family, MarchChoice};

fn host(arch: &str, microarchitecture: &str, level: Option<&str>, features: &str) -> Detected {
    let mut host = Detected { arch: arch.into(), ..Detected::default() };
    host.host.microarchitecture = microarchitecture.into();
    host.host.level = level.map(String::from);
    host.host.features = features.split_whitespace().map(String::from).collect();
    host
}

const ZEN4: &str = "abm adx aes avx avx2 avx512bf16 avx512bitalg avx512bw avx512cd avx512dq avx512f avx512ifma \
    avx512vbmi avx512vbmi2 avx512vl avx512vnni avx512vpopcntdq bmi bmi2 clflushopt clwb clzero cx16 f16c fma fsgsbase \
    fxsr gfni lzcnt mmx movbe pclmul popcnt prfchw rdpid rdrnd rdseed sahf sha sse sse2 sse3 sse4.1 sse4.2 sse4a ssse3 \
    vaes vpclmulqdq xsave xsavec xsaveopt xsaves";

/// A Skylake Pentium: the full name, but no AVX.
const PENTIUM_G4400: &str = "abm aes clflushopt cx16 fsgsbase fxsr lzcnt mmx movbe pclmul popcnt prfchw rdrnd rdseed \
    sahf sse sse2 sse3 sse4.1 sse4.2 ssse3 xsave xsavec xsaveopt xsaves";

fn compilers() -> Vec<Compiler> {
    toolchain::use_cache(false);
    toolchain::installed(None).unwrap_or_default()
}

fn ask(compiler: &Compiler, host: &Detected) -> MarchChoice {
    toolchain::decide(host, compiler, false).unwrap_or_else(|e| panic!("{}: {e}", compiler.id()))
}

#[test]
fn zen_4_guest() {
    let host = host("x86_64", "znver4", Some("x86-64-v4"), ZEN4);
    for compiler in compilers() {
        let choice = ask(&compiler, &host);
        assert!(choice.verified);
        let knows_it = match compiler.family {
            Family::Gcc => compiler.major >= 13,
            Family::Clang => compiler.major >= 16,
        };
        if compiler.family == Family::Gcc && compiler.major == 12 && !compiler.version.starts_with("12.2") {
            continue; // From 12.3 on it knows znver4.
        }
        if knows_it {
            assert_eq!(
                (choice.march.as_str(), choice.mtune.as_str()),
                ("znver4", "znver4"),
                "{}",
                compiler.id()
            );
            assert!(choice.add.is_empty() && choice.drop.is_empty(), "{choice:?}");
        } else {
            assert_eq!(
                (choice.march.as_str(), choice.mtune.as_str()),
                ("znver3", "znver3"),
                "{}",
                compiler.id()
            );
            let set = "bf16 bitalg bw cd dq f ifma vbmi vbmi2 vl vnni vpopcntdq";
            let mut expected: Vec<String> = set.split(' ').map(|x| format!("-mavx512{x}")).collect();
            expected.push("-mgfni".into());
            assert_eq!(choice.add, expected, "{}", compiler.id());
            assert!(choice.drop.is_empty(), "{choice:?}");
        }
        if compiler.family == Family::Gcc && !knows_it {
            assert_eq!(choice.inert, ["-mno-mwaitx", "-mno-pku", "-mno-wbnoinvd"]);
        }
    }
}

#[test]
fn name_without_avx() {
    let host = host("x86_64", "skylake", Some("x86-64-v2"), PENTIUM_G4400);
    for compiler in compilers() {
        let choice = ask(&compiler, &host);
        assert_eq!((choice.march.as_str(), choice.mtune.as_str()), ("skylake", "skylake"));
        assert!(choice.drop.iter().any(|d| d == "-mno-avx2"), "{}: {choice:?}", compiler.id());
        assert!(choice.add.is_empty(), "{}: {choice:?}", compiler.id());
        if compiler.family == Family::Gcc {
            let expected = "adx avx avx2 bmi bmi2 f16c fma";
            let expected: Vec<String> = expected.split(' ').map(|x| format!("-mno-{x}")).collect();
            assert_eq!(choice.drop, expected);
        }
    }
}

/// FMA4 brings SSE4A and does not stay without it: neither is to be spoken of where the CPU has the first alone.
#[test]
fn what_cannot_be_had_leaves_nothing_behind() {
    let host = host("x86_64", "skylake", Some("x86-64-v2"), &format!("{PENTIUM_G4400} avx fma4"));
    for compiler in compilers().iter().filter(|c| c.family == Family::Gcc) {
        let choice = ask(compiler, &host);
        let said = [&choice.add[..], &choice.drop, &choice.inert].concat();
        assert!(!said.iter().any(|o| o.contains("fma4") || o.contains("sse4a")), "{said:?}");
        let reason = choice.reasons.iter().find(|r| r.starts_with("fma4 is left out"));
        assert!(reason.is_some(), "{:#?}", choice.reasons);
    }
}

#[test]
fn psabi_level_for_a_cpu_that_nobody_knows() {
    let host = host(
        "x86_64",
        "x86-64",
        Some("x86-64"),
        "aes cx16 fxsr mmx pclmul popcnt prfchw sahf sse sse2 sse3 sse4.1 ssse3",
    );
    for compiler in compilers() {
        let choice = ask(&compiler, &host);
        assert_eq!(
            (choice.march.as_str(), choice.mtune.as_str()),
            ("x86-64", "generic"),
            "{}",
            compiler.id()
        );
        let expected = "aes cx16 pclmul popcnt prfchw sahf sse3 sse4.1 ssse3";
        let expected: Vec<String> = expected.split(' ').map(|x| format!("-m{x}")).collect();
        assert_eq!(choice.add, expected, "{}", compiler.id());
    }
}

#[test]
fn cpu_without_long_mode() {
    let host = host("i686", "athlon", None, "3dnow mmx");
    for compiler in compilers() {
        let choice = ask(&compiler, &host);
        assert_eq!((choice.march.as_str(), choice.mtune.as_str()), ("athlon", "athlon"), "{}", compiler.id());
    }
}

#[test]
fn cpu_of_another_kind_is_refused_in_one_line() {
    let host = host("aarch64", "cortex-a72", None, "");
    for compiler in compilers().iter().filter(|c| c.arch() == "x86_64") {
        let error = toolchain::decide(&host, compiler, false).unwrap_err().to_string();
        assert!(error.contains("the CPU is aarch64") && !error.contains('\n'), "{error}");
    }
}

/// The cross compiler of Debian's gcc-aarch64-linux-gnu; asked in the full check alone, hundreds of times.
fn aarch64_gcc() -> Option<Compiler> {
    if !std::env::var("HWTUNE_FULL").is_ok_and(|v| v == "yes") {
        return None;
    }
    toolchain::use_cache(false);
    let path =
        which::which("aarch64-linux-gnu-gcc").inspect_err(|_| eprintln!("no aarch64-linux-gnu-gcc here"));
    path.ok().map(|p| Compiler::ask(&p).unwrap())
}

/// The names that gcc itself lists when it is given one that is none.
fn mcpus(gcc: &Compiler) -> Vec<String> {
    let mut command = std::process::Command::new(&gcc.path);
    let answer =
        command.args(["-mcpu=none", "-E", "-x", "c", "/dev/null"]).env("LC_ALL", "C").output().unwrap();
    let text = String::from_utf8(answer.stderr).unwrap();
    let list = text.split_once("valid arguments are: ").unwrap().1.lines().next().unwrap();
    list.split([' ', ';']).map(String::from).collect()
}

/// The answer for each part of arm.toml is the first of the name and what it descends from that gcc lists.
#[test]
fn each_arm_part_has_an_answer() {
    let Some(gcc) = aarch64_gcc() else { return };
    let known = mcpus(&gcc);
    assert!(known.len() > 60, "{known:?}");
    let table: toml::Table = include_str!("../probes/arm.toml").parse().unwrap();
    let text = |row: &toml::Value, key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or("").to_string();
    let rows = table["core"].as_array().unwrap();
    let mut answers = 0;
    for row in rows.iter().filter(|r| !["armv6", "armv7-a"].contains(&text(r, "arch").as_str())) {
        let number = |key: &str| row.get(key).and_then(toml::Value::as_integer).unwrap_or(0);
        let cpuinfo = format!(
            "processor : 0\nFeatures :\nCPU implementer : {:#04x}\nCPU architecture: 8\nCPU variant : {:#x}\n\
             CPU part : {:#05x}\nCPU revision : 0\n",
            number("implementer"),
            number("variant"),
            number("part")
        );
        let host = hwtune::host::cpuinfo(cpuinfo.as_bytes(), "row").unwrap();
        assert_eq!(host.names.gcc, text(row, "name"));
        let mut name = text(row, "name");
        while !name.is_empty() && !known.contains(&name) {
            name = rows.iter().find(|r| text(r, "name") == name).map(|r| text(r, "descends")).unwrap();
        }
        let expected = if name.is_empty() { "generic" } else { &name };
        let choice = ask(&gcc, &host);
        assert_eq!((choice.option.as_str(), choice.march.as_str()), ("-mcpu", expected), "{cpuinfo}");
        answers += 1;
    }
    assert!(answers > 100, "{answers}");
}

/// What an ancestor implies and the host lacks is taken off again, what the host has beyond it is put on.
#[test]
fn an_ancestor_implies_no_more_than_the_host_has() {
    let Some(gcc) = aarch64_gcc() else { return };
    let base = "aes crc dotprod flagm fp fp16 lse rcpc rdma sha2 simd ssbs";
    for (name, features) in [
        ("c1-ultra", base.to_string()),
        ("rigel", base.to_string()),
        ("cobalt-100", format!("{base} bf16 i8mm sve sve2")),
        ("apple-m4", format!("{base} bf16 i8mm sme")),
    ] {
        let choice = ask(&gcc, &host("aarch64", name, None, &features));
        let mut command = std::process::Command::new(&gcc.path);
        command.args([&format!("-mcpu={}", choice.march), "-dM", "-E", "-x", "c", "/dev/null"]);
        let macros = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(macros.contains("__aarch64__"), "{}: {macros}", choice.march);
        let has = |feature: &str| macros.contains(&format!("__ARM_FEATURE_{feature} 1"));
        for (word, feature) in
            [("sve2", "SVE2"), ("sve", "SVE"), ("bf16", "BF16_VECTOR_ARITHMETIC"), ("i8mm", "MATMUL_INT8")]
        {
            let offered = features.split(' ').any(|f| f == word);
            assert_eq!(has(feature), offered, "{name}: {word} under {}", choice.march);
        }
        // What no compiler writes into ordinary code, as memory tagging, a name may promise.
        assert!(has("CRC32") && has("DOTPROD"), "{name}: {}", choice.march);
    }
}

/// A kernel that does not show a feature tells nothing of it: what the CPU's name turns on stays, and nothing is added.
#[test]
fn what_a_source_does_not_tell_is_neither_put_on_nor_taken_off() {
    let row = hwtune::catalogue::microarchitectures().unwrap().get("arrowlake-s").unwrap();
    let untold = ["avxifma", "avxvnniint8", "cmpccxadd", "hreset", "sha512"];
    let shown: Vec<&str> = row.features.iter().map(String::as_str).filter(|f| !untold.contains(f)).collect();
    let mut arrow = host("x86_64", "arrowlake-s", Some("x86-64-v3"), &shown.join(" "));
    arrow.unknown = untold.map(String::from).to_vec();
    for spec in ["gcc@14", "gcc@12", "clang@19"] {
        let choice = hwtune::toolchain::decide_for(&arrow, spec).unwrap();
        let written = [&choice.add[..], &choice.drop, &choice.inert].concat().join(" ");
        for feature in untold {
            assert!(!written.contains(feature), "{spec}: {written}");
        }
    }
    // What is known to be missing is taken off.
    arrow.unknown.clear();
    let choice = hwtune::toolchain::decide_for(&arrow, "gcc@14").unwrap();
    assert!(choice.drop.contains(&"-mno-avxifma".to_string()), "{choice:?}");
}

/// Other architectures than x86 have tables of their own, or are said to have none.
#[test]
fn tables_for_other_architectures() {
    let pi = host("aarch64", "cortex-a72", None, "crc fp simd");
    let told = |spec: &str| hwtune::toolchain::decide_for(&pi, spec).unwrap();
    for major in 12..=16 {
        assert_eq!(told(&format!("gcc@{major}")).march_flags(), ["-mcpu=cortex-a72"]);
    }
    for major in 14..=22 {
        let flags = told(&format!("clang@{major}")).march_flags();
        assert!(flags[0].starts_with("-mcpu=cortex-a72+noaes"), "clang {major}: {flags:?}");
    }
    assert!(hwtune::toolchain::decide_for(&pi, "gcc@11").unwrap_err().to_string().contains("gcc 12 to 16"));
    let other = hwtune::toolchain::decide_for(&host("riscv64", "rv64", None, "a c"), "gcc@14").unwrap();
    assert!(other.untabled && other.reasons[0].contains("none for riscv64"), "{other:?}");
}
