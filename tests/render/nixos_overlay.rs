//! The overlay, evaluated by real Nix in the forms that nixpkgs packages take.

use crate::render::support::{Module, catalogue, kept, nix, profile, render, unmeasured};
use hwtune::render::Options;
use serde_json::Value;

const FORMS: [&str; 7] = ["env", "empty", "string", "list", "null", "other", "none"];
const SETS: [&str; 6] = ["pkgs", "i686", "musl", "static", "staticGlibc", "cross"];

/// What each form carries before anything is added.
fn own(form: &str) -> &'static str {
    match form {
        "env" | "string" | "list" => "-static-libgcc -DOWN=1",
        _ => "",
    }
}

fn off_and_on(module: &Module, settings: &str) -> Value {
    let mut text = String::from("{");
    for form in FORMS {
        let form_is = format!("form = \"{form}\";");
        text += &format!(
            "{form} = {{ off = {}.report; on = {}.report; }};",
            module.system("{ }", &form_is),
            module.system(settings, &form_is)
        );
    }
    nix(&(text + "}")).unwrap()
}

#[test]
fn appends_exactly_what_was_kept_and_only_here() {
    let rendered = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap();
    assert_eq!(kept(&rendered, "zlib"), ["-march=skylake", "-mtune=skylake"]);
    assert_eq!(kept(&rendered, "glibc"), ["-march=skylake", "-mtune=skylake"]);
    let module = Module::new(&rendered);
    let all = off_and_on(&module, "{ hwtune.enable = true; hwtune.glibc.enable = true; }");
    for form in FORMS {
        let (off, on) = (&all[form]["off"], &all[form]["on"]);
        for package in ["zlib", "glibc"] {
            let (before, after) = (&off["pkgs"][package], &on["pkgs"][package]);
            assert_eq!(before["flags"].as_str().unwrap_or_default(), own(form), "{form}");
            let wanted = format!("{} {}", own(form), kept(&rendered, package).join(" "));
            assert_eq!(after["flags"], wanted.trim_start(), "{form} {package}");
            // Only the one variable is new, and only in env or where it was already.
            let arguments = |v: &Value| -> Vec<String> {
                v.as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_string()).collect()
            };
            let mut expected = arguments(&before["args"]);
            if !expected.iter().any(|a| a == "env" || a == "NIX_CFLAGS_COMPILE") {
                expected.insert(0, "env".into());
            }
            assert_eq!(arguments(&after["args"]), expected, "{form} {package}");
            assert!(!arguments(&after["args"]).contains(&"nativeBuildInputs".into()));
        }
        // The cost that the header states: everything changes.
        assert_ne!(off["pkgs"]["hello"]["drvPath"], on["pkgs"]["hello"]["drvPath"]);
        for set in SETS.iter().filter(|s| **s != "pkgs") {
            assert_eq!(off[set], on[set], "{form}: {set} must be left alone");
        }
    }
}

#[test]
fn is_off_until_enabled_and_glibc_until_asked() {
    let rendered = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap();
    let module = Module::new(&rendered);
    let plain = "(import ".to_string()
        + &crate::render::support::path("nix/system.nix").display().to_string()
        + " { module = { }; }).report.pkgs";
    let all = nix(&format!(
        "{{ plain = {plain}; off = {}.report.pkgs; overlays = builtins.length {}.config.nixpkgs.overlays; \
         zlib = {}.report.pkgs; glibc = {}.report.pkgs; neither = {}.report.pkgs; other = {}.report.pkgs; }}",
        module.system("{ hwtune.glibc.enable = true; }", ""),
        module.system("{ }", ""),
        module.system("{ hwtune.enable = true; }", ""),
        module
            .system("{ hwtune.enable = true; hwtune.zlib.enable = false; hwtune.glibc.enable = true; }", ""),
        module.system("{ hwtune.enable = true; hwtune.zlib.enable = false; }", ""),
        module.system("{ hwtune.enable = true; hwtune.glibc.enable = true; }", "system = \"aarch64-linux\";"),
    ))
    .unwrap();
    assert_eq!(all["plain"], all["off"]);
    assert_eq!(all["plain"], all["neither"]);
    assert_eq!(all["overlays"], 0);
    let base = "-static-libgcc -DOWN=1";
    let tuned = "-static-libgcc -DOWN=1 -march=skylake -mtune=skylake";
    assert_eq!(
        (&all["zlib"]["zlib"]["flags"], &all["zlib"]["glibc"]["flags"]),
        (&tuned.into(), &base.into())
    );
    assert_eq!(
        (&all["glibc"]["zlib"]["flags"], &all["glibc"]["glibc"]["flags"]),
        (&base.into(), &tuned.into())
    );
    assert_eq!(
        (&all["other"]["zlib"]["flags"], &all["other"]["glibc"]["flags"]),
        (&base.into(), &base.into())
    );
}

