//! `tune --source` on a package of a user's own: its sources, its driver, its trial.

use crate::support::mine::{Mine, as_its_schema_says, fails, json, stderr};
use hwtune::profile::{self, Evidence, Stage, Verdict};
use std::process::Command;

const TUNE: [&str; 9] =
    ["tune", "--source", "mine=tree", "--candidates", "flags", "--seed", "5", "-o", "host.toml"];

#[test]
fn the_real_package_is_built_and_the_profile_says_so() {
    let mine = Mine::new();
    mine.write("flags", "-O2\n-DMINE_START=4\n-fno-such-thing\n");
    let output = mine.run(&[&TUNE[..], &["--budget", "10s"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let made = profile::read(&mine.path("host.toml")).unwrap();
    let section = &made.package["mine"];
    assert_eq!(section.evidence, Evidence::Package);
    assert!(section.sources.starts_with("mine 2.5 sha256:"), "{}", section.sources);
    // The base is the package's: what only its sources need is no flag of anybody's.
    assert_eq!(section.base, ["-O1", "-fPIC"]);
    assert!(section.code_bytes.is_some() && section.catalogue.is_some());
    let judged = |flag: &str| {
        let found = section.judged.iter().find(|j| j.flags == [flag] && j.kernel.is_none());
        found.unwrap_or_else(|| panic!("{flag} in {:?}", section.judged)).verdict
    };
    assert_eq!(judged("-fno-such-thing"), Verdict::Refused);
    assert!(!matches!(judged("-O2"), Verdict::Refused | Verdict::Unsupported | Verdict::WrongResult));
    for named in section.judged.iter().filter_map(|j| j.kernel.as_deref()) {
        assert!(named == "mine/sum" || named == "mine/twice", "{named}");
    }
    assert!(section.judged.iter().all(|j| j.stage != Stage::Confirm || j.layouts > 0 || j.effect.is_none()));

    // Where it is still true, nothing is measured; other sources are another question.
    let again = mine.run(&[&TUNE[..], &["--if-stale"]].concat());
    assert!(stderr(&again).contains("still true here"), "{}", stderr(&again));
    mine.replace("tree/src/sum.c", "(i & 7)", "(i & 3)");
    let other = mine.run(&[&TUNE[..], &["--if-stale", "--budget", "2s"]].concat());
    assert!(stderr(&other).contains("measured on other sources"), "{}", stderr(&other));
}

#[test]
fn a_tree_that_is_not_what_the_trial_describes_is_told() {
    let mine = Mine::new();
    mine.write("flags", "-O2\n");
    let tune = |source: &str| {
        mine.run(&["tune", "--source", source, "--candidates", "flags", "--budget", "2s", "-o", "x.toml"])
    };
    fails(&tune("mine=nowhere"), 2, &["package mine", "nowhere", "source tree"]);
    fails(&tune("mine=probes"), 2, &["package mine", "no inc/mine.h in it", "root of mine's source tree"]);
    fails(&tune("nobody=tree"), 2, &["--source nobody", "mine", "zlib"]);
    fails(&tune("glibc=tree"), 2, &["package glibc", "hwtune compare"]);
    assert!(stderr(&tune("mine")).contains("write PACKAGE=DIR"));

    mine.replace("tree/inc/mine.h", "2.5", "3.0");
    fails(&tune("mine=tree"), 2, &["is version 3.0", "the trial builds 2 up to 3"]);
    mine.replace("tree/inc/mine.h", "MINE_VERSION", "OTHER");
    fails(&tune("mine=tree"), 2, &["mine.h", "does not define MINE_VERSION"]);
    mine.replace("tree/inc/mine.h", "OTHER \"3.0\"", "MINE_VERSION \"2.9\"");
    mine.replace("tree/src/sum.c", "return sum;", "return summ;");
    fails(
        &tune("mine=tree"),
        2,
        &["mine/sum", "does not compile under its base flags", "package/src/sum.c:7"],
    );
    mine.replace("tree/src/sum.c", "summ", "sum");
    mine.replace("tree/src/deep.c", "mine_twice", "mine_thrice");
    fails(&tune("mine=tree"), 2, &["mine/", "fails under its base flags", "mine_twice"]);
    std::fs::remove_file(mine.path("tree/src/sum.c")).unwrap();
    std::fs::remove_file(mine.path("tree/src/deep.c")).unwrap();
    std::fs::remove_file(mine.path("tree/src/test_it.c")).unwrap();
    fails(&tune("mine=tree"), 2, &["no file src/*.c in it"]);
    assert!(!mine.path("x.toml").exists());
}

#[test]
fn an_archive_serves_as_its_tree_does() {
    let mine = Mine::new();
    let packed =
        Command::new("tar").args(["-czf", "mine-2.5.tar.gz", "tree"]).current_dir(mine.dir.path()).status();
    assert!(packed.unwrap().success());
    mine.write("flags", "-O2\n");
    let args = [
        "tune",
        "--source",
        "mine=mine-2.5.tar.gz",
        "--candidates",
        "flags",
        "--budget",
        "2s",
        "-o",
        "x.toml",
    ];
    let output = mine.run(&args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let of_tree = mine.run(&[&TUNE[..], &["--budget", "2s"]].concat());
    assert_eq!(of_tree.status.code(), Some(0), "{}", stderr(&of_tree));
    let sources = |file: &str| profile::read(&mine.path(file)).unwrap().package["mine"].sources.clone();
    assert_eq!(sources("x.toml"), sources("host.toml"));
    mine.write("broken.tar.gz", "no archive\n");
    let broken = mine.run(&["tune", "--source", "mine=broken.tar.gz", "-o", "y.toml"]);
    fails(&broken, 2, &["broken.tar.gz", "unpack it"]);
}

const KERNEL: &str = "/* hwtune:\ntitle = \"Adds\"\nstands_for = \"mine_sum\"\nsource = \"mine\"\n\
    datasets = [\"text\", \"noise\", \"kept\"]\n*/\n#include \"probe.h\"\nstatic unsigned char in[4096];\nstatic unsigned set;\n\
    int probe_dataset(unsigned i) { set = i; return i < 3 ? 0 : 1; }\n\
    void probe_setup(uint64_t seed) { (set == 1 ? support_noise : support_text)(seed, in, sizeof in); }\n\
    uint64_t probe_run(void) { uint64_t sum = 3; for (unsigned i = 0; i < 4000; i++) sum += in[i] * (i & 7); return sum; }\n";

#[test]
fn kernels_are_held_against_the_package() {
    let mine = Mine::new();
    let args =
        ["transfer", "--source", "mine=tree", "--candidates", "flags", "--layouts", "2", "--format", "json"];
    mine.write("flags", "-O2\n-DMINE_START=4\n-fno-jump-tables\n");
    fails(&mine.run(&args), 2, &["package mine", "no kernels stand for it"]);

    mine.write("probes/mine/adds.c", KERNEL);
    mine.replace(
        "probes/mine/trial.toml",
        "name = \"sum\"\n",
        "name = \"sum\"\nkernels = { adds = 0.5 }\nkernels_source = \"guess\"\n",
    );
    let packages = std::fs::read_to_string(mine.path("probes/packages.toml")).unwrap();
    mine.write(
        "probes/packages.toml",
        &packages.replace(
            "[[package",
            "[package.mine.kernels]\nadds = { weight = 1.0, source = \"guess\" }\n[[package",
        ),
    );
    let made = json(&mine.run(&args));
    assert_eq!(made["package"], "mine");
    as_its_schema_says(&mine, "transfer", &made);
    let foretold = made["foretold"].as_array().unwrap();
    assert_eq!(
        foretold.iter().map(|f| ["by", "name"].map(|key| f[key].as_str().unwrap())).collect::<Vec<_>>(),
        [["kernel", "mine/adds"], ["operation", "mine/sum"], ["all", "all"]]
    );
    assert_eq!(foretold[1]["kernels"], serde_json::json!({"mine/adds": 0.5}));
    let promises = made["goal"].as_array().unwrap();
    assert_eq!(promises.len(), 3);
    assert_eq!(promises[2]["kept"], serde_json::Value::Null, "too few pairs for a correlation");
    assert_eq!(foretold[0]["operations"], serde_json::json!(["mine/sum"]));
    // -O2 changes code on both sides; a switch table there is none of.
    let flags = made["flags"].as_array().unwrap();
    assert_eq!(flags.len(), 1, "{flags:?}");
    assert_eq!(made["same_code"], 1);
    assert_eq!(flags[0]["flags"], serde_json::json!(["-O2"]));
    for (side, name) in [("kernels", "mine/adds"), ("operations", "mine/sum"), ("operations", "mine/twice")] {
        assert!(flags[0][side][name]["verdict"].is_string(), "{side} {name}");
    }
    // Of the other operation nothing is foretold, since no kernel stands for it.
    assert!(flags[0]["foretold"]["mine/twice"].is_null());
    let effect = |side: &str, name: &str| flags[0][side][name]["effect"].as_f64().unwrap();
    let (alone, share) = (effect("kernels", "mine/adds"), effect("foretold", "mine/sum"));
    // Half of the time keeps its length. That is reckoned layout by layout and the curve is concave, so that the mean of the
    // layouts lies below the curve at their mean, by the more the further the layouts of a busy machine lie apart.
    let expected = -100.0 * (0.5 + 0.5 * (-alone / 100.0).exp()).ln();
    assert!(share < expected + 0.05, "half of {alone} makes {expected}, not {share}");
    assert!(share > 0.7 * expected, "half of {alone} makes {expected}, not {share}");
    assert!(flags[0]["of_package"]["effect"].is_number());

    mine.replace("probes/mine/trial.toml", "{ adds", "{ gone");
    fails(&mine.run(&args), 2, &["mine/trial.toml", "operation sum names the kernel `gone`"]);
}
