//! The hwcaps script gets its source as each distribution gives it: with commands that stand for the distribution's own.

use crate::render::support::{confirm, profile};
use hwtune::catalogue::Catalogue;
use hwtune::render::{Options, render};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A machine in small: every command of this one but those by which the script knows a distribution, and stand-ins.
struct Machine {
    folder: tempfile::TempDir,
}

/// Commands by which the script knows a distribution.
const OWN: [&str; 9] =
    ["apt-get", "dpkg-buildflags", "dnf", "rpm", "rpmbuild", "pacman", "pkgctl", "makepkg", "setpriv"];

impl Machine {
    fn new(commands: &[(&str, &str)]) -> Machine {
        let machine = Machine { folder: tempfile::tempdir().unwrap() };
        let bin = machine.path("bin");
        std::fs::create_dir_all(&bin).unwrap();
        for (name, text) in commands {
            let file = bin.join(name);
            let text = text.replace("@ROOT@", machine.folder.path().to_str().unwrap());
            std::fs::write(&file, format!("#!/bin/bash\nset -eu\n{text}\n")).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        for folder in ["/usr/bin", "/bin", "/usr/sbin", "/sbin"] {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if !OWN.contains(&name.as_str()) {
                    symlink(entry.path(), bin.join(&name)).ok();
                }
            }
        }
        let sources = [
            ("lib/lz4.c", "int LZ4_versionNumber(void) { return 10904; }\n"),
            (
                "lib/Makefile",
                "liblz4:\n\techo '$(CFLAGS)' >flags\n\t$(CC) $(CFLAGS) -shared -fPIC -Wl,-soname,liblz4.so.1 lz4.c -o liblz4.so.1.9.4\n",
            ),
            ("programs/Makefile", "lz4 unlz4 lz4cat:\n\ttrue\n"),
            ("tests/Makefile", "check:\n\ttrue\n"),
            // Another file of that name, deeper down.
            ("contrib/old/lib/lz4.c", "#error not this one\n"),
        ];
        for (name, text) in sources {
            let file = machine.path("tree/lz4-1.9.4").join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let made = Command::new("make")
            .args(["-C", "lib", "liblz4", "CFLAGS=-O1"])
            .current_dir(machine.path("tree/lz4-1.9.4"))
            .output();
        assert!(made.unwrap().status.success());
        std::fs::create_dir(machine.path("packaged")).unwrap();
        let built = machine.path("tree/lz4-1.9.4/lib/liblz4.so.1.9.4");
        std::fs::rename(built, machine.path("packaged/liblz4.so.1")).unwrap();
        std::fs::write(machine.path("hwcaps.sh"), script()).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut bash = Command::new("/bin/bash");
        bash.arg(self.path("hwcaps.sh")).args(args).env_clear().env("PATH", self.path("bin"));
        bash.env("HWTUNE_WORK", self.path("work")).env("HOME", self.folder.path()).output().unwrap()
    }

    /// Builds, and looks with which flags.
    fn builds(&self, own: &str) {
        let output = self.run(&["build"]);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{said}");
        assert!(self.path("work/lz4/liblz4.so.1").is_file(), "{said}");
        let flags = std::fs::read_to_string(self.path("work/lz4/source/lib/flags")).unwrap();
        assert!(flags.contains(own) && flags.trim_end().ends_with("-O3 -msse4.2"), "{flags}");
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The script for lz4 alone, under a flag that the least level covers.
fn script() -> String {
    let mut profile = profile("measured");
    let mut section = profile.package["zlib"].clone();
    section.flags = vec!["-msse4.2".into()];
    confirm(&mut section);
    profile.package.clear();
    profile.package.insert("lz4".into(), section);
    render(&profile, &Catalogue::load(None).unwrap(), "hwcaps", &Options::default()).unwrap().text
}

const LDCONFIG: (&str, &str) =
    ("ldconfig", "printf '\\tliblz4.so.1 (libc6,x86-64) => @ROOT@/packaged/liblz4.so.1\\n'");

/// Whether the loader of this machine has such folders.
fn has_levels() -> bool {
    let loader = Command::new("/lib64/ld-linux-x86-64.so.2").arg("--help").output();
    loader.is_ok_and(|o| text(&o.stdout).contains("x86-64-v2 (supported, searched)"))
}

#[test]
fn fedora_gives_the_source_of_what_is_installed() {
    if !has_levels() {
        eprintln!("skipped: the loader has no x86-64-v2");
        return;
    }
    let dnf = "[ \"$*\" = '-q download --source lz4' ]\n: >lz4-1.9.4-1.fc41.src.rpm";
    let rpm = "case $1 in\n--eval) echo '-O2 -g1' ;;\n\
               *) [ \"$5\" = 'liblz4.so.1()(64bit)' ]; echo lz4-1.9.4-1.fc41.src.rpm ;;\nesac";
    let rpmbuild = "[ \"$1\" = -rp ]\ntop=${4#_topdir }\nmkdir -p \"$top/BUILD/lz4-1.9.4-build\"\n\
                    cp -r @ROOT@/tree/lz4-1.9.4 \"$top/BUILD/lz4-1.9.4-build/\"";
    let commands = [LDCONFIG, ("dnf", dnf), ("rpm", rpm), ("rpmbuild", rpmbuild)];
    Machine::new(&commands).builds("-O2 -g1");
    // What the mirror has is another release than the library that is installed.
    let newer = [LDCONFIG, ("dnf", ": >lz4-1.10.0-1.fc41.src.rpm"), ("rpm", rpm), ("rpmbuild", rpmbuild)];
    let output = Machine::new(&newer).run(&["build"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("dnf has no lz4-1.9.4-1.fc41.src.rpm"), "{}", text(&output.stderr));
}

#[test]
fn arch_gives_the_source_of_what_is_installed() {
    if !has_levels() {
        eprintln!("skipped: the loader has no x86-64-v2");
        return;
    }
    let pacman = "[ \"$1\" = -Qo ]\necho \"$2 is owned by lz4 1:1.9.4-2\"";
    let pkgctl =
        "[ \"$*\" = 'repo clone --protocol=https --switch 1-1.9.4-2 lz4' ]\nmkdir lz4\n: >lz4/PKGBUILD";
    let makepkg = "[ -f PKGBUILD ]\nmkdir src\ncp -r @ROOT@/tree/lz4-1.9.4 src/";
    // As root makepkg is started by another user.
    let setpriv = "while [ \"$1\" != env ]; do shift; done\nexec \"$@\"";
    let commands = [
        LDCONFIG,
        ("pacman", pacman),
        ("pkgctl", pkgctl),
        ("makepkg", makepkg),
        ("setpriv", setpriv),
        ("chown", ":"),
    ];
    Machine::new(&commands).builds("-O2");
}

#[test]
fn an_unpacked_source_and_one_package_can_be_named() {
    if !has_levels() {
        eprintln!("skipped: the loader has no x86-64-v2");
        return;
    }
    let machine = Machine::new(&[LDCONFIG]);
    let output = machine.run(&["build"]);
    assert!(text(&output.stderr).contains("HWTUNE_SOURCE"), "{}", text(&output.stderr));
    let output = machine.run(&["build", "zlib"]);
    assert!(
        text(&output.stderr).contains("no library of zlib here; there are: lz4"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(machine.run(&["remove"]).status.code(), Some(2));
}

#[test]
fn the_script_is_sound_for_every_library() {
    let mut profile = profile("measured");
    let mut section = profile.package["zlib"].clone();
    section.flags = vec!["-mavx2".into()];
    confirm(&mut section);
    for package in ["lz4", "xz"] {
        profile.package.insert(package.into(), section.clone());
    }
    let catalogue = Catalogue::load(None).unwrap();
    let made = render(&profile, &catalogue, "hwcaps", &Options::default()).unwrap().text;
    assert!(made.contains("libraries=\"lz4 xz zlib\""), "{made}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hwcaps.sh");
    std::fs::write(&file, &made).unwrap();
    for (tool, args) in [("bash", &["-n"][..]), ("shellcheck", &[])] {
        match Command::new(tool).args(args).arg(Path::new(&file)).output() {
            Ok(output) => assert!(output.status.success(), "{tool}: {}", text(&output.stdout)),
            Err(_) => eprintln!("skipped: no {tool}"),
        }
    }
    let bzip2 = Options { packages: vec!["bzip2".into()], ..Options::default() };
    let refused = render(&profile, &catalogue, "hwcaps", &bzip2).unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("SONAME"), "{refused}");
}
