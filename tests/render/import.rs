//! The module that reads a profile itself, evaluated by real Nix.

use crate::render::support::{Module, confirm, kept, nix, path, profile, render};
use hwtune::render::Options;

const TUNED: &str = "-static-libgcc -DOWN=1 -march=skylake -mtune=skylake";
const BASE: &str = "-static-libgcc -DOWN=1";

fn module(profile_name: &str, target: &str, options: &Options) -> Module {
    Module::new(&render(&profile(profile_name), target, options).unwrap())
}

#[test]
fn import_reads_profiles_by_the_same_rules() {
    let module = module("measured", "nixos-import", &Options::default());
    let settings = |file: &str, more: &str| {
        let file = path("profiles").join(file);
        format!(
            "{{ hwtune.enable = true; hwtune.glibc.enable = true; hwtune.profile = {}; {more} }}",
            file.display()
        )
    };
    let shown = |settings: &str, more: &str| {
        let system = module.system(settings, more);
        format!(
            "(let s = {system}; in {{ inherit (s.config.hwtune) report; inherit (s) sets; all = s.report; }})"
        )
    };
    let parts = |s: String| format!("(let s = {s}; in {{ inherit (s) report all; }})");
    let all = nix(&format!(
        "{{ measured = {}; unmeasured = {}; allowed = {}; asked = {}; arm = {}; off = {}.report; }}",
        parts(shown(&settings("measured.toml", ""), "")),
        parts(shown(&settings("unmeasured.toml", ""), "")),
        parts(shown(&settings("unmeasured.toml", "hwtune.allowUnmeasured = true;"), "")),
        parts(shown(&settings("measured.toml", "hwtune.allow.glibc = [ \"-O3\" ];"), "")),
        parts(shown(&settings("aarch64.toml", ""), "system = \"aarch64-linux\";")),
        module.system("{ }", "")
    ))
    .unwrap();
    let rendered = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap();
    // A set of which something was dropped is no longer the one that was timed.
    let glibc = &all["measured"]["report"]["glibc"];
    assert_eq!(
        (&glibc["measured"], &all["measured"]["report"]["zlib"]["measured"]),
        (&false.into(), &true.into())
    );
    assert!(
        glibc["reason"]
            .as_str()
            .unwrap()
            .starts_with("NOT MEASURED in this form: timed only together with -O3")
    );
    assert!(
        all["allowed"]["report"]["glibc"]["reason"].as_str().unwrap().starts_with("NOT MEASURED: nobody")
    );
    for package in ["glibc", "zlib"] {
        assert_eq!(all["measured"]["report"][package]["kept"], serde_json::json!(kept(&rendered, package)));
        assert_eq!(all["measured"]["all"]["pkgs"][package]["flags"], TUNED);
        assert_eq!(all["unmeasured"]["report"][package]["kept"], serde_json::json!([]));
    }
    assert_eq!(all["unmeasured"]["all"], all["off"]);
    assert_eq!(all["allowed"]["all"]["pkgs"]["glibc"]["flags"], TUNED);
    assert_eq!(all["asked"]["all"]["pkgs"]["glibc"]["flags"], format!("{TUNED} -O3"));
    assert_eq!(all["arm"]["all"]["pkgs"]["zlib"]["flags"], format!("{BASE} -mcpu=neoverse-v1"));
    for set in ["i686", "musl", "static", "staticGlibc", "cross"] {
        assert_eq!(all["measured"]["all"][set], all["off"][set], "{set}");
    }
}

