//! Distributions' own builders: dpkg, makepkg and portage's file.

use super::{FLAGS, command, folder, folder_of, folder_of_nothing, run, tool, write};
use crate::render::support::profile;
use std::path::Path;
use std::process::Command;

#[test]
fn dpkg_appends_the_flags() {
    let flags = |root: &Path, more: &[(&str, &str)]| {
        let mut dpkg = command("dpkg-buildflags");
        dpkg.args(["--get", "CFLAGS"]).env("XDG_CONFIG_HOME", root).envs(more.iter().copied());
        run(&mut dpkg).trim_end().to_string()
    };
    let empty = tempfile::tempdir().unwrap();
    let usual = flags(empty.path(), &[]);
    for (folder, added) in [(folder(&["dpkg"]), FLAGS), (folder_of_nothing(&["dpkg"]), "")] {
        let root = folder.path();
        let text = std::fs::read_to_string(root.join("buildflags.conf")).unwrap();
        write(root, &[("dpkg/buildflags.conf", &text)]);
        assert_eq!(flags(root, &[]), format!("{usual} {added}").trim_end());
        write(root, &[("dpkg/buildflags.conf", &format!("APPEND CFLAGS -DOWN=1\n{text}"))]);
        assert_eq!(flags(root, &[]), format!("{usual} -DOWN=1 {added}").trim_end());
        // A cross build takes them out again, as the file says.
        let cross = [("DEB_HOST_ARCH", "arm64"), ("DEB_CFLAGS_STRIP", FLAGS)];
        assert!(!flags(root, &cross).contains("skylake"));
        assert_eq!(text.contains(&format!("DEB_CFLAGS_STRIP='{FLAGS}'")), !added.is_empty());
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
    let arm = folder_of(&profile("aarch64"), &["makepkg"]);
    let text = makepkg(arm.path(), "CFLAGS='-march=armv8-a -O2'\n");
    assert!(text.starts_with("-O2 -mcpu=neoverse-v1|"), "{text}");
}

/// Portage itself is in no registry: its file is a shell's as far as assignments and `${NAME}` go.
#[test]
fn make_conf_adds_to_the_flags() {
    let script = |before: &str| {
        format!("{before}\n. ./zz-hwtune.conf; echo \"$CFLAGS|$FFLAGS|$RUSTFLAGS|$CPU_FLAGS_X86\"")
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
        format!("-O3 -pipe {FLAGS}|-O3 -pipe {FLAGS}|-Cown -C target-cpu=skylake|{cpu}\n")
    );
    assert_eq!(sh(without.path(), own), format!("-O3 -pipe|-O3 -pipe|-Cown -C target-cpu=skylake|{cpu}\n"));
    assert_eq!(sh(with.path(), ":"), format!(" {FLAGS}| {FLAGS}| -C target-cpu=skylake|{cpu}\n"));
}
