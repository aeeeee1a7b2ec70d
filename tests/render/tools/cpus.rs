//! Whether the name of the CPU arrives: the consumer's own tool knows it, or chooses by it.

use super::{folder, run, tool};
use std::process::Command;

/// Names of the table, less those of CPUs that the ecosystem does not have.
fn names(of: fn(&hwtune::catalogue::Microarchitecture) -> &String) -> Vec<String> {
    let rows = &hwtune::catalogue::microarchitectures().unwrap().rows;
    let mut names: Vec<String> = rows.iter().map(|r| of(r).clone()).filter(|n| !n.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
#[ignore = "needs zig"]
fn zig_knows_the_cpu() {
    let folder = folder(&["zig"]);
    let text = std::fs::read_to_string(folder.path().join("zig-build.args")).unwrap();
    let cpu = text.trim_end().strip_prefix("-Dcpu=").unwrap();
    std::fs::write(folder.path().join("x.zig"), "").unwrap();
    // `zig build` hands -Dcpu to the same place; it would compile its own runner first.
    let zig = |arguments: &[&str]| {
        let mut python = Command::new(tool("python3"));
        python.args(["-m", "ziglang"]).args(arguments).current_dir(folder.path());
        run(python.env("ZIG_GLOBAL_CACHE_DIR", folder.path().join("cache")))
    };
    let shown = zig(&["build-obj", "x.zig", &format!("-mcpu={cpu}"), "--show-builtin"]);
    assert!(shown.contains(".model = &std.Target.x86.cpu.skylake,"), "{shown}");
}

#[test]
#[ignore = "needs skopeo"]
fn oci_tools_choose_the_image_of_the_platform() {
    let folder = folder(&["oci"]);
    let root = folder.path();
    let text = std::fs::read_to_string(root.join("platform")).unwrap();
    let parts: Vec<&str> = text.trim_end().split('/').collect();
    assert_eq!(parts.len(), 3, "{text}");
    // An image for each level, in one index.
    let blobs = root.join("image/blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let blob = |value: serde_json::Value| {
        let text = value.to_string();
        let name = hwtune::text::hex(&<sha2::Sha256 as sha2::Digest>::digest(&text));
        std::fs::write(blobs.join(&name), &text).unwrap();
        (format!("sha256:{name}"), text.len())
    };
    let oci = |what: &str| format!("application/vnd.oci.image.{what}.v1+json");
    let manifests: Vec<serde_json::Value> = ["v1", "v2", "v3", "v4"]
        .iter()
        .map(|level| {
            let platform = serde_json::json!({ "os": "linux", "architecture": "amd64", "variant": level });
            let mut config = platform.clone();
            config["rootfs"] = serde_json::json!({ "type": "layers", "diff_ids": [] });
            let (digest, size) = blob(config);
            let config = serde_json::json!({ "mediaType": oci("config"), "digest": digest, "size": size });
            let whole = serde_json::json!(
                { "schemaVersion": 2, "mediaType": oci("manifest"), "config": config, "layers": [] }
            );
            let (digest, size) = blob(whole);
            serde_json::json!(
                { "mediaType": oci("manifest"), "digest": digest, "size": size, "platform": platform }
            )
        })
        .collect();
    let whole = serde_json::json!({ "schemaVersion": 2, "mediaType": oci("index"), "manifests": manifests });
    let (digest, size) = blob(whole);
    let entry = serde_json::json!({ "mediaType": oci("index"), "digest": digest, "size": size });
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [entry] });
    std::fs::write(root.join("image/index.json"), index.to_string()).unwrap();
    std::fs::write(root.join("image/oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}").unwrap();
    let shown = run(Command::new(tool("skopeo"))
        .args(["--override-os", parts[0], "--override-arch", parts[1], "--override-variant", parts[2]])
        .args(["inspect", "--config", "--raw", "oci:image"])
        .current_dir(root));
    assert!(shown.contains("\"variant\":\"v3\""), "{shown}");
}

#[test]
#[ignore = "needs rattler"]
fn conda_solvers_take_the_cpu() {
    let folder = folder(&["conda"]);
    let script = ". ./hwtune.sh; exec \"$0\" -c 'from rattler.virtual_package import *; \
                  print(VirtualPackage.detect(VirtualPackageOverrides.from_env()))'";
    let text =
        run(Command::new("bash").arg("-euc").arg(script).arg(tool("python3")).current_dir(folder.path()));
    assert!(text.contains("Archspec(") && text.contains("name: \"skylake\""), "{text}");
}

/// Spack itself is in no registry; the names and the syntax are those of archspec, which it ships.
#[test]
#[ignore = "needs archspec and PyYAML"]
fn spack_reads_names_of_archspec() {
    let folder = folder(&["spack"]);
    let script = "import archspec.cpu, sys, yaml\n\
                  require = yaml.safe_load(open('packages.yaml'))['packages']['all']['require']\n\
                  key, name = require[0].split('=')\n\
                  assert (len(require), key, archspec.cpu.TARGETS[name].vendor) == (1, 'target', 'GenuineIntel')\n\
                  unknown = [n for n in sys.argv[1:] if n not in archspec.cpu.TARGETS]\n\
                  assert not unknown, unknown\n\
                  print(name)";
    let text = run(Command::new(tool("python3"))
        .args(["-c", script])
        .args(names(|row| &row.archspec))
        .current_dir(folder.path()));
    assert_eq!(text.trim_end(), "skylake");
}