#[test]
fn import_drops_what_a_hostile_profile_brings() {
    let module = module("measured", "nixos-import", &Options::default());
    let text = std::fs::read_to_string(path("profiles/measured.toml")).unwrap();
    let zlib = "flags = [\"-march=skylake\", \"-mtune=skylake\"]\nevidence";
    assert!(text.contains(zlib));
    let long = format!("-m{}", "a".repeat(1 << 16));
    let evil = [
        "-fplugin=x.so",
        "-march=native",
        "@x",
        "-march=a b",
        "-march=$x",
        "-mno-x",
        "-pipe",
        "-B.",
        "",
        "-m",
        &long,
    ];
    let list = serde_json::to_string(&evil).unwrap();
    let cases = [
        ("flags", text.replace(zlib, &format!("flags = {list}\nevidence"))),
        ("verdict", text.replace("verdict = \"helps\"", "verdict = \"equivalent\"")),
        ("figures", text.replace("low = 1.8", "low = 0.9")),
        ("interval", text.replace("effect = 3.1", "effect = 5.1")),
        ("half", text.replace("high = 4.4\n", "")),
        ("control", text.replace("aa = { verdict = \"equivalent\"", "aa = { verdict = \"helps\"")),
    ];
    for (name, text) in cases {
        std::fs::write(module.beside("evil.toml"), text).unwrap();
        let file = module.beside("evil.toml").display().to_string();
        let system = module.system(&format!("{{ hwtune.enable = true; hwtune.profile = {file}; }}"), "");
        let all = nix(&format!(
            "let s = {system}; in {{ r = s.config.hwtune.report.zlib; f = s.pkgs.zlib.flags; }}"
        ));
        let all = all.unwrap();
        assert_eq!((&all["r"]["kept"], &all["f"]), (&serde_json::json!([]), &BASE.into()), "{name}");
    }
    std::fs::write(module.beside("newer.toml"), text.replace("schema = 2", "schema = 3")).unwrap();
    let file = module.beside("newer.toml").display().to_string();
    let system = module.system(&format!("{{ hwtune.enable = true; hwtune.profile = {file}; }}"), "");
    assert!(nix(&format!("{system}.pkgs.zlib.flags")).unwrap_err().contains("schema 3"));
}

/// The importing module and the renderer must agree on each flag there is, under the policy that is shipped.
#[test]
fn import_and_overlay_agree_on_every_flag() {
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let mut flags: Vec<String> =
        catalogue.flags.iter().map(|f| f.name.clone()).filter(|n| !n.contains([' ', '{'])).collect();
    for flag in [
        "-mavx512f",
        "-mno-avx512f",
        "-msse4.1",
        "-march=znver5",
        "-mtune=generic",
        "-march=native",
        "-mcpu=x",
        "-fplugin=x",
        "-flto",
        "-ffast-math",
        "-m32",
        "-mno-red-zone",
        "-falign-loops=16",
        "-O3",
        "-O1",
        "-Ofast",
        "-pipe",
        "-Wl,-rpath,x",
        "-fprofile-use",
        "-fno-stack-protector",
        "-fuse-ld=mold",
        "-fsanitize=address",
    ] {
        flags.retain(|f| f != flag);
        flags.push(flag.into());
    }
    let rows = &hwtune::catalogue::microarchitectures().unwrap().rows;
    for feature in rows.iter().flat_map(|r| &r.features) {
        flags.extend([format!("-m{feature}"), format!("-mno-{feature}")]);
    }
    // Of the names of CPUs both take the one that was decided; the renderer knows by its tables which others would do as well.
    flags.retain(|f| !f.starts_with("-march=") || f.ends_with("=native"));
    flags.push("-march=skylake".into());
    flags.sort();
    flags.dedup();
    let mut profile = profile("measured");
    for section in profile.package.values_mut() {
        section.flags = flags.clone();
        confirm(section);
    }
    // A host that has all there is: what is compared is the policy.
    profile.host.features = hwtune::catalogue::Features::get().names.iter().cloned().collect();
    // It is none of the features that are compared, and only the module asks for it.
    profile.host.features.push("prefetchwt1".into());
    let options = Options::default();
    let rendered = hwtune::render::render(&profile, &catalogue, "nixos-overlay", &options).unwrap();
    let module =
        Module::new(&hwtune::render::render(&profile, &catalogue, "nixos-import", &options).unwrap());
    std::fs::write(module.beside("all.toml"), hwtune::profile::to_toml(&profile).unwrap()).unwrap();
    let file = module.beside("all.toml").display().to_string();
    let system = module.system(&format!("{{ hwtune.profile = {file}; }}"), "");
    let report = nix(&format!("{system}.config.hwtune.report")).unwrap();
    for package in ["glibc", "zlib"] {
        let ours = kept(&rendered, package);
        assert!(ours.contains(&"-march=skylake".to_string()) && !ours.contains(&"-march=native".to_string()));
        let theirs: Vec<String> = serde_json::from_value(report[package]["kept"].clone()).unwrap();
        let differ =
            |a: &[String], b: &[String]| a.iter().filter(|f| !b.contains(f)).cloned().collect::<Vec<_>>();
        assert_eq!(differ(&theirs, &ours), Vec::<String>::new(), "{package}: only the module keeps");
        assert_eq!(differ(&ours, &theirs), Vec::<String>::new(), "{package}: only the renderer keeps");
    }
}
