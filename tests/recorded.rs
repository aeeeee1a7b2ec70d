//! Recorded builds of small trees, and what is tuned of them. Nothing here looks at a clock.

use crate::support::mine::{Mine, as_its_schema_says, could_be_timed, fails, stderr};
use hwtune::build::recorded::{RecordedBuild, StepKind};
use hwtune::profile::{self, Evidence};
use serde_json::Value;
use std::path::Path;

/// A build with what builds do: an archive, `ld -r`, a generated source, a response file, odd names, an assembler file, C++,
/// an object that is moved, and a probe that is removed again.
const MAKEFILE: &str = r#"
CFLAGS = -O1 -MD -MP
all: tool libmine.so.2
gen.c: make.sh
	sh make.sh > $@
probe:
	echo 'int main(void) { return 0; }' > conftest.c
	$(CC) conftest.c -o conftest && rm conftest.c conftest
objects: gen.c
	$(CC) $(CFLAGS) -c 'odd name'"'"'s.c' -o 'odd name'"'"'s.o'
	$(CC) -c -o tmp.o $(CFLAGS) gen.c && mv tmp.o gen.o
	$(CC) $(CFLAGS) @words -c sum.c
	$(CC) -c stub.S
	$(CXX) -O1 -c cxx.cc -o cxx.o
	rm -f libparts.a
	$(AR) rc libparts.a sum.o unused.o
	$(AR) q libparts.a 'odd name'"'"'s.o'
	ranlib libparts.a
	ld -r -o both.o gen.o stub.o
unused.o: unused.c
	$(CC) $(CFLAGS) -c unused.c
tool: probe unused.o objects
	$(CXX) -o tool -O1 main.c both.o cxx.o -L. -lparts
libmine.so.2: objects
	$(CC) -shared -fPIC -O1 -Wl,-soname,libmine.so.2 -o $@ sum.c
"#;

