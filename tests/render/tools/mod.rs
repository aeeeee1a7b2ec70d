//! Whether the flags arrive: each consumer's own tool reads the text. Those that a bare machine lacks are found in
//! PATH or in the folder that HWTUNE_TOOLS names; a missing tool is a failure, so these are run by name.

mod cpus;

use crate::support::{profile, render};
use hwtune::render::Options;
use std::path::{Path, PathBuf};
use std::process::Command;

const FLAGS: &str = "-march=skylake -mtune=skylake";

/// A folder with the rendered texts of some targets under their usual names.
fn folder(targets: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for target in targets {
        let rendered = render(&profile("measured"), target, &Options::default()).unwrap();
        std::fs::write(folder.path().join(&rendered.file_name), rendered.text).unwrap();
    }
    folder
}

fn tool(name: &str) -> PathBuf {
    let own = std::env::var_os("HWTUNE_TOOLS").map(|d| Path::new(&d).join(name)).filter(|p| p.exists());
    own.unwrap_or_else(|| name.into())
}

/// PATH, the folder of HWTUNE_TOOLS first.
fn search() -> String {
    let own = std::env::var("HWTUNE_TOOLS").unwrap_or_default();
    format!("{own}:{}", std::env::var("PATH").unwrap_or_default())
}

/// Standard output of a command that must succeed.
fn run(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}; install it"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&out.stderr));
    text
}