#[test]
fn works_for_aarch64() {
    let rendered = render(&profile("aarch64"), "nixos-overlay", &Options::default()).unwrap();
    let module = Module::new(&rendered);
    let arm = module.system("{ hwtune.enable = true; }", "system = \"aarch64-linux\";");
    let intel = module.system("{ hwtune.enable = true; }", "");
    let both =
        nix(&format!("{{ arm = {arm}.report.pkgs.zlib.flags; intel = {intel}.report.pkgs.zlib.flags; }}"));
    let both = both.unwrap();
    assert_eq!(both["arm"], "-static-libgcc -DOWN=1 -mcpu=neoverse-v1");
    assert_eq!(both["intel"], "-static-libgcc -DOWN=1");
}

#[test]
fn says_what_it_costs_and_what_was_left_out() {
    let text = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap().text;
    for words in [
        "Do not edit",
        "COST:",
        "binary cache",
        "RISK:",
        "refuses to start",
        "BACK:",
        "--rollback",
        "gcc-12.2.0",
        "left out -O3",
        "left out -fno-plt",
        "hwtune tune --cc",
        "shoshin",
        "NOT MEASURED in this form",
    ] {
        assert!(
            text.replace("\n# ", " ").replace("\n#   ", " ").contains(words),
            "{words:?} is not in\n{text}"
        );
    }
    assert!(
        !text.contains("<nixpkgs>")
            || text.lines().filter(|l| l.contains("<nixpkgs>")).all(|l| l.starts_with('#'))
    );
    assert!(!text.contains("currentSystem"));
    assert_eq!(nixfmt_rs::format(&text).unwrap(), text, "not a fixed point of nixfmt");
}

#[test]
fn nothing_unmeasured_without_a_word() {
    let profile = profile("unmeasured");
    let rendered = render(&profile, "nixos-overlay", &Options::default()).unwrap();
    assert!(kept(&rendered, "zlib").is_empty() && kept(&rendered, "glibc").is_empty());
    let module = Module::new(&rendered);
    let all = nix(&format!(
        "{{ off = {}.report; on = {}.report; }}",
        module.system("{ }", ""),
        module.system("{ hwtune.enable = true; hwtune.glibc.enable = true; }", "")
    ))
    .unwrap();
    assert_eq!(all["off"], all["on"]);
    let marked = render(&profile, "nixos-overlay", &unmeasured()).unwrap();
    assert_eq!(kept(&marked, "zlib"), ["-march=skylake", "-mtune=skylake"]);
    assert!(marked.text.contains("NOT MEASURED"));
}

#[test]
fn the_same_profile_gives_the_same_bytes() {
    let one = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap();
    assert_eq!(one, render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap());
    assert!(catalogue().packages.contains_key("zlib"));
}

/// An attribute that only puts other packages together compiles nothing: flags for it would do nothing, silently.
#[test]
fn what_compiles_nothing_is_told() {
    let rendered = render(&profile("measured"), "nixos-overlay", &Options::default()).unwrap();
    let text = rendered.text;
    let append = text.split("  append =").nth(1).and_then(|t| t.split("in\n{").next()).unwrap();
    let lib = crate::render::support::path("nix/lib.nix").display().to_string();
    let expression = format!(
        "let lib = import {lib}; append = {append} joined = f: f {{ pname = \"nodejs\"; buildCommand = \"x\"; }}; \
         in append [ \"-march=x\" ] {{ overrideAttrs = joined; }}"
    );
    let error = nix(&expression).unwrap_err();
    assert!(error.contains("hwtune: nodejs compiles nothing in this nixpkgs"), "{error}");
}
