//! A recorded library that runs under its own loader, as a C library does.
#![cfg(target_arch = "x86_64")]

use crate::support::mine::{Mine, could_be_timed, fails, stderr};
use hwtune::profile::{self, Evidence};
use std::process::Command;

/// As a C library is built: an archive becomes a relocatable object whole, with a member whose making is not seen; beside it lie its
/// loader under another name, and the C library that the measuring process needs.
const MAKEFILE: &str = "libmine.so.2: pic.os\n\
    \t$(CC) -shared -Wl,-z,defs -Wl,-soname,libmine.so.2 -o $@ pic.os ./ld.so.new ./libc.so.6\n\
    pic.os: sum.o deep.o\n\
    \techo 'int mine_unseen = 1;' | $(CC) -fPIC -c -x c -o unseen.o -\n\
    \trm -f pic.a\n\t$(AR) rc pic.a sum.o deep.o unseen.o\n\
    \t$(CC) -nostdlib -nostartfiles -r -o $@ -Wl,--whole-archive pic.a\n\
    %.o: tree/src/%.c\n\t$(CC) -O1 -fPIC -Itree/inc -I. -DMINE_START=3 -c $< -o $@\n";

/// Calls the library that the loader finds.
const DRIVER: &str = "#include \"probe.h\"\n#include <dlfcn.h>\n#include <stdlib.h>\nstatic unsigned char in[4096];\nstatic unsigned set;\n\
    static unsigned long (*work)(const unsigned char *, unsigned long);\n\
    int probe_dataset(unsigned i) { set = i; return i < 3 ? 0 : 1; }\n\
    void probe_setup(uint64_t seed) {\n  (set == 1 ? support_noise : support_text)(seed, in, sizeof in);\n\
      void *mine = dlopen(\"libmine.so.2\", RTLD_NOW);\n  if (mine == NULL) abort();\n\
      *(void **)&work = dlsym(mine, TRIAL_OPERATION == 0 ? \"mine_sum\" : \"mine_twice\");\n  if (work == NULL) abort();\n}\n\
    uint64_t probe_run(void) { return work(in, sizeof in); }\n";

fn tree() -> Mine {
    let mine = Mine::new();
    mine.write("Makefile", MAKEFILE);
    mine.write("config.h", "");
    mine.write("probes/mine/drive.c", DRIVER);
    mine.replace(
        "probes/mine/trial.toml",
        "library = [",
        "own_loader = true\nreached = [\"*/sum.o\"]\nlibrary = [",
    );
    mine.write("flags", "-O3\n");
    for (name, file) in [("ld-linux-x86-64.so.2", "ld.so.new"), ("libc.so.6", "libc.so.6")] {
        let said = Command::new("gcc").arg(format!("-print-file-name={name}")).output().unwrap();
        let from = String::from_utf8(said.stdout).unwrap();
        std::fs::copy(from.trim(), mine.path(file)).unwrap();
    }
    mine
}

fn record(mine: &Mine) {
    let output = mine.run(&["record", "-o", "b.json", "--", "make", "CC=gcc"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

fn tune(mine: &Mine, more: &[&str]) -> std::process::Output {
    let args = "tune --build b.json --package mine --candidates flags --seed 5 -o host.toml";
    let args: Vec<&str> = args.split(' ').collect();
    mine.run(&[&args[..], more].concat())
}

#[test]
fn each_layout_runs_under_its_own_loader_and_only_what_is_reached_is_built() {
    let mine = tree();
    record(&mine);
    let output = tune(&mine, &["--budget", "12s"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("libmine.so.2 replayed: 1 of 1 objects are as recorded, and so is the product"),
        "{said}"
    );
    assert!(said.contains("the other 1 of its 2 units"), "{said}");
    let made = profile::read(&mine.path("host.toml")).unwrap();
    let section = &made.package["mine"];
    assert_eq!(section.evidence, Evidence::Package);
    let judged = section.judged.iter().find(|j| j.flags == ["-O3"] && j.kernel.is_none()).unwrap();
    could_be_timed(judged);
}

#[test]
fn operations_of_another_library_are_left_out() {
    let mine = tree();
    record(&mine);
    mine.replace("probes/mine/trial.toml", "name = \"sum\"", "name = \"sum\"\nlibrary = \"libother.so.1\"");
    let output = tune(&mine, &["--budget", "4s"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let made = profile::read(&mine.path("host.toml")).unwrap();
    let kernels: Vec<_> = made.package["mine"].judged.iter().filter_map(|j| j.kernel.as_deref()).collect();
    assert!(kernels.iter().all(|k| *k == "mine/twice"), "{kernels:?}");
    mine.replace(
        "probes/mine/trial.toml",
        "name = \"twice\"",
        "name = \"twice\"\nlibrary = \"libother.so.1\"",
    );
    fails(&tune(&mine, &[]), 2, &["none of its operations is done by libmine.so.2", "--target"]);
}

#[test]
fn a_library_without_a_loader_beside_it_is_one_line() {
    let mine = tree();
    mine.replace("Makefile", " ./ld.so.new", "");
    record(&mine);
    fails(
        &tune(&mine, &[]),
        2,
        &["no loader was built beside it", "record the build of the whole C library"],
    );
}
