//! Where flags of single packages stand beside those of the whole host: what the consumer's own rules make of the text.

use crate::render::support::{kept, profile, render};
use crate::render::tools::answered;
use hwtune::profile::Profile;
use hwtune::render::Options;
use std::process::Command;

/// The whole host gets `-O3`, zlib and glibc get the name of the CPU.
fn both() -> Profile {
    answered(&profile("measured"), &["-O3"])
}

fn text(profile: &Profile, target: &str) -> String {
    render(profile, target, &Options::default()).unwrap().text
}

/// Standard output of a program in a folder with a text under this name.
fn run(file: &str, text: &str, more: &[(&str, &str)], program: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in more.iter().chain([&(file, text)]) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let out = Command::new(program).args(args).current_dir(folder.path()).output().unwrap();
    assert!(out.status.success(), "{}\n{text}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Buildroot's shape: recipes expand the variables when they run, `external.mk` is read after the packages, and what a package
/// depends on is a prerequisite of its own targets.
#[test]
fn buildroot_gives_a_package_its_flags_and_nobody_elses() {
    let makefile = "TARGET_OPTIMIZATION = -O2\nTARGET_CFLAGS = $(TARGET_OPTIMIZATION) -g0\n\
        LIBZLIB_TARGET_CONFIGURE = zlib/.stamp_configured\nLIBZLIB_TARGET_BUILD = zlib/.stamp_built\n\
        all: $(LIBZLIB_TARGET_BUILD)\n\
        $(LIBZLIB_TARGET_BUILD): $(LIBZLIB_TARGET_CONFIGURE)\n\t@echo build $(TARGET_CFLAGS)\n\
        $(LIBZLIB_TARGET_CONFIGURE): | other\n\t@echo configure $(TARGET_CFLAGS)\n\
        other:\n\t@echo other $(TARGET_CFLAGS)\n\
        include hwtune.mk\n";
    let made = |profile: &Profile| {
        run("hwtune.mk", &text(profile, "buildroot"), &[("Makefile", makefile)], "make", &["-s"])
    };
    let own = "-O2 -O3 -march=skylake -mtune=skylake -g0";
    assert_eq!(made(&both()), format!("other -O2 -O3 -g0\nconfigure {own}\nbuild {own}\n"));
    // Nothing measured: nothing changes. glibc, which this Buildroot does not know, is no error.
    assert_eq!(made(&profile("unmeasured")), "other -O2 -g0\nconfigure -O2 -g0\nbuild -O2 -g0\n");
}

/// BitBake's rule: `VARIABLE:append:OVERRIDE` counts where the override is among the recipe's, in the order of the file.
fn bitbake(text: &str, overrides: &[&str]) -> String {
    let mut value = "-O2".to_string();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (name, appended) = line.split_once(" = ").unwrap();
        let name: Vec<&str> = name.split(':').collect();
        let ["SELECTED_OPTIMIZATION", "append", own] = name[..] else { panic!("{line}") };
        if overrides.contains(&own) {
            value += appended.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap();
        }
    }
    value
}

#[test]
fn yocto_gives_flags_to_the_target_alone() {
    let text = text(&both(), "yocto");
    assert_eq!(bitbake(&text, &["class-target", "pn-bash"]), "-O2 -O3");
    assert_eq!(bitbake(&text, &["class-target", "pn-zlib"]), "-O2 -O3 -march=skylake -mtune=skylake");
    assert_eq!(bitbake(&text, &["class-native", "pn-zlib-native"]), "-O2");
    assert_eq!(bitbake(&self::text(&profile("unmeasured"), "yocto"), &["class-target", "pn-zlib"]), "-O2");
}

#[test]
fn easybuild_adds_to_what_an_easyconfig_says() {
    let script = "import runpy\n\
        hook = runpy.run_path('hwtune_hooks.py')['parse_hook']\n\
        class Easyconfig(dict):\n    pass\n\
        def parsed(name, toolchain, options):\n    \
        ec = Easyconfig(toolchain={'name': toolchain}, toolchainopts=options)\n    \
        ec.name = name\n    hook(ec)\n    print(ec['toolchainopts'])\n\
        parsed('zlib', 'GCCcore', None)\n\
        parsed('zlib', 'GCCcore', {'pic': True, 'extra_cflags': '-DOWN'})\n\
        parsed('zlib', 'system', None)\nparsed('bash', 'GCCcore', None)\n";
    let read = |profile: &Profile| {
        let hooks = text(profile, "easybuild-packages");
        run("hwtune_hooks.py", &hooks, &[], "python3", &["-c", script])
    };
    let flags = "-march=skylake -mtune=skylake";
    let expected = [
        format!("{{'extra_cflags': '{flags}', 'extra_cxxflags': '{flags}'}}"),
        format!("{{'pic': True, 'extra_cflags': '-DOWN {flags}', 'extra_cxxflags': '{flags}'}}"),
        "None".into(),
        "None".into(),
    ];
    assert_eq!(read(&both()).lines().collect::<Vec<_>>(), expected);
    let nothing = ["None", "{'pic': True, 'extra_cflags': '-DOWN'}", "None", "None"];
    assert_eq!(read(&profile("unmeasured")).lines().collect::<Vec<_>>(), nothing);
}

/// A consumer that has no such package is asked for nothing, and says so where it is asked.
#[test]
fn a_package_without_a_name_there_is_left_out() {
    let rendered = render(&profile("measured"), "easybuild-packages", &Options::default()).unwrap();
    assert!(kept(&rendered, "glibc").is_empty() && !rendered.text.contains("glibc"), "{}", rendered.text);
    assert!(!kept(&rendered, "zlib").is_empty());
    let asked = Options { packages: vec!["glibc".into()], ..Options::default() };
    let refused = render(&profile("measured"), "easybuild-packages", &asked).err().unwrap().to_string();
    assert!(refused.contains("glibc") && refused.contains("does not take it"), "{refused}");
}
