//! Every other route into a system, evaluated by real Nix.

use crate::support::{Module, kept, nix, path, profile, render, unmeasured};
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

/// Renders packages by name under the shipped policy.
fn shipped(target: &str, packages: &[&str], nixpkgs: Option<&str>) -> hwtune::render::Rendered {
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let packages = packages.iter().map(|p| p.to_string()).collect();
    let options = Options { packages, nixpkgs: nixpkgs.map(String::from), ..unmeasured() };
    hwtune::render::render(&profile("unmeasured"), &catalogue, target, &options).unwrap()
}

/// `pkgs.xz` is the output that holds the programs: the library is another store path.
#[test]
fn replace_grafts_each_output() {
    for (release, old, new) in
        [(None, "oldDependency", "newDependency"), (Some("24.05"), "original", "replacement")]
    {
        let module = Module::new(&shipped("nixos-replace", &["xz"], release));
        let on = module.system("{ hwtune.enable = true; }", "");
        let option =
            if release.is_some() { "replaceRuntimeDependencies" } else { "replaceDependencies.replacements" };
        let all = nix(&format!(
            "let on = {on}; name = p: builtins.substring 33 (-1) (baseNameOf (toString p)); in map (r: [
               (name r.{old}) (name r.{new}) (toString r.{old} != toString r.{new})
               (builtins.any (o: toString on.pkgs.xz.${{o}} == toString r.{old}) on.pkgs.xz.outputs)
             ]) on.config.system.{option}"
        ));
        let row = |name: &str| serde_json::json!([name, name, true, true]);
        assert_eq!(all.unwrap(), serde_json::json!([row("xz-bin"), row("xz-dev"), row("xz")]), "{release:?}");
    }
}

/// What a file says of itself is what it holds.
#[test]
fn headers_speak_of_what_the_file_holds() {
    let flat = |text: &str| text.replace("\n# ", " ");
    let text = flat(&shipped("nixos-overlay", &["sqlite", "openssl"], None).text);
    for words in [
        "to libraries: openssl, sqlite",
        "COST: openssl, sqlite and every package that depends on one of them",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("glibc") && !text.contains("zlib") && !text.contains("whole system"), "{text}");
    let both = flat(&shipped("nixos-overlay", &[], None).text);
    assert!(
        both.contains("to libraries: glibc, zlib")
            && both.contains("hwtune.glibc.enable = true turns on glibc")
    );
    assert!(
        both.contains("hwtune.enable = true, which turns on zlib.")
            && both.contains("the whole system is built")
    );
    let zlib = flat(&shipped("nixos-overlay", &["zlib"], None).text);
    assert!(zlib.contains("With it on") && !zlib.contains("refuses to start"), "{zlib}");
    let xz = flat(&shipped("nixos-overlay", &["xz"], None).text);
    assert!(xz.contains("standard environment is built with xz"), "{xz}");
    for target in ["nixos-overlay", "nixos-replace", "nixos-side"] {
        let nothing = flat(&render(&profile("unmeasured"), target, &Options::default()).unwrap().text);
        assert!(nothing.contains("COST: none."), "{target}: {nothing}");
    }
    let side = shipped("nixos-side", &["sqlite"], None).text;
    assert!(side.contains("sqlite (as sqlite-hw)") && side.contains("default = [ ];"), "{side}");
    let runtimes =
        flat(&render(&profile("measured"), "home-manager-runtimes", &Options::default()).unwrap().text);
    assert!(runtimes.contains("- Rust: target-cpu=skylake.") && !runtimes.contains("- glibc:"), "{runtimes}");
}

