//! What the modules say and do by the packages they hold and the release they are for, and the routes that rebuild nothing.

use crate::render::support::{Module, confirm, kept, nix, profile, render, unmeasured};
use hwtune::render::Options;

fn module(profile_name: &str, target: &str, options: &Options) -> Module {
    Module::new(&render(&profile(profile_name), target, options).unwrap())
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
    confirm(zlib);
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
    // Measured as 25.11 builds it, it holds there, and not where the wrapper puts something else first.
    let mut profile = profile.clone();
    let zlib = profile.package.get_mut("zlib").unwrap();
    zlib.base.splice(0..0, ["-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer"].map(String::from));
    zlib.nixpkgs = "25.11".into();
    let text = |release: &str| {
        let options = Options { nixpkgs: Some(release.into()), ..Options::default() };
        let made = hwtune::render::render(&profile, &catalogue, "nixos-replace", &options);
        made.unwrap().text.replace("\n# ", " ")
    };
    assert!(!text("25.11").contains("zlib was measured"));
    assert!(text("26.05").contains("zlib was measured without -mtls-dialect=gnu2, which"));
    assert!(
        text("25.05").contains("zlib was measured as nixpkgs 25.11 builds it, with -fno-omit-frame-pointer")
    );
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
    for name in catalogue.packages.keys().filter(|n| *n != "host" && !table.contains(&n.as_str())) {
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
        profile.host.features = hwtune::catalogue::Features::get().names.iter().cloned().collect();
        let zlib = profile.package.get_mut("zlib").unwrap();
        zlib.flags = flags.iter().map(|f| f.to_string()).collect();
        confirm(zlib);
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
        assert!(text.contains(&format!(" level='{level}'\n")), "{flags:?}: {text}");
        assert!(text.contains(&format!(" flags='{}' own_level=", flags.join(" "))), "{flags:?}: {text}");
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