fn shell(folder: &Path, script: &str) -> String {
    run(Command::new("bash")
        .args(["-euc", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin"))
}

#[test]
fn shells_read_the_files() {
    let folder = folder(&["gentoo", "makepkg", "env-sh", "envrc", "conda"]);
    let gentoo = shell(
        folder.path(),
        ". ./make.conf; echo \"$CFLAGS|$CXXFLAGS|$FFLAGS|$RUSTFLAGS|$GOAMD64|$CPU_FLAGS_X86\"",
    );
    assert_eq!(
        gentoo.trim_end(),
        format!(
            "-O2 -pipe {FLAGS}|-O2 -pipe {FLAGS}|-O2 -pipe {FLAGS}|-C target-cpu=skylake|v3|aes avx avx2 bmi1 bmi2 f16c \
             fma3 mmx mmxext pclmul popcnt rdrand sse sse2 sse3 sse4_1 sse4_2 ssse3"
        )
    );
    let arch = "CFLAGS='-march=x86-64 -mtune=generic -O2'; CXXFLAGS=\"$CFLAGS -D\"; RUSTFLAGS=-Cx; . ./hwtune.conf; \
                echo $CFLAGS\\|$CXXFLAGS\\|$RUSTFLAGS";
    assert_eq!(
        shell(folder.path(), arch).trim_end(),
        format!("-O2 {FLAGS}| -O2 -D {FLAGS}|-Cx -C target-cpu=skylake")
    );
    for file in ["hwtune.env.sh", ".envrc"] {
        let text = shell(folder.path(), &format!(". ./{file}; env"));
        assert!(
            text.contains(&format!("CFLAGS=-O2 -g {FLAGS}\n")) && text.contains("GOAMD64=v3\n"),
            "{text}"
        );
    }
    assert!(shell(folder.path(), ". ./hwtune.sh; env").contains("CONDA_OVERRIDE_ARCHSPEC=skylake\n"));
}

#[test]
fn dpkg_appends_the_flags() {
    let folder = folder(&["dpkg"]);
    std::fs::create_dir(folder.path().join("dpkg")).unwrap();
    std::fs::rename(folder.path().join("buildflags.conf"), folder.path().join("dpkg/buildflags.conf"))
        .unwrap();
    let flags = run(Command::new("dpkg-buildflags")
        .args(["--get", "CFLAGS"])
        .env("XDG_CONFIG_HOME", folder.path())
        .env_remove("CFLAGS"));
    assert!(flags.trim_end().ends_with(FLAGS), "{flags}");
}

#[test]
fn cargo_passes_the_cpu_on() {
    let folder = folder(&["cargo"]);
    let root = folder.path();
    std::fs::write(
        root.join("Cargo.toml"),
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    )
    .unwrap();
    std::fs::create_dir(root.join("src")).unwrap();
    std::fs::write(root.join("src/lib.rs"), "").unwrap();
    let out = Command::new("cargo")
        .args(["check", "-v", "--offline", "--target", "x86_64-unknown-linux-gnu", "--config", "config.toml"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(text.contains("-C target-cpu=skylake"), "{text}");
}

#[test]
#[ignore = "needs cmake"]
fn cmake_compiles_with_the_flags() {
    let folder = folder(&["cmake", "cmake-preset"]);
    let root = folder.path();
    std::fs::write(
        root.join("CMakeLists.txt"),
        "cmake_minimum_required(VERSION 3.21)\nproject(x C CXX)\nadd_library(x x.c y.cc)\n",
    )
    .unwrap();
    std::fs::write(root.join("x.c"), "int x;\n").unwrap();
    std::fs::write(root.join("y.cc"), "int y;\n").unwrap();
    run(Command::new(tool("cmake"))
        .args(["--preset", "hwtune", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-G", "Unix Makefiles"])
        .current_dir(root)
        .env_remove("CFLAGS")
        .env_remove("CXXFLAGS"));
    let commands = std::fs::read_to_string(root.join("build-hwtune/compile_commands.json")).unwrap();
    assert_eq!(commands.matches(FLAGS).count(), 2, "{commands}");
}

#[test]
#[ignore = "needs meson and ninja"]
fn meson_compiles_with_the_flags() {
    let folder = folder(&["meson"]);
    let root = folder.path();
    std::fs::write(root.join("meson.build"), "project('x', 'c', 'cpp')\nlibrary('x', 'x.c', 'y.cc')\n")
        .unwrap();
    std::fs::write(root.join("x.c"), "int x;\n").unwrap();
    std::fs::write(root.join("y.cc"), "int y;\n").unwrap();
    run(Command::new(tool("meson"))
        .args(["setup", "--native-file", "hwtune.ini", "build"])
        .current_dir(root)
        .env("PATH", search())
        .env_remove("CFLAGS")
        .env_remove("CXXFLAGS"));
    let commands = std::fs::read_to_string(root.join("build/compile_commands.json")).unwrap();
    assert_eq!(commands.matches(FLAGS).count(), 2, "{commands}");
}

#[test]
#[ignore = "needs conan"]
fn conan_reads_the_profile() {
    let folder = folder(&["conan"]);
    let root = folder.path();
    let conan = |args: &[&str]| {
        run(Command::new(tool("conan")).args(args).current_dir(root).env("CONAN_HOME", root.join("home")))
    };
    conan(&["profile", "detect"]);
    let text = conan(&["profile", "show", "-pr", "./hwtune", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let shown = json.to_string();
    assert!(shown.contains("-march=skylake") && shown.contains("-mtune=skylake"), "{shown}");
}

#[test]
#[ignore = "needs easybuild"]
fn easybuild_reads_the_configuration() {
    let folder = folder(&["easybuild"]);
    let text = run(Command::new(tool("eb"))
        .args(["--show-config", "--configfiles", "easybuild.cfg", "--prefix", "eb"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("PATH", search())
        .env("EASYBUILD_MODULES_TOOL", "EnvironmentModules")
        .env("EASYBUILD_MODULE_SYNTAX", "Tcl")
        .env("EASYBUILD_ALLOW_USE_AS_ROOT_AND_ACCEPT_CONSEQUENCES", "1"));
    assert!(text.contains("'GCC': 'march=skylake -mtune=skylake'"), "{text}");
}

#[test]
#[ignore = "needs fish"]
fn fish_reads_the_file() {
    let folder = folder(&["env-fish"]);
    let text =
        run(Command::new(tool("fish")).args(["-c", "source hwtune.fish; env"]).current_dir(folder.path()));
    assert!(text.contains(&format!("CFLAGS=-O2 -g {FLAGS}\n")) && text.contains("GOAMD64=v3\n"), "{text}");
}

#[test]
#[ignore = "needs go"]
fn go_reads_the_file() {
    let folder = folder(&["go"]);
    let text = run(Command::new(tool("go"))
        .args(["env", "GOAMD64", "CGO_CFLAGS"])
        .env("GOENV", folder.path().join("env"))
        .env("HOME", folder.path()));
    assert_eq!(text, format!("v3\n-O2 -g {FLAGS}\n"));
}

#[test]
#[ignore = "needs bazel"]
fn bazel_gives_the_flags_to_its_rules() {
    let folder = folder(&["bazel"]);
    let root = folder.path();
    // A rule that asks for the copts, as cc_library does; its own needs a download.
    let rule = "def _x(ctx):\n    print(\"copts\", ctx.fragments.cpp.copts)\nx = rule(implementation = _x, fragments = [\"cpp\"])\n";
    for (name, text) in [
        ("WORKSPACE", ""),
        ("BUILD", "load(\":x.bzl\", \"x\")\nx(name = \"x\")\n"),
        ("x.bzl", rule),
        (".bazelrc", "import %workspace%/hwtune.bazelrc\n"),
    ] {
        std::fs::write(root.join(name), text).unwrap();
    }
    let out = Command::new(tool("bazel"))
        .arg(format!("--output_user_root={}", root.join("out").display()))
        .args(["--batch", "build", "--nobuild", "--config=hwtune", "//:x"])
        .current_dir(root)
        .output()
        .unwrap_or_else(|e| panic!("bazel: {e}; install it"));
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && text.contains("copts [\"-march=skylake\", \"-mtune=skylake\"]"),
        "{text}"
    );
}
