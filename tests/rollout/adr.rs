//! The section of a decision record.

use crate::rollout::world::{World, profile, stderr, stdout};

fn rows(text: &str, operation: &str) -> Vec<String> {
    let row = text
        .lines()
        .find(|l| l.starts_with(&format!("| {operation}")))
        .unwrap_or_else(|| panic!("{operation}\n{text}"));
    row.trim_matches('|').split(" | ").map(|c| c.trim().to_string()).collect()
}

#[test]
fn each_expectation_has_its_standing_and_each_route_its_risks() {
    let world = World::new();
    let mut profile = std::fs::read_to_string(profile()).unwrap();
    profile.push_str(
        "[[package.glibc.judged]]\nflags = [\"-march=skylake\", \"-mtune=skylake\", \"-O3\", \"-fno-plt\"]\nkind = \"set\"\n\
         stage = \"confirm\"\nverdict = \"helps\"\nkernel = \"malloc\"\neffect = 1.25\nlow = 0.5\nhigh = 2.0\nlayouts = 16\npairs = 160\n",
    );
    world.write("p.toml", &profile);
    let report = |route: &str| {
        let args =
            ["report", "--section", "adr", "--route", route, "--profile", "p.toml", "--state", "s.toml"];
        world.hwtune(&args)
    };
    assert_eq!(report("overlay").status.code(), Some(2), "a state that was named must be there");
    world.write("s.toml", "schema = 1\n");
    let out = report("overlay");
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    let text = stdout(&out);
    for (operation, standing, found) in [
        ("String operations", "not movable by flags", "-"),
        (
            "Memory allocation",
            "measured by stand-in",
            "kernel `malloc`: +1.25 [+0.50, +2.00], n = 16 layouts (160 pairs), helps",
        ),
        ("Math operations", "not measured", "-"),
        ("System calls", "not movable by flags", "-"),
        ("gzip", "not reached", "-"),
        ("git operations", "not measured", "-"),
        ("Nix store", "not reached", "-"),
        ("HTTP", "not measured", "-"),
        (
            "Overall compression",
            "measured by stand-in",
            "+3.10 [+1.80, +4.40], n = 16 layouts (160 pairs), helps",
        ),
    ] {
        let row = rows(&text, operation);
        assert_eq!((row[2].as_str(), row[3].as_str()), (standing, found), "{operation}");
        assert!(!row[4].is_empty() && row.len() == 5, "{row:?}");
    }
    assert!(
        text.contains("lesser than skylake (x86-64-v3)") && text.contains("built for shoshin alone"),
        "{text}"
    );
    assert!(stdout(&report("replace")).contains("initrd") && !text.contains("initrd"));
}

#[test]
fn the_built_library_is_better_evidence_than_a_stand_in_of_the_same_profile_alone() {
    let world = World::new();
    let fingerprint = "sha256:f384aca049959c93ff8f4033be41ea197d78afb9d997236cfc3667c10f0f2225";
    let state = |fingerprint: &str| {
        format!(
            "schema = 1\n[baseline]\nat = \"then\"\ncomplete = true\nsystem = \"\"\ngeneration = 41\n\
             [plan]\nat = \"x\"\nroute = \"overlay\"\nfingerprint = \"{fingerprint}\"\n[plan.packages]\nglibc = []\nzlib = []\n\
             [verified]\nat = \"now\"\nsystem = \"\"\nkeep = true\nmargin = 2.0\ncheck = []\n\
             [[verified.timing]]\njob = \"libc-malloc\"\nhow = \"paired\"\nn = 12\neffect = 1.0\nlow = 0.5\nhigh = 1.5\n\
             [[verified.timing]]\njob = \"zlib-compress\"\nhow = \"paired\"\nn = 12\neffect = 3.0\nlow = 2.5\nhigh = 3.5\n"
        )
    };
    let report = |text: &str| {
        world.write("s.toml", text);
        stdout(&world.hwtune(&["report", "--section", "adr", "--profile", &profile(), "--state", "s.toml"]))
    };
    let text = report(&state(fingerprint));
    let malloc = rows(&text, "Memory allocation");
    assert_eq!(
        (malloc[2].as_str(), malloc[3].as_str()),
        ("measured", "`libc-malloc` in the built library: +1.00 [+0.50, +1.50], n = 12")
    );
    assert_eq!(rows(&text, "git operations")[2], "measured by stand-in");
    assert!(text.contains("generation 41") && text.contains("verified now: keep"), "{text}");
    let other = report(&state("sha256:other"));
    assert_eq!(rows(&other, "Memory allocation")[2], "not measured");
    assert!(other.contains("figures are left out"));
}

#[test]
fn hostile_names_mean_nothing_in_markdown() {
    let world = World::new();
    let hostile = std::fs::read_to_string(profile())
        .unwrap()
        .replace(
            "cpu = \"Intel(R) Core(TM) i7-6700K CPU @ 4.00GHz\"",
            "cpu = \"<img src=x> | [a](b) {host} `c`\\n# d\"",
        )
        .replace("microarchitecture = \"skylake\"", "microarchitecture = \"sky|lake {cpu}\"");
    let mut hostile = hwtune::profile::parse(&hostile, "p.toml").unwrap();
    hostile.fingerprint = hwtune::profile::fingerprint(&hostile);
    world.write("p.toml", &hwtune::profile::to_toml(&hostile).unwrap());
    let text =
        stdout(&world.hwtune(&["report", "--section", "adr", "--route", "side", "--profile", "p.toml"]));
    assert!(text.contains("\\<img src=x\\> \\| \\[a\\](b) {host} \\`c\\` \\# d"), "{text}");
    assert!(text.contains("lesser than sky\\|lake {cpu} (x86-64-v3)"), "{text}");
    assert!(!text.lines().any(|l| l.starts_with("# d")));
}
