//! Distributions' own builders: dpkg, makepkg and portage's file.

use super::{FLAGS, command, folder, folder_of, folder_of_nothing, run, tool, write};
use crate::render::support::profile;
use std::path::Path;
use std::process::Command;

#[test]
fn dpkg_appends_the_flags() {
    let flags = |root: &Path, by: &[&str], more: &[(&str, &str)]| {
        let mut dpkg = command(by.first().copied().unwrap_or("dpkg-buildflags"));
        let rest = by.get(1..).unwrap_or_default();
        dpkg.args(rest).args(if by.is_empty() { &[][..] } else { &["dpkg-buildflags"] });
        dpkg.args(["--get", "CFLAGS"]).env("XDG_CONFIG_HOME", root).envs(more.iter().copied());
        run(&mut dpkg).trim_end().to_string()
    };
    let empty = tempfile::tempdir().unwrap();
    let usual = flags(empty.path(), &[], &[]);
    for (folder, added) in [(folder(&["dpkg"]), FLAGS), (folder_of_nothing(&["dpkg"]), "")] {
        let root = folder.path();
        let script = root.join("hwtune-dpkg");
        let by = ["sh", script.to_str().unwrap()];
        assert_eq!(flags(root, &by, &[]), format!("{usual} {added}").trim_end());
        write(root, &[("dpkg/buildflags.conf", "APPEND CFLAGS -DOWN=1\n")]);
        let own = [("DEB_CFLAGS_APPEND", "-DMORE=1")];
        assert_eq!(flags(root, &by, &own), format!("{usual} -DOWN=1 -DMORE=1 {added}").trim_end());
        // A cross build has none of them, and what the user has stays.
        let cross = [("DEB_HOST_ARCH", "arm64"), ("DEB_CFLAGS_APPEND", "-DMORE=1")];
        let made = flags(root, &by, &cross);
        assert!(!made.contains("skylake") && made.ends_with("-DOWN=1 -DMORE=1"), "{made}");

        // The tool that builds: a package whose rules say what they are given.
        write(
            root,
            &[
                (
                    "x/debian/control",
                    "Source: x\nMaintainer: A <a@b>\n\nPackage: x\nArchitecture: any\nDescription: x\n x\n",
                ),
                (
                    "x/debian/changelog",
                    "x (1) unstable; urgency=low\n\n  * X\n\n -- A <a@b>  Mon, 01 Jan 2024 00:00:00 +0000\n",
                ),
                (
                    "x/debian/rules",
                    "#!/usr/bin/make -f\n%:\n\t@echo flags=`dpkg-buildflags --get CXXFLAGS`\n",
                ),
            ],
        );
        run(Command::new("chmod").arg("+x").arg(root.join("x/debian/rules")));
        for (options, is_own) in [
            (&[][..], true),
            (&["-tc"], true),
            (&["-aamd64"], true),
            (&["-a", "arm64"], false),
            (&["-aarm64"], false),
            (&["--host-arch=i386"], false),
            (&["-t", "aarch64-linux-gnu"], false),
            (&["--host-type=aarch64-linux-gnu"], false),
        ] {
            let mut build = command("sh");
            build
                .arg(&script)
                .arg("dpkg-buildpackage")
                .args(options)
                .args(["-d", "-us", "-uc", "-T", "build"]);
            let text = run(build.current_dir(root.join("x")).env("XDG_CONFIG_HOME", root));
            let line = text.lines().find(|l| l.starts_with("flags=")).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(line.contains("skylake"), is_own && !added.is_empty(), "{options:?}: {line}");
        }
    }
}

/// What makepkg shows of the flags: a package whose `prepare` prints them, under a configuration that reads its folder as
/// makepkg 7 does. makepkg refuses to run as root.
fn makepkg(folder: &Path, own: &str) -> String {
    let conf = folder.join("makepkg.conf.d");
    std::fs::create_dir_all(&conf).unwrap();
    std::fs::copy(folder.join("zz-hwtune.conf"), conf.join("zz-hwtune.conf")).unwrap();
    let main = format!(
        "CARCH=x86_64\nCHOST=x86_64-pc-linux-gnu\nPKGEXT=.pkg.tar\nSRCEXT=.src.tar\nBUILDENV=(!check)\nOPTIONS=()\n{own}\n\
         for file in {}/*.conf; do . \"$file\"; done\n",
        conf.display()
    );
    let build = "pkgname=x\npkgver=1\npkgrel=1\narch=(any)\n\
                 prepare() { echo \"flags=$CFLAGS|$CXXFLAGS|$RUSTFLAGS|$GOAMD64\"; }\n";
    write(folder, &[("main.conf", &main), ("PKGBUILD", build)]);
    run(Command::new("chmod").args(["-R", "a+rwX"]).arg(folder));
    let mut user = command("setpriv");
    user.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(tool("makepkg"));
    let text = run(user
        .args(["--nobuild", "--nodeps", "--config"])
        .arg(folder.join("main.conf"))
        .current_dir(folder)
        // makepkg asks where pacman is, which nothing here needs and which Debian does not install with it.
        .env("PACMAN", "true")
        .env("HOME", folder));
    text.lines().find_map(|l| l.strip_prefix("flags=")).unwrap_or_default().to_string()
}

