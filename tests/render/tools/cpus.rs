//! Whether the name of the CPU arrives: the consumer's own tool knows it, or chooses by it.

use super::{folder, run, tool};
use std::process::Command;

/// Names of archspec's table.
fn names() -> Vec<String> {
    let table = hwtune::catalogue::archspec().unwrap();
    let families = ["x86_64", "aarch64", "ppc64le", "riscv64"];
    families.iter().flat_map(|family| table.family(family)).map(|target| target.name.clone()).collect()
}

#[test]
#[ignore = "needs skopeo"]
fn oci_tools_choose_the_image_of_the_platform() {
    let folder = folder(&["oci"]);
    let root = folder.path();
    let text = run(Command::new("sh")
        .args(["-euc", ". ./hwtune-oci.sh; printenv DOCKER_DEFAULT_PLATFORM"])
        .current_dir(root)
        .env_remove("DOCKER_DEFAULT_PLATFORM"));
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
    // Whichever name of the table is written, rattler takes it.
    for name in names().iter().chain([&String::new()]) {
        let text = run(Command::new("bash")
            .arg("-euc")
            .arg(script)
            .arg(tool("python3"))
            .current_dir(folder.path())
            .env("CONDA_OVERRIDE_ARCHSPEC", name));
        let name = if name.is_empty() { "skylake" } else { name };
        assert!(text.contains("Archspec(") && text.contains(&format!("name: \"{name}\"")), "{text}");
    }
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
    let text =
        run(Command::new(tool("python3")).args(["-c", script]).args(names()).current_dir(folder.path()));
    assert_eq!(text.trim_end(), "skylake");
}
