//! Every other route into a system, evaluated by real Nix.

use crate::render::support::{Module, nix, profile, render, unmeasured};
use hwtune::render::Options;

const TUNED: &str = "-static-libgcc -DOWN=1 -march=skylake -mtune=skylake";
const BASE: &str = "-static-libgcc -DOWN=1";

fn module(profile_name: &str, target: &str, options: &Options) -> Module {
    Module::new(&render(&profile(profile_name), target, options).unwrap())
}

#[test]
fn replace_grafts_names_of_one_length_without_a_world_rebuild() {
    let module = module("measured", "nixos-replace", &Options::default());
    let on = module.system("{ hwtune.enable = true; hwtune.glibc.enable = true; }", "");
    let off = module.system("{ }", "");
    let other = module.system("{ hwtune.enable = true; }", "system = \"aarch64-linux\";");
    let all = nix(&format!(
        "let on = {on}; off = {off}; in {{
           grafts = map (r: {{
             name = r.oldDependency.name; same = r.oldDependency.name == r.newDependency.name;
             old = r.oldDependency.NIX_CFLAGS_COMPILE; new = r.newDependency.NIX_CFLAGS_COMPILE;
             stdenv = r.newDependency.stdenv;
             unchanged = r.oldDependency.drvPath == off.pkgs.${{r.oldDependency.name}}.drvPath;
           }}) on.config.system.replaceDependencies.replacements;
           off = builtins.length off.config.system.replaceDependencies.replacements;
           other = builtins.length {other}.config.system.replaceDependencies.replacements;
           world = on.report == off.report; }}"
    ))
    .unwrap();
    assert_eq!((&all["off"], &all["other"], &all["world"]), (&0.into(), &0.into(), &true.into()));
    let grafts = all["grafts"].as_array().unwrap();
    assert_eq!(grafts.len(), 2);
    for graft in grafts {
        assert_eq!((&graft["old"], &graft["new"]), (&BASE.into(), &TUNED.into()));
        assert_eq!((&graft["same"], &graft["unchanged"]), (&true.into(), &true.into()));
        let final_compiler = graft["stdenv"].as_str().unwrap().starts_with("final");
        assert_eq!(final_compiler, graft["name"] == "zlib", "only zlib is built by the final compiler");
    }
}

#[test]
fn replace_knows_the_older_option() {
    let options = Options { nixpkgs: Some("24.05".into()), ..Options::default() };
    let module = module("measured", "nixos-replace", &options);
    let on = module.system("{ hwtune.enable = true; }", "");
    let all = nix(&format!(
        "map (r: [ r.original.NIX_CFLAGS_COMPILE r.replacement.NIX_CFLAGS_COMPILE ]) {on}.config.system.replaceRuntimeDependencies"
    ));
    assert_eq!(all.unwrap(), serde_json::json!([[BASE, TUNED]]));
}

