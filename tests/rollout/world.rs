//! A machine in a folder: fake NixOS commands that record their arguments, and systems whose git maps a zlib of their own.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Says which command it is, records its arguments, prints a file of its name, and fails where a file says so.
const RECORDER: &str = r#"#!/bin/sh
name=${0##*/}
printf '%s' "$name" >>"$FAKE/calls"
for a in "$@"; do printf ' %s' "$a" >>"$FAKE/calls"; done
echo >>"$FAKE/calls"
case "$name $*" in
  "nix-store --query --deriver"*) cat "$FAKE/deriver" 2>/dev/null ;;
  *) cat "$FAKE/$name.out" 2>/dev/null ;;
esac
if [ -e "$FAKE/$name.fail" ]; then echo "$name: no luck" >&2; exit 1; fi
exit 0
"#;

/// A git that waits as git does when it hashes its input, and hands all else to the real one.
const GIT: &str = r#"
#include <string.h>
#include <unistd.h>
extern unsigned long zlibCompileFlags(void);
int main(int argc, char **argv)
{
    char byte;
    if (zlibCompileFlags() == 1)
        return 9;
    if (argc == 3 && strcmp(argv[1], "hash-object") == 0)
        while (read(0, &byte, 1) > 0)
            ;
    else
        execvp("git", argv);
    return 0;
}
"#;

/// A zlib that takes its time, and undoes nothing but what it did.
const SLOW: &str = r#"
#include <string.h>
unsigned long zlibCompileFlags(void) { return 0; }
static void idle(void) { for (volatile long i = 0; i < 30000000; i++) ; }
int compress2(unsigned char *to, unsigned long *size, const unsigned char *from, unsigned long n, int level)
{
    (void)level;
    idle();
    memcpy(to, from, n);
    *size = n;
    return 0;
}
int uncompress(unsigned char *to, unsigned long *size, const unsigned char *from, unsigned long n)
{
    idle();
    memcpy(to, from, n);
    *size = n;
    return 0;
}
"#;

pub struct World {
    pub folder: TempDir,
}

impl World {
    pub fn new() -> World {
        let world = World { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(world.path("bin")).unwrap();
        for name in ["nixos-rebuild", "nix-env", "nix-store", "journalctl", "ps"] {
            world.program(&format!("bin/{name}"), RECORDER);
        }
        world.program("bin/sudo", "#!/bin/sh\nexec \"$@\"\n");
        world.write("nix-env.out", "  41   2025-11-24 20:00:00\n  42   2025-11-25 20:00:00   (current)\n");
        world.write("ps.out", " 3.1 20480 Web Content\n 0.1 100 init\n");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn program(&self, name: &str, text: &str) {
        let path = self.write(name, text);
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// A system of that name with a zlib of its own: the machine's, or a slow one.
    pub fn system(&self, name: &str, slow: bool) -> PathBuf {
        let lib = self.path(&format!("{name}/lib"));
        let bin = self.path(&format!("{name}/sw/bin"));
        std::fs::create_dir_all(&lib).unwrap();
        std::fs::create_dir_all(&bin).unwrap();
        let libz = lib.join("libz.so.1");
        if slow {
            let source = self.write("slow.c", SLOW);
            gcc(&["-shared", "-fPIC", "-Wl,-soname,libz.so.1", "-o", text(&libz), text(&source)]);
        } else {
            let maps =
                String::from_utf8(Command::new("ldconfig").arg("-p").output().unwrap().stdout).unwrap();
            let line = maps
                .lines()
                .find(|l| l.contains("libz.so.1 (") && l.contains("x86-64") || l.contains("AArch64"));
            let real = line.and_then(|l| l.split("=> ").nth(1)).expect("this machine has zlib");
            std::fs::copy(real.trim(), &libz).unwrap();
        }
        let source = self.write("git.c", GIT);
        let rpath = format!("-Wl,-rpath,{}", lib.display());
        gcc(&["-o", text(&bin.join("git")), text(&source), text(&libz), &rpath]);
        for program in ["ls", "cat", "grep"] {
            symlink(which(program), bin.join(program)).unwrap();
        }
        self.path(name)
    }

    /// The closure that the fake nix-store tells: the machine's libraries and these systems.
    pub fn closure(&self, systems: &[&Path]) {
        let libraries = ["/usr/lib", "/lib", "/lib64", "/usr/lib64"].map(String::from);
        let all = libraries.into_iter().chain(systems.iter().map(|s| s.join("lib").display().to_string()));
        self.write("nix-store.out", &all.map(|p| p + "\n").collect::<String>());
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.path("bin").display()));
        command.env("FAKE", self.path("")).env("HWTUNE", env!("CARGO_BIN_EXE_hwtune"));
        command.env("XDG_CACHE_HOME", self.path("cache")).env("HOME", self.path("home"));
        // A store of its own, for what real Nix keeps while it evaluates.
        for (name, folder) in [("STORE", "store"), ("STATE", "var"), ("LOG", "log"), ("CONF", "conf")] {
            command.env(format!("NIX_{name}_DIR"), self.path(&format!("nix/{folder}")));
        }
        command.env_remove("NIX_PATH");
        command.current_dir(self.folder.path());
        command
    }

    pub fn hwtune(&self, args: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_hwtune")).args(args).output().unwrap()
    }

    pub fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("calls")).unwrap_or_default();
        text.lines().map(String::from).collect()
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn which(program: &str) -> PathBuf {
    which::which(program).unwrap()
}

fn gcc(args: &[&str]) {
    let out = Command::new("gcc").args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

pub fn profile() -> String {
    format!("{}/tests/profiles/measured.toml", env!("CARGO_MANIFEST_DIR"))
}

pub fn stdout(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

pub fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}
