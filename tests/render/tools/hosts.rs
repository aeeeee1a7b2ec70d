//! Five hosts of five kinds: no name or feature that is rendered exceeds what the host offers, by the ecosystem's own table.

use super::{command, folder_of, run, search, tool, write};
use crate::render::support::{path, profile, unmeasured};
use hwtune::profile::{self, Profile};
use hwtune::render;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn hosts() -> Vec<(&'static str, Profile)> {
    let read = |name: &str| profile::read(&path("render/hosts").join(format!("{name}.toml"))).unwrap();
    let mut hosts = vec![("x86-64", profile("unmeasured"))];
    hosts.extend(["hybrid", "pi4", "riscv", "power"].map(|name| (name, read(name))));
    hosts
}

/// gcc's names of features by rustc's, where they differ; empty for what ordinary code never uses or another one implies.
fn gcc_name(system: &str, rust: &str) -> &'static str {
    let table: &[(&str, &'static str)] = match system {
        "x86_64" => &[
            ("bmi1", "bmi"),
            ("cmpxchg16b", "cx16"),
            ("lahfsahf", "sahf"),
            ("pclmulqdq", "pclmul"),
            ("rdrand", "rdrnd"),
            ("x87", ""),
        ],
        "aarch64" => &[("neon", "simd"), ("rdm", "rdma"), ("pmuv3", "")],
        "riscv64" => &[("zaamo", "a"), ("zalrsc", "a"), ("zca", "c"), ("zcd", "c")],
        _ => &[
            ("power8-altivec", "power8-vector"),
            ("power8-crypto", "crypto"),
            ("power9-altivec", "power9-vector"),
            ("partword-atomics", "power8-vector"),
            ("quadword-atomics", "power8-vector"),
        ],
    };
    table.iter().find(|(name, _)| *name == rust).map_or("-", |(_, gcc)| gcc)
}

fn system(profile: &Profile) -> &'static str {
    match profile.toolchain[0].target.split('-').next().unwrap() {
        "powerpc64le" | "ppc64le" => "ppc64le",
        cpu => ["x86_64", "aarch64", "riscv64"].into_iter().find(|s| cpu.starts_with(s)).unwrap(),
    }
}

/// The profiles are what detection makes of the files that they name.
#[test]
fn the_hosts_are_as_they_are_detected_now() {
    for (name, profile) in hosts().into_iter().skip(1) {
        let text = std::fs::read_to_string(path("render/hosts").join(format!("{name}.toml"))).unwrap();
        let file = text.lines().find_map(|l| l.strip_prefix("# As detected from ")).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file.trim_end_matches('.'));
        let found = hwtune::host::cpuinfo(&std::fs::read(&file).unwrap(), "t").unwrap();
        assert_eq!(found.names, profile.names, "{name}");
        let of = |h: &hwtune::profile::Host| {
            (h.microarchitecture.clone(), h.level.clone(), h.features.clone(), h.masked.clone())
        };
        assert_eq!(of(&found.host), of(&profile.host), "{name}");
    }
}

#[test]
fn rustc_is_told_no_feature_that_the_host_lacks() {
    for (name, profile) in hosts() {
        let folder = folder_of(&profile, &["cargo"]);
        let text = std::fs::read_to_string(folder.path().join("hwtune.toml")).unwrap();
        let flags: toml::Table = text.parse().unwrap();
        let flags = flags["build"]["rustflags"].as_array().unwrap().clone();
        let triple = match system(&profile) {
            "riscv64" => "riscv64gc-unknown-linux-gnu".to_string(),
            "ppc64le" => "powerpc64le-unknown-linux-gnu".to_string(),
            cpu => format!("{cpu}-unknown-linux-gnu"),
        };
        let out = command("rustc")
            .args(["--print", "cfg", "--target", &triple])
            .args(flags.iter().map(|f| f.as_str().unwrap()))
            .output()
            .unwrap();
        let (cfg, error) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success() && error.is_empty(), "{name}: {error}");
        let enabled: BTreeSet<String> = profile.host.features.iter().cloned().collect();
        let features = cfg.lines().filter_map(|l| l.strip_prefix("target_feature=\"")?.strip_suffix('"'));
        for feature in features {
            let gcc = match gcc_name(system(&profile), feature) {
                "-" => feature,
                gcc => gcc,
            };
            // What no compiler writes unasked, such as kl, is promised by no name.
            let inert = hwtune::catalogue::Features::get().is_inert(gcc, &enabled);
            let offered = gcc.is_empty() || inert || enabled.contains(gcc);
            assert!(offered, "{name}: rustc turns on {feature}, which the host does not offer: {text}");
        }
    }
}

#[test]
fn what_is_written_names_the_host() {
    for (host, target, words) in [
        (
            "pi4",
            "cargo",
            "rustflags = [\"-C\", \"target-cpu=cortex-a72\", \"-C\", \"target-feature=-aes,-sha2\"]",
        ),
        ("pi4", "zig", "-Dcpu=cortex_a72-aes-sha2"),
        ("pi4", "spack", "target=aarch64"),
        ("pi4", "go", "GOARM64=\"${GOARM64:-v8.0}\""),
        ("pi4", "gentoo", "CPU_FLAGS_ARM=\"asimd crc32 edsp neon"),
        ("pi4", "oci", "linux/arm64"),
        ("hybrid", "spack", "target=skylake"),
        ("hybrid", "go", "GOAMD64=\"${GOAMD64:-v3}\""),
        ("riscv", "zig", "-Dcpu=baseline_rv64+zba+zbb+zicntr+zicsr+zifencei+zihpm"),
        ("riscv", "go", "GORISCV64=\"${GORISCV64:-rva20u64}\""),
        ("riscv", "spack", "target=u74mc"),
        ("power", "go", "GOPPC64=\"${GOPPC64:-power9}\""),
        ("power", "spack", "target=power9le"),
        ("power", "gentoo", "CPU_FLAGS_PPC=\"altivec vsx vsx2 vsx3\""),
        ("power", "zig", "-Dcpu=pwr9"),
    ] {
        let profile = hosts().into_iter().find(|(name, _)| *name == host).unwrap().1;
        let text = render::render(&profile, crate::render::support::catalogue(), target, &unmeasured())
            .unwrap()
            .text;
        assert!(text.contains(words), "{host} {target}: {text}");
    }
}