/// The first compiler of newer releases has no isl, and stops at flags that its version knows.
#[test]
fn flags_that_the_first_compiler_stops_at_are_left_out() {
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let mut profile = profile("measured");
    let flags = ["-march=skylake", "-fgraphite-identity", "-floop-nest-optimize", "-fweb"].map(String::from);
    let zlib = profile.package.get_mut("zlib").unwrap();
    zlib.flags = flags.to_vec();
    let of = |target: &str, release: &str, strict: bool| {
        let packages = vec!["zlib".to_string()];
        let options = Options { packages, strict, nixpkgs: Some(release.into()), ..Options::default() };
        hwtune::render::render(&profile, &catalogue, target, &options)
    };
    let kept_by = |target: &str, release: &str| kept(&of(target, release, false).unwrap(), "zlib");
    assert_eq!(kept_by("nixos-overlay", "26.05"), ["-march=skylake", "-fweb"]);
    for (target, release) in [("nixos-overlay", "25.11"), ("nixos-replace", "26.05"), ("nixos-side", "26.05")]
    {
        assert_eq!(kept_by(target, release), flags, "{target} {release}: its compiler has isl");
    }
    let low = of("nixos-overlay", "26.05", false).unwrap();
    let text = low.text.replace("\n# ", " ").replace("\n#   ", " ");
    assert!(
        text.contains("was built without isl, and stops at it") && text.contains("NOT MEASURED in this form")
    );
    assert!(of("nixos-overlay", "26.05", true).unwrap_err().is_refusal());
    // What the wrapper puts first from 25.11 on is no part of this profile's base.
    let text = |release: &str| of("nixos-replace", release, false).unwrap().text.replace("\n# ", " ");
    assert!(
        text("25.11")
            .contains("zlib was measured without -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer")
    );
    assert!(!text("25.05").contains("was measured without"));
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
    assert_eq!(all["variables"], serde_json::json!({ "RUSTFLAGS": "-C target-cpu=skylake" }));
    assert_eq!(
        all["full"],
        serde_json::json!({ "RUSTFLAGS": "-C target-cpu=skylake", "GOAMD64": "v3",
            "CGO_CFLAGS": "-O2 -g -march=skylake -mtune=skylake" })
    );
    assert_eq!(all["none"], serde_json::json!({}));
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
    assert_eq!(nix(&format!("{home}.config.home.sessionVariables.GOAMD64")).unwrap(), "v3");
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
    std::fs::write(module.beside("newer.toml"), text.replace("schema = 1", "schema = 2")).unwrap();
    let file = module.beside("newer.toml").display().to_string();
    let system = module.system(&format!("{{ hwtune.enable = true; hwtune.profile = {file}; }}"), "");
    assert!(nix(&format!("{system}.pkgs.zlib.flags")).unwrap_err().contains("schema 2"));
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
    flags.sort();
    flags.dedup();
    let mut profile = profile("measured");
    for section in profile.package.values_mut() {
        section.flags = flags.clone();
        section.judged.clear();
    }
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
        assert!(ours.contains(&"-march=znver5".to_string()) && !ours.contains(&"-march=native".to_string()));
        let theirs: Vec<String> = serde_json::from_value(report[package]["kept"].clone()).unwrap();
        let differ =
            |a: &[String], b: &[String]| a.iter().filter(|f| !b.contains(f)).cloned().collect::<Vec<_>>();
        assert_eq!(differ(&theirs, &ours), Vec::<String>::new(), "{package}: only the module keeps");
        assert_eq!(differ(&ours, &theirs), Vec::<String>::new(), "{package}: only the renderer keeps");
    }
}