const FILES: [(&str, &str); 11] = [
    ("Makefile", MAKEFILE),
    ("make.sh", "echo 'int generated(int x) { return x + 7; }'\n"),
    ("odd name's.c", "int odd(int x) { return x * 5; }\n"),
    ("words", "-DSTART=3 \"-DTEXT=\\\"a b\\\"\" -Iinc\\ dir\n"),
    ("inc dir/sum.h", "unsigned long mine_sum(const unsigned char *, unsigned long);\n"),
    (
        "sum.c",
        "#ifndef START\n#define START 3\n#endif\n\
         unsigned long mine_sum(const unsigned char *from, unsigned long n)\n\
         { unsigned long s = START; for (unsigned long i = 0; i < n; i++) s += from[i] * (i & 7); return s; }\n\
         unsigned long mine_twice(const unsigned char *from, unsigned long n) { return 2 * mine_sum(from, n); }\n",
    ),
    ("unused.c", "int nobody_calls_it(void) { return 1; }\n"),
    ("stub.S", ".section .note.GNU-stack,\"\",@progbits\n.text\n.globl stub\nstub:\n  ret\n"),
    (
        "cxx.cc",
        "extern \"C\" int added(int x) { int all[3] = {x, 1, 2}; int s = 0; for (int i : all) s += i; return s; }\n",
    ),
    (
        "main.c",
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\
         unsigned long mine_sum(const unsigned char *, unsigned long);\nint odd(int), generated(int), added(int);\n\
         #ifdef __cplusplus\n}\n#endif\n\
         int main(int argc, char **argv) { static unsigned char in[1 << 16]; unsigned long all = 0;\n\
         if (argc > 1 && !strcmp(argv[1], \"fail\")) return 3;\n\
         for (int i = 0; i < 200; i++) { in[i] = (unsigned char)i; all += mine_sum(in, sizeof in); }\n\
         if (argc > 1 && !strcmp(argv[1], \"odd\")) printf(\"%p\\n\", (void *)&all);\n\
         printf(\"%lu %d\\n\", all, odd(generated(added(2)))); return 0; }\n",
    ),
    (
        "driver.c",
        "#include \"probe.h\"\nunsigned long mine_sum(const unsigned char *, unsigned long);\nstatic unsigned char in[4096];\n\
         void probe_setup(uint64_t seed) { support_text(seed, in, sizeof in); }\n\
         uint64_t probe_run(void) { return mine_sum(in, sizeof in); }\n",
    ),
];

fn tree() -> Mine {
    let mine = Mine::new();
    FILES.iter().for_each(|(file, text)| mine.write(file, text));
    mine.write("flags", "-O2\n");
    mine
}

fn recorded(mine: &Mine, command: &[&str]) -> RecordedBuild {
    let output = mine.run(&[&["record", "-o", "b.json", "--"], command].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = std::fs::read_to_string(mine.path("b.json")).unwrap();
    as_its_schema_says(mine, "record", &serde_json::from_str::<Value>(&text).unwrap());
    RecordedBuild::read(&mine.path("b.json")).unwrap()
}

fn made_of(build: &RecordedBuild, output: &str) -> Vec<String> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let step =
        build.steps.iter().rfind(|s| name(&s.output) == output).unwrap_or_else(|| panic!("no {output}"));
    let from = step.inputs.iter().filter_map(|i| i.from);
    from.map(|f| {
        let step = &build.steps[f];
        match step.kind {
            StepKind::Compile | StepKind::Assemble => name(&step.inputs[0].path),
            _ => name(&step.output),
        }
    })
    .collect()
}

#[test]
fn what_was_compiled_and_linked_from_what_is_written_down() {
    let mine = tree();
    let build = recorded(&mine, &["make", "-j2"]);
    assert_eq!(made_of(&build, "tool"), ["main.c", "both.o", "cxx.cc", "libparts.a"]);
    assert_eq!(made_of(&build, "both.o"), ["gen.c", "stub.S"]);
    assert_eq!(made_of(&build, "libparts.a"), ["sum.c", "unused.c", "odd name's.c"]);
    assert_eq!(made_of(&build, "libmine.so.2"), ["sum.c"]);
    assert!(!build.steps.iter().any(|s| s.output.to_string_lossy().contains("conftest")));
    let words = &build.steps.iter().find(|s| s.output.ends_with("sum.o")).unwrap().arguments;
    assert_eq!(words[..], ["-O1", "-DSTART=3", "-DTEXT=\"a b\"", "-Iinc dir", "sum.c"]);
    // What the build left names no stand-in, and runs.
    let again = mine.run(&["record", "-o", "c.json", "--", "make", "-C", "nowhere"]);
    fails(&again, 2, &["make -C nowhere", "the build failed", "then record it again"]);
    fails(
        &mine.run(&["record", "-o", "c.json", "--", "true"]),
        2,
        &["nothing was compiled", "clean the tree"],
    );
    fails(&mine.run(&["record", "--", "./no-such-build"]), 2, &["no-such-build"]);
    assert!(!mine.path("c.json").exists());
}

#[test]
fn a_recorded_program_is_replayed_as_it_was_and_judged_by_what_it_writes() {
    let mine = tree();
    recorded(&mine, &["make"]);
    let tune = |bench: &str, more: &[&str]| {
        let args = [
            "tune",
            "--build",
            "b.json",
            "--candidates",
            "flags",
            "--seed",
            "5",
            "-o",
            "host.toml",
            "--bench",
        ];
        mine.run(&[&args[..], &[bench], more].concat())
    };
    let output = tune("./tool", &["--budget", "8s"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("tool replayed: 6 of 6 objects are as recorded, and so is the product"), "{said}");
    let made = profile::read(&mine.path("host.toml")).unwrap();
    let section = &made.kernel["tool"];
    assert_eq!((section.evidence, &section.base[..]), (Evidence::Package, &["-O1".to_string()][..]));
    let judged = section.judged.iter().find(|j| j.flags == ["-O2"]).unwrap();
    could_be_timed(judged);
}

#[test]
fn a_bench_or_a_record_that_cannot_be_used_is_told_in_one_line() {
    let mine = tree();
    recorded(&mine, &["make"]);
    let tune = |bench: &str, more: &[&str]| {
        let args = ["tune", "--build", "b.json", "--candidates", "flags", "-o", "host.toml", "--bench"];
        mine.run(&[&args[..], &[bench], more].concat())
    };
    fails(&tune("./tool odd", &[]), 2, &["tool", "output changes from run to run"]);
    fails(&tune("./tool fail", &[]), 2, &["tool", "exit code 3"]);
    fails(&tune("true", &[]), 2, &["does the same without the rebuilt file", "write {}"]);
    fails(&tune("./tool", &["--target", "nobody"]), 2, &["no such product", "--target", "tool"]);
    fails(&tune("./tool 'x", &[]), 2, &["--bench", "a quote is open"]);
    fails(&tune("./tool", &["--cc", "gcc-11"]), 2, &["--cc gcc-11", "was recorded with"]);
    std::fs::write(mine.path("sum.c"), "#include \"gone.h\"\n").unwrap();
    fails(&tune("./tool", &[]), 2, &["sum.c", "gone.h", "cannot be replayed: build it again"]);
    mine.write("b.json", "{}");
    fails(&tune("./tool", &[]), 2, &["b.json", "no recorded build"]);
}

#[test]
fn a_recorded_library_is_driven_by_a_trial_or_by_a_driver() {
    let mine = tree();
    recorded(&mine, &["make"]);
    let args = [
        "tune",
        "--build",
        "b.json",
        "--candidates",
        "flags",
        "--seed",
        "5",
        "-o",
        "host.toml",
        "--budget",
        "8s",
    ];
    let output = mine.run(&[&args[..], &["--package", "mine", "--kernel", "driver.c"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let made = profile::read(&mine.path("host.toml")).unwrap();
    for section in [&made.package["mine"], &made.kernel["driver"]] {
        assert_eq!(section.evidence, Evidence::Package);
        assert!(section.sources.contains("recorded sha256:"), "{}", section.sources);
    }
    let operations = made.package["mine"].judged.iter().filter_map(|j| j.kernel.as_deref());
    assert!(operations.into_iter().all(|name| name.starts_with("mine/")));
    fails(&mine.run(&args), 2, &["what is to be measured", "--bench"]);
    fails(&mine.run(&[&args[..], &["--package", "glibc"]].concat()), 2, &["no such product", "--target"]);
}

#[test]
fn a_compilation_database_and_its_link_are_a_recorded_build() {
    let mine = tree();
    recorded(&mine, &["make"]);
    let folder = mine.dir.path().display();
    let entry = |file: &str, out: &str| {
        format!(
            "{{\"directory\": \"{folder}\", \"file\": \"{file}\", \"command\": \"gcc -O1 -c {file} -o {out}\"}}"
        )
    };
    mine.write("db.json", &format!("[{}, {}]", entry("sum.c", "sum.o"), entry("unused.c", "unused.o")));
    let args = ["record", "--compile-commands", "db.json", "-o", "d.json"];
    let output = mine.run(&[&args[..], &["--link", "ar rcs libdb.a sum.o unused.o"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let build = RecordedBuild::read(&mine.path("d.json")).unwrap();
    assert_eq!(made_of(&build, "libdb.a"), ["sum.c", "unused.c"]);
    let link = |line: &str| mine.run(&[&args[..], &["--link", line]].concat());
    fails(&link("echo x"), 2, &["--link", "neither a compiler"]);
    fails(&link("gcc -c sum.c"), 2, &["--link", "links nothing"]);
    fails(&link("ar rcs x.a nobody.o"), 2, &["nothing that it compiles is linked"]);
}

#[test]
fn cmake_and_ninja_builds_are_recorded_where_they_are_installed() {
    let there = |name: &str| which::which(name).is_ok();
    if std::env::var("HWTUNE_FULL").as_deref() != Ok("yes") || !there("cmake") || !there("ninja") {
        eprintln!("skipped: cmake and ninja are for ./check --full");
        return;
    }
    let mine = tree();
    mine.write(
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.10)\nproject(mine C)\nadd_library(mine SHARED sum.c)\n\
         set_target_properties(mine PROPERTIES SOVERSION 2)\nadd_executable(prog main.c odd.c)\ntarget_link_libraries(prog mine)\n",
    );
    mine.write(
        "odd.c",
        "int odd(int x) { return x; }\nint generated(int x) { return x; }\nint added(int x) { return x; }\n",
    );
    for generator in ["Ninja", "Unix Makefiles"] {
        std::fs::remove_dir_all(mine.path("out")).ok();
        let script = format!("cmake -B out -G '{generator}' && cmake --build out");
        let build = recorded(&mine, &["sh", "-c", &script]);
        assert_eq!(made_of(&build, "prog"), ["main.c", "odd.c", "libmine.so.2"], "{generator}");
        assert!(!build.steps.iter().any(|s| s.output.to_string_lossy().contains("CompilerId")));
    }
}