#[test]
#[ignore = "needs makepkg"]
fn makepkg_keeps_its_flags() {
    let rust = "-C target-cpu=skylake";
    let arch = "CFLAGS='-march=x86-64 -mtune=generic -O2 -DX=\"a b\"'\nCXXFLAGS=\"$CFLAGS -DOWN\"\n";
    for (with, added) in [(true, true), (false, false)] {
        let folder = if with { folder(&["makepkg"]) } else { folder_of_nothing(&["makepkg"]) };
        // rust.conf assigns RUSTFLAGS anew, and is read before.
        write(folder.path(), &[("makepkg.conf.d/rust.conf", "RUSTFLAGS='-Cown'\n")]);
        let expected = match added {
            true => format!("-O2 -DX=\"a b\" {FLAGS}|-O2 -DX=\"a b\" -DOWN {FLAGS}|-Cown {rust}|v3"),
            false => format!(
                "-march=x86-64 -mtune=generic -O2 -DX=\"a b\"|-march=x86-64 -mtune=generic -O2 -DX=\"a b\" -DOWN|-Cown {rust}|v3"
            ),
        };
        assert_eq!(makepkg(folder.path(), arch), expected);
        std::fs::remove_file(folder.path().join("makepkg.conf.d/rust.conf")).unwrap();
        let flags = if added { FLAGS } else { "" };
        assert_eq!(makepkg(folder.path(), ""), format!("{flags}|{flags}|{rust}|v3"));
    }
    // gcc warns of -mcpu beside another -march: the distribution's own gives way.
    let arm = folder_of(&super::answered(&profile("aarch64"), &["-mcpu=neoverse-v1"]), &["makepkg"]);
    let text = makepkg(arm.path(), "CFLAGS='-march=armv8-a -O2'\n");
    assert!(text.starts_with("-O2 -mcpu=neoverse-v1|"), "{text}");
}

/// Portage itself is in no registry: its file is a shell's as far as assignments and `${NAME}` go.
#[test]
fn make_conf_adds_to_the_flags() {
    let script = |before: &str| {
        format!(
            "{before}\n. ./zz-hwtune.conf; echo \"$COMMON_FLAGS|$CFLAGS|$FFLAGS|$RUSTFLAGS|$CPU_FLAGS_X86\""
        )
    };
    let sh = |folder: &Path, before: &str| {
        run(Command::new("sh")
            .args(["-ec", &script(before)])
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/bin"))
    };
    let cpu =
        "aes avx avx2 bmi1 bmi2 f16c fma3 mmx mmxext pclmul popcnt rdrand sse sse2 sse3 sse4_1 sse4_2 ssse3";
    let own = "COMMON_FLAGS='-O3 -pipe'; CFLAGS=$COMMON_FLAGS; FFLAGS=$COMMON_FLAGS; RUSTFLAGS='-Cown'";
    let (with, without) = (folder(&["gentoo"]), folder_of_nothing(&["gentoo"]));
    assert_eq!(
        sh(with.path(), own),
        format!("-O3 -pipe {FLAGS}|-O3 -pipe {FLAGS}|-O3 -pipe {FLAGS}|-Cown -C target-cpu=skylake|{cpu}\n")
    );
    // Flags of one's own that stand in one variable alone are kept.
    let mixed = "COMMON_FLAGS='-O2 -pipe'; CFLAGS='-O3 -fno-plt'; FFLAGS=$COMMON_FLAGS";
    assert!(
        sh(with.path(), mixed)
            .starts_with(&format!("-O2 -pipe {FLAGS}|-O3 -fno-plt {FLAGS}|-O2 -pipe {FLAGS}|"))
    );
    assert_eq!(
        sh(without.path(), own),
        format!("-O3 -pipe|-O3 -pipe|-O3 -pipe|-Cown -C target-cpu=skylake|{cpu}\n")
    );
    assert_eq!(sh(with.path(), ":"), format!(" {FLAGS}| {FLAGS}| {FLAGS}| -C target-cpu=skylake|{cpu}\n"));
}