#[test]
fn side_builds_stand_beside_the_ordinary_ones() {
    let module = module("measured", "nixos-side", &Options::default());
    let git = module.system("{ hwtune.enable = true; hwtune.consumers = [ \"git\" ]; }", "");
    let pigz = module.system("{ hwtune.enable = true; }", "");
    let no_one = module.system("{ hwtune.enable = true; hwtune.consumers = [ ]; }", "");
    let ng =
        module.system("{ hwtune.enable = true; hwtune.consumers = [ \"git\" \"pigz\" ]; }", "joined = true;");
    let ng_off = module.system("{ }", "joined = true;");
    let two = module.system("{ hwtune.enable = true; hwtune.consumers = [ \"curl\" \"hello\" ]; }", "");
    let script = module.system("{ hwtune.enable = true; hwtune.consumers = [ \"script\" ]; }", "");
    let none = module.system("{ hwtune.enable = true; hwtune.zlib.enable = false; }", "");
    let off = module.system("{ }", "");
    let typo = module.system("{ hwtune.enable = true; hwtune.consumers = [ \"gti\" ]; }", "");
    let all = nix(&format!(
        "let
           git = {git}; two = {two}; none = {none}; off = {off};
           same = a: b: names: map (n: a.pkgs.${{n}}.drvPath == b.pkgs.${{n}}.drvPath) names;
         in {{
           flags = git.pkgs.zlib-hw.flags;
           stdenv = git.pkgs.zlib-hw.stdenv;
           git = same git off [ \"zlib\" \"glibc\" \"hello\" \"curl\" \"git\" ];
           used = map (i: i.flags) git.pkgs.git.args.buildInputs;
           two = same two off [ \"zlib\" \"glibc\" \"hello\" \"curl\" \"git\" ];
           pigz = same {pigz} off [ \"git\" \"pigz\" ] ++ [ {pigz}.config.warnings ];
           no_one = same {no_one} off [ \"git\" \"pigz\" ] ++ [ (builtins.length {no_one}.config.warnings) ];
           ng = same {ng} {ng_off} [ \"git\" \"pigz\" ];
           script = {script}.pkgs.script.name;
           none = same none off [ \"zlib\" \"glibc\" \"hello\" \"curl\" \"git\" ];
           musl = git.sets.musl.git.drvPath == off.sets.musl.git.drvPath;
           i686 = git.sets.i686.git.drvPath == off.sets.i686.git.drvPath;
         }}"
    ))
    .unwrap();
    assert_eq!(all["flags"], TUNED);
    assert!(all["stdenv"].as_str().unwrap().starts_with("final"));
    assert_eq!(all["script"], "script");
    assert_eq!(all["pigz"], serde_json::json!([true, false, []]), "the default takes zlib in every release");
    assert_eq!(all["no_one"], serde_json::json!([true, true, 1]));
    assert_eq!(all["ng"], serde_json::json!([true, false]), "git with zlib-ng stays as it is");
    assert_eq!(all["git"], serde_json::json!([true, true, true, true, false]));
    assert_eq!(all["used"], serde_json::json!([TUNED]));
    assert_eq!(all["two"], serde_json::json!([true, true, true, false, true]));
    assert_eq!(all["none"], serde_json::json!([true, true, true, true, true]));
    assert_eq!((&all["musl"], &all["i686"]), (&true.into(), &true.into()));
    let error = nix(&format!("{typo}.pkgs.gti.drvPath")).unwrap_err();
    assert!(error.contains("hwtune.consumers: nixpkgs has no gti"), "{error}");
}

fn release_of(name: &str) -> Options {
    Options { nixpkgs: Some(name.into()), ..Options::default() }
}

#[test]
fn platform_takes_two_steps() {
    let module = module("measured", "nixos-platform", &Options::default());
    let external =
        module.system("{ hwtune.enable = true; hwtune.platform.enable = true; }", "external = true;");
    let held = nix(&format!("map (a: a.assertion) {external}.config.assertions"));
    assert_eq!(held.unwrap(), serde_json::json!([false]), "nixpkgs.pkgs makes NixOS ignore the platform");
    let show = |settings: &str| {
        format!(
            "(let c = {}.config; in {{ inherit (c.nixpkgs) hostPlatform; inherit (c.nix) settings; }})",
            module.system(settings, "")
        )
    };
    let all = nix(&format!(
        "{{ off = {}; one = {}; two = {}; }}",
        show("{ }"),
        show("{ hwtune.enable = true; }"),
        show("{ hwtune.enable = true; hwtune.platform.enable = true; }")
    ))
    .unwrap();
    let feature = serde_json::json!({ "extra-system-features": ["gccarch-skylake"] });
    let platform =
        serde_json::json!({ "system": "x86_64-linux", "gcc": { "arch": "skylake", "tune": "skylake" } });
    assert_eq!(all["off"], serde_json::json!({ "hostPlatform": "x86_64-linux", "settings": {} }));
    assert_eq!(all["one"], serde_json::json!({ "hostPlatform": "x86_64-linux", "settings": feature }));
    assert_eq!(all["two"], serde_json::json!({ "hostPlatform": platform, "settings": feature }));
    // A name that is newer than the release's gcc gives way to the nearest older one.
    let release = release_of;
    let older = render(&profile("zen5"), "nixos-platform", &release("24.05")).unwrap().text;
    assert!(older.contains("arch = \"znver4\";") && older.contains("tune = \"znver4\";"), "{older}");
    assert!(
        older.contains("gccarch-znver4") && older.replace("\n# ", " ").contains("znver4 stands in for it")
    );
    let newer = render(&profile("zen5"), "nixos-platform", &release("25.05")).unwrap().text;
    assert!(newer.contains("arch = \"znver5\";") && newer.contains("nixpkgs/nixos-25.05#gcc"));
    let strict = Options { strict: true, ..Options::default() };
    assert!(render(&profile("measured"), "nixos-platform", &strict).unwrap_err().is_refusal());
    // What changes nothing is refused; a version of an architecture is no -mtune.
    let same = render(&profile("aarch64"), "nixos-platform", &Options::default()).unwrap_err();
    assert!(same.is_refusal() && same.to_string().contains("nothing would change"), "{same}");
    let mut arm = profile("aarch64");
    arm.names.nixpkgs = "armv8.4-a".into();
    let text = render(&arm, "nixos-platform", &Options::default()).unwrap().text;
    assert!(text.contains("arch = \"armv8.4-a\";") && !text.contains("  tune ="), "{text}");
    let mut sierra = profile("measured");
    (sierra.host.microarchitecture, sierra.names.nixpkgs) = ("skylake".into(), "sierraforest".into());
    let old = render(&sierra, "nixos-platform", &release_of("24.11")).unwrap().text;
    assert!(
        old.replace("\n# ", " ").contains("is not in lib.systems.architectures of nixpkgs 24.11"),
        "{old}"
    );
    let mut unnamed = profile("measured");
    unnamed.names.nixpkgs = "raptorlake".into();
    assert!(render(&unnamed, "nixos-platform", &Options::default()).is_err());
    unnamed.names.nixpkgs = "x86-64-v3".into();
    let text = render(&unnamed, "nixos-platform", &Options::default()).unwrap().text;
    assert!(!text.contains("  tune ="), "a psABI level is no -mtune");
}

#[test]
fn home_manager_touches_nothing_of_the_bootstrap() {
    let options = unmeasured();
    let module = module("unmeasured", "home-manager-overlay", &options);
    let on = module.system("{ hwtune.enable = true; }", "");
    let off = module.system("{ }", "");
    let less = module.system("{ hwtune.enable = true; hwtune.zstd.enable = false; }", "");
    let all = nix(&format!("{{ on = {on}.report; off = {off}.report; less = {less}.report; }}")).unwrap();
    assert_eq!(all["on"]["pkgs"]["zstd"]["flags"], TUNED);
    assert_eq!(all["off"], all["less"]);
    for same in ["zlib", "glibc", "hello", "git"] {
        assert_eq!(all["on"]["pkgs"][same], all["off"]["pkgs"][same], "{same}");
    }
    assert_eq!(all["on"]["musl"], all["off"]["musl"]);
    for package in ["glibc", "zlib", "gcc", "binutils", "bash", "coreutils", "fetchurl"] {
        let asked = Options { packages: vec![package.into()], ..unmeasured() };
        let error = render(&profile("unmeasured"), "home-manager-overlay", &asked).unwrap_err();
        assert!(error.is_refusal() && error.to_string().contains("bootstrap"), "{error}");
    }
}

#[test]
fn runtimes_get_what_they_read() {
    let module = module("measured", "home-manager-runtimes", &Options::default());
    let on =
        module.system("{ hwtune.enable = true; hwtune.nodejs.enable = true; hwtune.go.enable = false; }", "");
    let off = module.system("{ }", "");
    let all = nix(&format!(
        "{{ on = {on}.report.pkgs; off = {off}.report.pkgs; variables = {on}.config.home.sessionVariables;
           full = {}.config.home.sessionVariables; none = {off}.config.home.sessionVariables; }}",
        module.system("{ hwtune.enable = true; }", "")
    ))
    .unwrap();
    assert_eq!(all["on"]["nodejs"]["flags"], TUNED);
    assert_eq!(all["on"]["python3"], all["off"]["python3"]);
    let python = module.system("{ hwtune.enable = true; hwtune.python3.enable = true; }", "");
    let found = nix(&format!(
        "let p = {python}.pkgs.python3; in {{ own = p.flags; packages = (p.withPackages null).flags; }}"
    ));
    assert_eq!(found.unwrap(), serde_json::json!({ "own": TUNED, "packages": TUNED }));
    // In newer releases the attribute is put together from nodejs-slim, which is what runs the compiler.
    let joined = module.system("{ hwtune.enable = true; hwtune.nodejs.enable = true; }", "joined = true;");
    let plain = module.system("{ hwtune.enable = true; }", "joined = true;");
    let found = nix(&format!(
        "let s = {joined}.pkgs; p = {plain}.pkgs; in [ s.nodejs.args.slim.flags (s.nodejs.drvPath != p.nodejs.drvPath)
           (s.nodejs-slim.drvPath == p.nodejs-slim.drvPath) p.nodejs.args.slim.flags ]"
    ));
    assert_eq!(found.unwrap(), serde_json::json!([TUNED, true, true, BASE]));
    assert_eq!(all["none"], serde_json::json!({}));
    let names = |set: &str| all[set].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names("variables"), ["CARGO_BUILD_RUSTFLAGS"]);
    assert_eq!(names("full"), ["CARGO_BUILD_RUSTFLAGS", "CGO_CFLAGS", "GOAMD64"]);
    // home-manager writes them as `export NAME="VALUE"` into a file that a shell reads.
    let exports: String = all["full"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| format!("export {name}=\"{}\"\n", value.as_str().unwrap()))
        .collect();
    let go = tempfile::tempdir().unwrap();
    let read = |before: &[(&str, &str)]| {
        let mut shell = std::process::Command::new("/bin/sh");
        let show = "echo \"$CARGO_BUILD_RUSTFLAGS|$CGO_CFLAGS|$GOAMD64\"";
        shell.args(["-euc", &format!("{exports}{show}")]).env_clear().envs(before.iter().copied());
        String::from_utf8(shell.env("PATH", go.path()).output().unwrap().stdout).unwrap()
    };
    let flags = "-march=skylake -mtune=skylake";
    assert_eq!(read(&[]), format!("-C target-cpu=skylake|-O2 -g {flags}|v3\n"));
    let own = [("CARGO_BUILD_RUSTFLAGS", "-Cown"), ("CGO_CFLAGS", "-O1"), ("GOAMD64", "v2")];
    assert_eq!(read(&own), format!("-Cown -C target-cpu=skylake|-O1 {flags}|v2\n"));
    // What `go env -w` wrote is asked of Go.
    let file = go.path().join("go");
    std::fs::write(&file, "#!/bin/sh\n[ \"$*\" = 'env CGO_CFLAGS' ] && echo -O3 -DOWN\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&file, executable).unwrap();
    assert_eq!(read(&[]), format!("-C target-cpu=skylake|-O3 -DOWN {flags}|v3\n"));
}

/// What goes together has one switch; what builds the same packages twice is refused.
#[test]
fn two_modules_share_the_switch_or_are_refused() {
    let modules =
        ["nixos-overlay", "nixos-side", "nixos-platform", "home-manager-overlay", "home-manager-runtimes"]
            .map(|target| (target, module("measured", target, &Options::default())));
    let of = |name: &str| &modules.iter().find(|(target, _)| *target == name).unwrap().1;
    let pair = |a: &str, b: &str, settings: &str| {
        let beside = of(b).beside("module.nix").display().to_string();
        of(a).system(settings, &format!("beside = [ (import {beside}) ];"))
    };
    let on = "{ hwtune.enable = true; hwtune.platform.enable = true; }";
    for (a, b) in [("nixos-overlay", "nixos-platform"), ("nixos-platform", "nixos-overlay")] {
        let all = nix(&format!(
            "let s = {}; off = {}; in {{ flags = s.report.pkgs.zlib.flags; inherit (s.config.nixpkgs) hostPlatform;
               off = [ off.config.hwtune.enable off.config.nixpkgs.overlays off.config.nix.settings ]; }}",
            pair(a, b, on),
            pair(a, b, "{ }")
        ))
        .unwrap();
        assert_eq!((&all["flags"], &all["hostPlatform"]["gcc"]["arch"]), (&TUNED.into(), &"skylake".into()));
        assert_eq!(all["off"], serde_json::json!([false, [], {}]));
    }
    let home = pair("home-manager-overlay", "home-manager-runtimes", "{ hwtune.enable = true; }");
    assert_eq!(nix(&format!("{home}.config.home.sessionVariables.GOAMD64")).unwrap(), "${GOAMD64:-v3}");
    let twice = nix(&format!("{}.config.hwtune.enable", pair("nixos-overlay", "nixos-side", "{ }")));
    assert!(twice.unwrap_err().contains("`hwtune.enable' is already declared"));
}

/// The libraries that the standard environment contains cost more than the others, and the file says so.
#[test]
fn home_manager_says_which_libraries_rebuild_everything() {
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let text = |packages: &[&str]| {
        let packages = packages.iter().map(|p| p.to_string()).collect();
        let options = Options { packages, ..unmeasured() };
        hwtune::render::render(&profile("unmeasured"), &catalogue, "home-manager-overlay", &options)
            .unwrap()
            .text
    };
    assert!(text(&[]).replace("\n# ", " ").contains("contains bzip2, pcre2, xz: with any of them on"));
    assert!(text(&["xz"]).contains("contains xz: with it on") && !text(&["zstd"]).contains("MORE COST"));
}