/// One line in /etc names the library; nothing that uses it is rebuilt.
#[test]
fn preload_names_the_library_and_rebuilds_nothing() {
    let module = module("measured", "nixos-preload", &Options::default());
    let on = module.system("{ hwtune.enable = true; }", "");
    let off = module.system("{ }", "");
    let other = module.system("{ hwtune.enable = true; }", "system = \"aarch64-linux\";");
    let less = module.system("{ hwtune.enable = true; hwtune.zlib.enable = false; }", "");
    let all = nix(&format!(
        "let on = {on}; off = {off}; text = s: (s.config.environment.etc.\"ld-nix.so.preload\" or {{ text = null; }}).text; in {{
           text = text on; off = text off; other = text {other}; less = text {less};
           world = on.report == off.report; apparmor = on.config.security.apparmor.includes; }}"
    ))
    .unwrap();
    let text = all["text"].as_str().unwrap();
    let path = text.strip_suffix("/lib/libz.so.1\n").unwrap();
    assert!(path.starts_with("/nix/store/") && path.ends_with("-hwtune-preload-zlib"), "{text}");
    assert_eq!([&all["off"], &all["other"], &all["less"]], [&serde_json::Value::Null; 3]);
    assert_eq!(all["world"], true);
    assert!(
        all["apparmor"]["abstractions/base"].as_str().unwrap().contains(&format!("mr {path}/lib/libz.so.1,"))
    );
}

/// What has state of its own, or more than one SONAME, must not be loaded into every process.
#[test]
fn preload_takes_stateless_libraries_alone() {
    let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
    let target = hwtune::render::targets(None).unwrap();
    let front = &target.iter().find(|t| t.name == "nixos-preload").unwrap().front;
    let table: Vec<&str> = hwtune::render::nixpkgs().preload.iter().map(|p| p.package.as_str()).collect();
    assert_eq!(front.packages, table);
    for name in catalogue.packages.keys().filter(|n| !table.contains(&n.as_str())) {
        let options = Options { packages: vec![name.clone()], ..unmeasured() };
        let error = hwtune::render::render(&profile("unmeasured"), &catalogue, "nixos-preload", &options)
            .unwrap_err();
        assert!(error.is_refusal() && error.to_string().contains("SONAME"), "{error}");
    }
    let text = shipped("nixos-preload", &["zlib", "zstd"], None).text.replace("\n# ", " ");
    assert!(
        text.contains("hwtune.zstd.enable = true turns on zstd") && text.contains("\"libzstd.so.1\""),
        "{text}"
    );
}

/// The loader takes the file where the CPU has the level, so the level must promise what the flags use.
#[test]
fn hwcaps_takes_the_least_level_that_covers_the_flags() {
    let of = |flags: &[&str]| {
        let mut profile = profile("measured");
        let zlib = profile.package.get_mut("zlib").unwrap();
        zlib.flags = flags.iter().map(|f| f.to_string()).collect();
        let catalogue = hwtune::catalogue::Catalogue::load(None).unwrap();
        hwtune::render::render(&profile, &catalogue, "hwcaps", &Options::default())
    };
    for (flags, level) in [
        (&["-march=skylake", "-mtune=skylake"][..], "x86-64-v3"),
        (&["-mavx2"], "x86-64-v3"),
        (&["-funroll-loops", "-mtune=skylake"], "x86-64-v2"),
        (&["-msse4.2", "-mavx512vl"], "x86-64-v4"),
        (&["-march=znver3"], "x86-64-v3"),
    ] {
        let text = of(flags).unwrap().text;
        assert!(text.contains(&format!("\nlevel='{level}'\n")), "{flags:?}: {text}");
        assert!(text.contains(&format!("\nflags='{}'\n", flags.join(" "))), "{flags:?}: {text}");
    }
    let mixed = of(&["-mavx2", "-mavx512vnni"]).unwrap();
    assert_eq!(kept(&mixed, "zlib"), ["-mavx2"]);
    assert!(mixed.text.replace("\n# ", " ").contains("needs avx512vnni, which x86-64-v4 does not promise"));
    assert!(mixed.text.contains("NOT MEASURED in this form"));
    let nothing = of(&["-mavx512vnni"]).unwrap_err();
    assert!(nothing.is_refusal() && nothing.to_string().contains("avx512vnni"), "{nothing}");
    let arm = render(&profile("aarch64"), "hwcaps", &Options::default()).unwrap_err();
    assert!(arm.is_refusal() && arm.to_string().contains("x86-64"), "{arm}");
}
