//! No name that a host gets turns on more than the host offers, as rustc itself says.

use hwtune::host::{Detected, cpuinfo};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Flags of /proc/cpuinfo behind the features of rustc that compilers write into programs, from probes/arm.toml.
fn arm() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join("probes/arm.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut found = Vec::new();
    for (name, row) in table["extension"].as_table().unwrap() {
        let words = |key: &str| row.get(key).and_then(|v| v.as_str()).unwrap_or_default().split_whitespace();
        if row.get("reach").is_none() && !["fp", "simd"].contains(&name.as_str()) {
            found.extend(words("rust").map(|f| (f.to_string(), words("flags").map(String::from).collect())));
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).into()
}

fn detect(path: &Path) -> Detected {
    cpuinfo(&std::fs::read(path).unwrap(), "t").unwrap()
}

/// What is on under a name and the features beside it; `None` where rustc does not take them.
fn asked(target: &str, host: &Detected) -> Option<BTreeSet<String>> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args(["--print", "cfg", "--target", target]).env("RUSTC_BOOTSTRAP", "1");
    command.arg(format!("-Ctarget-cpu={}", host.names.rust));
    if !host.names.rust_features.is_empty() {
        command.arg(format!("-Ctarget-feature={}", host.names.rust_features));
    }
    let answer = command.output().ok().filter(|answer| answer.status.success())?;
    let complaint = String::from_utf8_lossy(&answer.stderr).contains("not a recognized processor");
    assert!(!complaint, "rustc does not know {}", host.names.rust);
    let text = String::from_utf8(answer.stdout).unwrap();
    let features = text.lines().filter_map(|l| l.strip_prefix("target_feature=\"")?.strip_suffix('"'));
    Some(features.map(String::from).collect())
}

#[test]
fn rustc_turns_on_no_more_than_an_arm_offers() {
    let (rows, mut seen) = (arm(), 0);
    for entry in std::fs::read_dir(root().join("tests/hosts/raw")).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        if !text.contains("CPU implementer") {
            continue;
        }
        let host = detect(&path);
        let Some(on) = asked("aarch64-unknown-linux-gnu", &host) else { return };
        let lines = text.lines().filter_map(|l| l.strip_prefix("Features")?.split_once(':'));
        let flags: Vec<BTreeSet<&str>> = lines.map(|(_, f)| f.split_whitespace().collect()).collect();
        for (feature, needs) in &rows {
            let offered = flags.iter().all(|f| needs.iter().all(|need| f.contains(need.as_str())));
            assert!(offered || !on.contains(feature), "{}: {feature} is on", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn rustc_knows_the_names_of_other_architectures() {
    for (file, target, feature, is_on) in [
        ("sifive-u74--cpuinfo-riscv-visionfive2", "riscv64gc-unknown-linux-gnu", "v", false),
        ("rv64--cpuinfo-riscv-draft-vectors", "riscv64gc-unknown-linux-gnu", "v", false),
        ("xt-c910--cpuinfo-riscv-old-kernel", "riscv64gc-unknown-linux-gnu", "v", false),
        ("spacemit-x60--cpuinfo-riscv-no-uarch", "riscv64gc-unknown-linux-gnu", "v", true),
        ("power11--cpuinfo-ppc64le-architected", "powerpc64le-unknown-linux-gnu", "vsx", true),
        ("la464--cpuinfo-loongarch-3a5000", "loongarch64-unknown-linux-gnu", "lasx", true),
    ] {
        let host = detect(&root().join(format!("tests/hosts/raw/{file}.txt")));
        let Some(on) = asked(target, &host) else { return };
        assert_eq!(on.contains(feature), is_on, "{file}: {on:?}");
    }
}

/// What clang and rustc turn on for LoongArch cores, with and without their vectors. The compilers are wrapped, so that
/// they are for that architecture as a cross compiler is.
#[test]
fn compilers_turn_on_no_more_than_a_loongarch_offers() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let text =
        std::fs::read_to_string(root().join("tests/hosts/raw/la464--cpuinfo-loongarch-3a5000.txt")).unwrap();
    for (clang, newer) in [("clang-16", "la464"), ("clang-19", "la664")] {
        let Ok(real) = which::which(clang) else { continue };
        let wrapper = folder.path().join(format!("loongarch64-{clang}"));
        let script = format!("#!/bin/sh\nexec {} --target=loongarch64-linux-gnu \"$@\"\n", real.display());
        std::fs::write(&wrapper, script).unwrap();
        std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
        for (model, vectors) in
            [("3A5000", "lsx lasx"), ("3A5000", "lsx"), ("3A6000", "lsx lasx"), ("3A6000", "")]
        {
            let lines = text.lines().map(|line| match line.split_once(':') {
                Some((key, _)) if key.starts_with("Model Name") => format!("{key}: Loongson-{model}\n"),
                Some((key, _)) if key.starts_with("Features") => {
                    format!("{key}: cpucfg lam ual fpu {vectors} crc32\n")
                }
                _ => format!("{line}\n"),
            });
            let file = folder.path().join("cpuinfo");
            std::fs::write(&file, lines.collect::<String>()).unwrap();
            let asked_by = Command::new(env!("CARGO_BIN_EXE_hwtune"))
                .args(["detect", "--format", "json", "--cpuinfo"])
                .arg(&file)
                .arg("--cc")
                .arg(&wrapper)
                .env("XDG_CACHE_HOME", folder.path())
                .output()
                .unwrap();
            let made: serde_json::Value = serde_json::from_slice(&asked_by.stdout)
                .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&asked_by.stderr)));
            let march = made["toolchains"][0]["march"].as_str().unwrap();
            let expected = match (vectors, model) {
                ("lsx lasx", "3A6000") => newer,
                ("lsx lasx", _) => "la464",
                _ => "loongarch64",
            };
            assert_eq!(march, expected, "{clang} {model} {vectors}");
            let mut macros = Command::new(&wrapper);
            macros.arg(format!("-march={march}")).args(["-dM", "-E", "-x", "c", "/dev/null"]);
            let defined = String::from_utf8(macros.output().unwrap().stdout).unwrap();
            let on = asked("loongarch64-unknown-linux-gnu", &detect(&file));
            for (vector, name) in [("lsx", "__loongarch_sx"), ("lasx", "__loongarch_asx")] {
                let offered = vectors.split_whitespace().any(|v| v == vector);
                assert!(
                    offered || !defined.contains(name),
                    "{clang} {model} {vectors}: {march} turns on {vector}"
                );
                assert!(offered || !on.as_ref().is_some_and(|on| on.contains(vector)), "rustc: {vector}");
            }
        }
    }
}
