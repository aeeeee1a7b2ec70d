//! Build systems and package managers for C and C++.

use super::{FLAGS, command, folder, folder_of, folder_of_nothing, run, search, tool, write};
use crate::render::support::profile;
use std::path::Path;

const SOURCES: [(&str, &str); 2] = [("x.c", "int x;\n"), ("y.cc", "int y;\n")];

#[test]
#[ignore = "needs cmake"]
fn cmake_keeps_flags_and_toolchain_files() {
    let lists = "cmake_minimum_required(VERSION 3.21)\nproject(x C CXX)\nadd_library(x x.c y.cc)\n";
    let own = "set(CMAKE_C_FLAGS_INIT \"-DFILE\")\ninclude(${CMAKE_CURRENT_LIST_DIR}/hwtune.cmake)\n";
    let commands = |root: &Path, build: &str, args: &[&str]| {
        write(root, &SOURCES);
        write(root, &[("CMakeLists.txt", lists), ("own.cmake", own)]);
        let mut cmake = command(tool("cmake"));
        cmake
            .args(args)
            .args(["-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-G", "Unix Makefiles"])
            .current_dir(root);
        run(cmake.env("CFLAGS", "-DOWN"));
        std::fs::read_to_string(root.join(build).join("compile_commands.json")).unwrap()
    };
    for (folder, added) in
        [(folder(&["cmake", "cmake-preset"]), FLAGS), (folder_of_nothing(&["cmake", "cmake-preset"]), "")]
    {
        let text = commands(folder.path(), "build-hwtune", &["--preset", "hwtune"]);
        assert!(text.contains(format!("-DOWN {added}").trim_end()), "{text}");
        assert_eq!(text.matches(FLAGS).count(), if added.is_empty() { 0 } else { 2 }, "{text}");
        let text = commands(folder.path(), "b", &["-B", "b", "--toolchain", "own.cmake"]);
        assert!(text.contains(format!("-DOWN -DFILE {added}").trim_end()), "{text}");
        assert_eq!(text.matches(FLAGS).count(), if added.is_empty() { 0 } else { 2 }, "{text}");
    }
}

#[test]
#[ignore = "needs meson and ninja"]
fn meson_keeps_flags_and_native_files() {
    let commands = |root: &Path, build: &str, files: &[&str]| {
        write(root, &SOURCES);
        write(
            root,
            &[
                ("meson.build", "project('x', 'c', 'cpp')\nlibrary('x', 'x.c', 'y.cc')\n"),
                ("own.ini", "[built-in options]\nc_args = ['-DFILE']\n"),
                ("compiler.ini", "[binaries]\nc = ['env', 'gcc'] + hwtune\n"),
            ],
        );
        let mut meson = command(tool("meson"));
        meson.arg("setup").args(files.iter().flat_map(|f| ["--native-file", f])).arg(build);
        run(meson.current_dir(root).env("PATH", search()).env("CFLAGS", "-DOWN"));
        std::fs::read_to_string(root.join(build).join("compile_commands.json")).unwrap()
    };
    for (folder, added) in [(folder(&["meson"]), 2), (folder_of_nothing(&["meson"]), 0)] {
        let root = folder.path();
        let text = commands(root, "a", &["hwtune.ini"]);
        assert!(text.matches(FLAGS).count() == added && text.contains("-DOWN"), "{text}");
        for files in [["own.ini", "hwtune.ini"], ["hwtune.ini", "own.ini"]] {
            let text = commands(root, &format!("b-{}", files[0]), &files);
            assert!(text.matches(FLAGS).count() == added && text.contains("-DFILE"), "{text}");
        }
        if added > 0 {
            let text = commands(root, "c", &["hwtune.ini", "compiler.ini"]);
            assert!(text.contains(&format!("env gcc {FLAGS}")) && text.contains("-DOWN"), "{text}");
        }
    }
}