#[test]
#[ignore = "needs zig"]
fn zig_is_told_no_feature_that_the_host_lacks() {
    for (name, profile) in hosts() {
        let folder = folder_of(&profile, &["zig"]);
        write(folder.path(), &[("x.zig", "")]);
        let cpu = system(&profile).replace("ppc64le", "powerpc64le");
        // `zig build` hands -Dcpu to the same place; it would compile its own runner first.
        let script = format!(
            ". ./hwtune-zig.sh; exec \"$0\" -m ziglang build-obj x.zig -target {cpu}-linux-gnu \"-mcpu=${{HWTUNE_ZIG_CPU#-Dcpu=}}\" --show-builtin"
        );
        let shown = run(command("sh")
            .args(["-ec", &script])
            .arg(tool("python3"))
            .current_dir(folder.path())
            .env("ZIG_GLOBAL_CACHE_DIR", folder.path().join("cache")));
        let (_, set) = shown.split_once("std.Target.").unwrap();
        assert!(set.contains("featureSet"), "{name}: {shown}");
        let features: BTreeSet<&str> =
            shown.lines().filter_map(|l| l.trim().strip_prefix('.')?.strip_suffix(',')).collect();
        let lacks: &[&str] = match name {
            "pi4" => &["aes", "sha2", "lse", "sve"],
            "riscv" => &["v", "zbs", "zicond"],
            "power" => &["mma", "power10_vector", "prefix_instrs"],
            _ => &["avx512f", "amx_tile", "apxf"],
        };
        assert!(lacks.iter().all(|f| !features.contains(f)), "{name}: {shown}");
        let has: &[&str] = match name {
            "pi4" => &["crc", "neon"],
            "riscv" => &["zba", "zbb", "d"],
            "power" => &["power9_vector"],
            _ => &["avx2", "bmi2"],
        };
        assert!(has.iter().all(|f| features.contains(f)), "{name}: {shown}");
    }
}

/// The build tag is what files are chosen by: only a variable of the environment sets it.
#[test]
#[ignore = "needs go 1.25 or newer"]
fn go_takes_the_level_with_its_build_tag() {
    for (name, profile) in hosts() {
        let folder = folder_of(&profile, &["go"]);
        let (arch, tag) = match name {
            "pi4" => ("arm64", "arm64.v8.0"),
            "riscv" => ("riscv64", "riscv64.rva20u64"),
            "power" => ("ppc64le", "ppc64le.power9"),
            _ => ("amd64", "amd64.v3"),
        };
        let script = ". ./hwtune-go.sh; go list -f '{{context.ToolTags}}' unsafe";
        let shown = run(command("sh")
            .args(["-ec", script])
            .current_dir(folder.path())
            .env("PATH", search())
            .env("HOME", folder.path())
            .env("GOFLAGS", "-mod=mod")
            .env("GOARCH", arch));
        assert!(shown.contains(tag), "{name}: {shown}");
    }
}

/// archspec itself, on the same `/proc/cpuinfo`: the target is compatible, and the compiler can produce it.
#[test]
#[ignore = "needs archspec"]
fn archspec_calls_the_target_compatible() {
    let script = "import builtins, sys, archspec.cpu as cpu, archspec.cpu.detect as d\n\
        file, machine, name, compiler, version = sys.argv[1:]\n\
        d._machine = lambda: machine\n\
        real = builtins.open\n\
        builtins.open = lambda path, *a, **k: real(file if path == '/proc/cpuinfo' else path, *a, **k)\n\
        names = [t.name for t in d.compatible_microarchitectures(d.proc_cpuinfo())]\n\
        assert name in names, (name, names)\n\
        cpu.TARGETS[name].optimization_flags(compiler, version)\n";
    let raw = std::fs::read_dir(path("hosts/raw")).unwrap().map(|e| e.unwrap().path());
    let cpuinfos: Vec<_> = raw.filter(|p| p.to_string_lossy().contains("cpuinfo")).collect();
    let mut tried = 0;
    for file in &cpuinfos {
        let out = Command::new(env!("CARGO_BIN_EXE_hwtune"))
            .args(["detect", "--format", "toml", "--for", "gcc@12", "--cpuinfo"])
            .arg(file)
            .output()
            .unwrap();
        let profile = profile::parse(&String::from_utf8_lossy(&out.stdout), "detect").unwrap();
        let Ok(rendered) =
            render::render(&profile, crate::render::support::catalogue(), "spack", &unmeasured())
        else {
            continue;
        };
        tried += 1;
        let name = rendered.text.rsplit_once("target=").unwrap().1.split('"').next().unwrap().to_string();
        let gcc = &profile.toolchain[0];
        for folder in ["", "archspec-oldest"] {
            let own = tool("python3").parent().unwrap_or(Path::new("")).join(folder);
            let mut python = command(tool("python3"));
            if !folder.is_empty() {
                python.env("PYTHONPATH", own);
            }
            python.args(["-c", script]).arg(file).args([system(&profile), &name, "gcc", &gcc.version]);
            run(&mut python);
        }
    }
    assert!(tried >= 8, "{tried}");
}