#[test]
#[ignore = "needs conan"]
fn conan_adds_to_the_default_profile() {
    let conf = |root: &Path| {
        let conan = |args: &[&str]| {
            run(command(tool("conan")).args(args).current_dir(root).env("CONAN_HOME", root.join("home")))
        };
        if !root.join("home/profiles/default").exists() {
            conan(&["profile", "detect"]);
        }
        let text = conan(&["profile", "show", "-pr", "./hwtune", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["host"]["conf"].clone()
    };
    let own =
        "\n[conf]\ntools.build:cflags=[\"-DOWN\"]\ntools.info.package_id:confs=[\"tools.build:sysroot\"]\n";
    for (folder, added) in [(folder(&["conan"]), true), (folder_of_nothing(&["conan"]), false)] {
        let root = folder.path();
        let empty = conf(root);
        let flags = serde_json::json!(["-march=skylake", "-mtune=skylake"]);
        assert_eq!(empty.get("tools.build:cxxflags"), added.then_some(&flags), "{empty}");
        let file = root.join("home/profiles/default");
        std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + own).unwrap();
        let kept = conf(root);
        let (cflags, confs) = match added {
            true => (
                serde_json::json!(["-DOWN", "-march=skylake", "-mtune=skylake"]),
                serde_json::json!(["tools.build:sysroot", "tools.build:cflags", "tools.build:cxxflags"]),
            ),
            false => (serde_json::json!(["-DOWN"]), serde_json::json!(["tools.build:sysroot"])),
        };
        assert_eq!((&kept["tools.build:cflags"], &kept["tools.info.package_id:confs"]), (&cflags, &confs));
    }
}

#[test]
#[ignore = "needs easybuild"]
fn easybuild_keeps_what_it_would_do() {
    let config = |root: &Path| {
        write(root, &[("own.cfg", "[override]\nparallel = 3\n")]);
        let mut eb = command(tool("eb"));
        eb.args(["--show-config", "--configfiles", "own.cfg,easybuild.cfg", "--prefix", "eb"]);
        eb.env("EASYBUILD_MODULES_TOOL", "EnvironmentModules").env("EASYBUILD_MODULE_SYNTAX", "Tcl");
        eb.env("EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES", "1");
        let out = eb.current_dir(root).env("HOME", root).env("PATH", search()).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && !text.to_lowercase().contains("deprecated"), "{text}");
        assert!(text.contains("parallel") && text.contains("= 3"), "{text}");
        text
    };
    let with = config(folder(&["easybuild"]).path());
    assert!(with.contains("'GCC': '-march=skylake -mtune=skylake'"), "{with}");
    assert!(!config(folder_of_nothing(&["easybuild"]).path()).contains("optarch"));
    // Flags that name no CPU leave EasyBuild's own in place.
    let tuned = super::answered(&profile("measured"), &["-mtune=skylake"]);
    let tuned = config(folder_of(&tuned, &["easybuild"]).path());
    assert!(tuned.contains("'GCC': '-march=native -mtune=skylake'"), "{tuned}");
}

#[test]
#[ignore = "needs easybuild"]
fn easybuild_knows_the_hook_and_its_options() {
    let script = "from easybuild.tools.hooks import load_hooks\n\
        from easybuild.tools.toolchain.compiler import Compiler\n\
        print(list(load_hooks('hwtune_hooks.py')))\n\
        print([o for o in ('extra_cflags', 'extra_cxxflags') if o in Compiler.COMPILER_SHARED_OPTS])\n";
    let folder = folder(&["easybuild-packages"]);
    let text = run(command(tool("python3")).args(["-c", script]).current_dir(folder.path()));
    assert_eq!(text, "['parse_hook']\n['extra_cflags', 'extra_cxxflags']\n");
}

#[test]
#[ignore = "needs bazel"]
fn bazel_adds_to_the_flags_of_bazelrc() {
    // A rule that asks for the copts, as cc_library does; its own needs a download.
    let rule = "def _x(ctx):\n    print(\"copts\", ctx.fragments.cpp.copts)\nx = rule(implementation = _x, fragments = [\"cpp\"])\n";
    for (folder, copts) in [
        (folder(&["bazel"]), "copts [\"-DOWN\", \"-march=skylake\", \"-mtune=skylake\"]"),
        (folder_of_nothing(&["bazel"]), "copts [\"-DOWN\"]"),
    ] {
        let root = folder.path();
        write(
            root,
            &[
                ("WORKSPACE", ""),
                ("BUILD", "load(\":x.bzl\", \"x\")\nx(name = \"x\")\n"),
                ("x.bzl", rule),
                (".bazelrc", "build --copt=-DOWN\ntry-import %workspace%/hwtune.bazelrc\n"),
            ],
        );
        let out = command(tool("bazel"))
            .arg(format!("--output_user_root={}", root.join("out").display()))
            .args(["--batch", "build", "--nobuild", "--config=hwtune", "//:x"])
            .current_dir(root)
            .output()
            .unwrap_or_else(|e| panic!("bazel: {e}; install it"));
        let text = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && text.contains(copts), "{text}");
    }
}
