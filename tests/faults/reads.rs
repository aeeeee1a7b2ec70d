//! What a compiler is made to read by a source, a flag or a record, and may not: files of its user.

use crate::faults::support::{Place, SUM, fails};
use crate::support::mine::{self, Mine};
use hwtune::files::Workspace;
use hwtune::profile;
use hwtune::toolchain::{Compiler, Family, Launcher};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// Stands in every file that is not to be read; what reaches it shows it.
const SECRET: &str = "SECRETMARK";
const LONG: Duration = Duration::from_secs(60);

/// An attempt: its name, the text of `k.c`, and the arguments. `OUT` stands for the folder outside.
type Attempt = (&'static str, &'static str, &'static [&'static str]);

const PLAIN: &str = "int f(void) { return 1; }\n";

/// By any compiler.
const ANY: [Attempt; 21] = [
    ("an absolute name", "#include \"OUT/secret.h\"\n", &["-c", "k.c"]),
    ("a relative name", "#include \"UP/OUT/secret.h\"\n", &["-c", "k.c"]),
    ("a macro for a name", "#define H \"OUT/secret.h\"\n#include H\n", &["-c", "k.c"]),
    (
        "__has_include",
        "#if __has_include(\"OUT/secret.h\")\n#include \"OUT/secret.h\"\n#endif\n",
        &["-c", "k.c"],
    ),
    ("include_next", "#include_next \"OUT/secret.h\"\n", &["-c", "k.c"]),
    ("import", "#import \"OUT/secret.h\"\n", &["-c", "k.c"]),
    ("a link to the file", "#include \"link.h\"\n", &["-c", "k.c"]),
    ("a link to its folder", "#include \"folder/secret.h\"\n", &["-c", "k.c"]),
    ("-I of a link", "#include <secret.h>\n", &["-Ifolder", "-c", "k.c"]),
    ("-I", "#include <secret.h>\n", &["-IOUT", "-c", "k.c"]),
    ("-isystem", "#include <secret.h>\n", &["-isystem", "OUT", "-c", "k.c"]),
    ("-iquote", "#include \"secret.h\"\n", &["-iquoteOUT", "-c", "k.c"]),
    ("--sysroot", "#include <secret.h>\n", &["--sysroot=OUT", "-isystem", "=/usr/include", "-c", "k.c"]),
    ("-include", PLAIN, &["-include", "OUT/secret.h", "-c", "k.c"]),
    ("-imacros", "char x[] = MARK;\n", &["-imacros", "OUT/macros.h", "-c", "k.c"]),
    ("the file as the source", PLAIN, &["-c", "-x", "c", "OUT/secret.h"]),
    ("the file as assembly", PLAIN, &["-c", "-x", "assembler", "OUT/secret.h"]),
    (".incbin", "__asm__(\".incbin \\\"OUT/secret.h\\\"\");\n", &["-c", "k.c"]),
    (".include", "__asm__(\".include \\\"OUT/secret.s\\\"\");\n", &["-c", "k.c"]),
    ("a response file", PLAIN, &["-c", "k.c", "@OUT/words"]),
    (
        "a library",
        "char *s(void); char *f(void) { return s(); }\n",
        &["-shared", "-fPIC", "k.c", "-LOUT", "-lsecret"],
    ),
];

/// By gcc, or GNU's assembler and linker behind it.
const GCC: [Attempt; 6] = [
    ("a linker script", PLAIN, &["-shared", "-fPIC", "k.c", "OUT/secret.ld"]),
    ("the linker's response file", PLAIN, &["-shared", "-fPIC", "k.c", "-Wl,@OUT/words"]),
    ("the assembler's response file", PLAIN, &["-c", "k.c", "-Wa,@OUT/words"]),
    ("specs", PLAIN, &["-c", "k.c", "-specs=OUT/specs"]),
    ("-B", PLAIN, &["-BOUT/bin/", "-c", "k.c"]),
    ("-wrapper", PLAIN, &["-wrapper", "OUT/bin/as", "-c", "k.c"]),
];

const CLANG: [Attempt; 5] = [
    ("#embed", "const unsigned char x[] = {\n#embed \"OUT/secret.h\"\n};\n", &["-std=c2x", "-c", "k.c"]),
    ("a configuration file", PLAIN, &["--config=OUT/words.cfg", "-c", "k.c"]),
    ("an assembler of one's own", PLAIN, &["-fno-integrated-as", "-BOUT/bin", "-c", "k.c"]),
    ("a linker of one's own", PLAIN, &["--ld-path=OUT/bin/as", "k.c", "-shared", "-fPIC"]),
    ("a profile list", PLAIN, &["-fprofile-instr-generate", "-fprofile-list=OUT/secret.h", "-c", "k.c"]),
];

/// What lies outside: each file would show itself.
fn outside(place: &Place) -> String {
    for folder in ["outside/bin", "outside/usr/include"] {
        std::fs::create_dir_all(place.path(folder)).unwrap();
    }
    let text = format!("char secret[] = \"{SECRET}\";\n");
    for file in ["outside/secret.h", "outside/usr/include/secret.h"] {
        place.file(file, &text);
    }
    place.file("outside/macros.h", &format!("#define MARK \"{SECRET}\"\n"));
    place.file("outside/secret.s", &format!(".ascii \"{SECRET}\"\n"));
    place.file("outside/secret.ld", &format!("{SECRET} = 1;\n"));
    place.file("outside/words", &format!("{SECRET}.c\n"));
    place.file("outside/specs", &format!("*cc1:\n+ -f{SECRET}\n\n"));
    place.file("outside/words.cfg", &format!("-f{SECRET}\n"));
    place.script("outside/bin/as", &format!("#!/bin/sh\necho {SECRET} >&2\nexit 1\n"));
    place.file("s.c", &format!("char *s(void) {{ return \"{SECRET}\"; }}\n"));
    let script = "gcc -fPIC -c s.c -o s.o && ar rc outside/libsecret.a s.o && rm s.c s.o";
    assert!(
        Command::new("sh").args(["-c", script]).current_dir(place.dir.path()).status().unwrap().success()
    );
    place.path("outside").display().to_string()
}

/// Whether the secret stands in an answer or in a file of the folder.
fn shown(said: &[&[u8]], folder: &Path) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes());
    let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let own = files.filter(|p| !p.is_symlink() && p.is_file()).map(|p| std::fs::read(p).unwrap());
    said.iter().any(|bytes| holds(bytes)) || own.into_iter().any(|bytes| holds(&bytes))
}

/// A build directory with the source of an attempt and the links that a source folder may bring.
fn folder(outside: &str, text: &str) -> Workspace {
    let workspace = Workspace::new().unwrap();
    let up = "../".repeat(workspace.path().components().count() - 1);
    let text = text.replace("UP/OUT", &format!("{up}{}", &outside[1..])).replace("OUT", outside);
    workspace.write("k.c", text.as_bytes()).unwrap();
    symlink(outside, workspace.path().join("folder")).unwrap();
    symlink(format!("{outside}/secret.h"), workspace.path().join("link.h")).unwrap();
    workspace
}

#[test]
fn a_compiler_reads_nothing_of_its_users() {
    let mut tried = 0;
    for name in ["gcc", "clang-19"] {
        let Ok(compiler) = Compiler::ask(Path::new(name)) else { continue };
        let launcher = Launcher::of(&compiler);
        if let Some(lacks) = launcher.lacks() {
            return eprintln!("skipped: {lacks}");
        }
        let place = Place::new();
        let outside = outside(&place);
        let own = if compiler.family == Family::Gcc { &GCC[..] } else { &CLANG };
        for (what, text, args) in ANY.iter().chain(own) {
            let args: Vec<String> = args.iter().map(|arg| arg.replace("OUT", &outside)).collect();
            let confined = folder(&outside, text);
            let said = launcher.invoke(&args, confined.path(), confined.path(), LONG).unwrap();
            let told = [said.stdout.as_slice(), said.stderr.as_bytes()];
            assert!(!shown(&told, confined.path()), "{name}: {what}: {}", said.stderr);
            // Where nothing confines it the same attempt succeeds: the table can fail.
            let free = folder(&outside, text);
            let output = Command::new(name).args(&args).current_dir(free.path()).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(shown(&[&output.stdout, &output.stderr], free.path()), "{name}: {what}: {said}");
            tried += 1;
        }
        // The system's own secrets, its parent's, and a library that is loaded into the compiler.
        let parent = std::process::id();
        for file in [
            "/etc/passwd",
            "/etc/shadow",
            &format!("/proc/{parent}/environ"),
            &format!("/proc/{parent}/cmdline"),
        ] {
            let workspace = folder(&outside, &format!("#include \"{file}\"\n"));
            let said = launcher.invoke(&["-c", "k.c"], workspace.path(), workspace.path(), LONG).unwrap();
            let line = said.stderr.lines().find(|l| l.contains("error")).unwrap_or_default();
            let shadowed = rustix::fs::access(file, rustix::fs::Access::READ_OK).is_err();
            assert!(shadowed || line.contains("--allow-read"), "{name}: {file}: {}", said.stderr);
            assert!(!said.ok() && said.stderr.contains(file), "{name}: {file}: {}", said.stderr);
            tried += 1;
        }
        place.file("p.c", &format!("#include <stdio.h>\n__attribute__((constructor)) static void f(void) {{ fputs(\"{SECRET}\", stderr); }}\n"));
        let plugin = format!("{outside}/plugin.so");
        let built =
            Command::new("gcc").args(["-shared", "-fPIC", "-o", &plugin]).arg(place.path("p.c")).status();
        assert!(built.unwrap().success());
        let args = [format!("-fplugin={plugin}"), "-c".into(), "k.c".into()];
        let workspace = folder(&outside, PLAIN);
        let said = launcher.invoke(&args, workspace.path(), workspace.path(), LONG).unwrap();
        assert!(!said.ok() && !said.stderr.contains(SECRET), "{name}: {}", said.stderr);
        tried += 1;
        // What it needs, it may.
        let sound = "#include <stdio.h>\n#include \"beside.h\"\nint f(void) { return puts(BESIDE); }\n";
        let workspace = folder(&outside, sound);
        workspace.write("beside.h", b"#define BESIDE \"beside\"\n").unwrap();
        for args in [&["-O2", "-c", "k.c"][..], &["-O2", "-flto", "-shared", "-fPIC", "k.c", "-lm"]] {
            let said = launcher.invoke(args, workspace.path(), workspace.path(), LONG).unwrap();
            assert!(said.ok(), "{name}: {}", said.stderr);
        }
    }
    assert!(tried >= 32, "{tried}");
}

/// `tune` of a kernel with this text.
fn tune(place: &Place, text: &str, more: &[&str]) -> Output {
    place.file("mine.c", text);
    place.tune(more)
}

#[test]
fn a_kernel_that_includes_what_is_not_its_own_is_refused_with_the_remedy() {
    if Launcher::of(&Compiler::ask(Path::new("gcc")).unwrap()).lacks().is_some() {
        return;
    }
    let place = Place::new();
    let outside = outside(&place);
    // The folder of a kernel is its own: here it is another one.
    std::fs::create_dir(place.path("kernel")).unwrap();
    let run = |text: &str, more: &[&str]| {
        place.file("kernel/mine.c", text);
        let args =
            ["tune", "--kernel", "kernel/mine.c", "--candidates", "flags", "--budget", "1s", "-o", "-"];
        place.hwtune(&[&args[..], more].concat()).output().unwrap()
    };
    let absolute = format!("#include \"{outside}/secret.h\"\n{SUM}");
    let output = run(&absolute, &[]);
    fails("absolute", &output, 2, &["secret.h: a compiler may not read it", "--allow-read DIR"]);
    assert!(!String::from_utf8_lossy(&output.stderr).contains(SECRET));
    let named = format!("#include <secret.h>\n{SUM}");
    let base = format!("-O2 -I{outside}");
    for (text, more) in [(&absolute, ["--allow-read", &outside]), (&named, ["--base", &base])] {
        let output = run(text, &more);
        assert!(output.status.success(), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for (folder, why) in [("/", "the root directory"), ("none", "not there")] {
        fails(folder, &run(SUM, &["--allow-read", folder]), 2, &["--allow-read", why, "name a folder"]);
    }
}

#[test]
fn a_profile_keeps_no_text_of_a_source() {
    let place = Place::new();
    for (what, text) in [
        ("a directive", format!("#ifdef __OPTIMIZE_SIZE__\n#error {SECRET}\n#endif\n{SUM}")),
        (
            "an assertion",
            format!("#ifdef __OPTIMIZE_SIZE__\n_Static_assert(0, \"{SECRET}\");\n#endif\n{SUM}"),
        ),
        ("a name", format!("#ifdef __OPTIMIZE_SIZE__\n{SECRET} x;\n#endif\n{SUM}")),
        ("assembly", format!("#ifdef __OPTIMIZE_SIZE__\n__asm__(\"{SECRET}\");\n#endif\n{SUM}")),
    ] {
        let output = tune(&place, &text, &["-v"]);
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let kept = std::fs::read_to_string(place.path("host.toml")).unwrap();
        assert!(!kept.contains(SECRET), "{what}: {kept}");
        let made = profile::read(&place.path("host.toml")).unwrap();
        let one = made.kernel["mine"].judged.iter().find(|j| j.flags == ["-Os"]).unwrap();
        assert_eq!(one.verdict, profile::Verdict::Unsupported, "{what}: {one:?}");
        std::fs::remove_file(place.path("host.toml")).unwrap();
    }
}

#[test]
fn a_source_tree_that_links_to_something_else_is_refused() {
    let mine = Mine::new();
    mine.write("elsewhere", SECRET);
    symlink("../../elsewhere", mine.path("tree/src/link.c")).unwrap();
    let output = mine.run(&["tune", "--source", "mine=tree", "--candidates", "none", "-o", "x.toml"]);
    mine::fails(&output, 2, &["package mine", "src/link.c", "leads out of its folder"]);
}

#[test]
fn a_recorded_build_reads_its_tree_and_not_what_its_record_asks_for() {
    if Launcher::of(&Compiler::ask(Path::new("gcc")).unwrap()).lacks().is_some() {
        return;
    }
    let mine = Mine::new();
    mine.write(
        "build/sub/main.c",
        "#include \"../up.h\"\n#include \"link.h\"\nint main(void) { return UP + LINK; }\n",
    );
    mine.write("build/up.h", "#define UP 0\n");
    mine.write("build/real.h", "#define LINK 0\n");
    symlink("../real.h", mine.path("build/sub/link.h")).unwrap();
    let place = Place::new();
    let secret = place.file("secret.h", &format!("#define LINK {SECRET}\n"));
    mine.write("flags", "-O2\n");
    let script = "cd build/sub && gcc -O1 -c main.c -o main.o && gcc -o tool main.o";
    let output = mine.run(&["record", "-o", "b.json", "--", "sh", "-c", script]);
    assert!(output.status.success(), "{}", mine::stderr(&output));
    let tune = |record: &str| {
        let args = [
            "tune",
            "--build",
            record,
            "--bench",
            "build/sub/tool",
            "--candidates",
            "flags",
            "--budget",
            "2s",
        ];
        mine.run(&[&args[..], &["-o", "x.toml"]].concat())
    };
    let output = tune("b.json");
    assert!(output.status.success(), "{}", mine::stderr(&output));
    // A header became a link that leads out of the tree.
    std::fs::remove_file(mine.path("build/sub/link.h")).unwrap();
    symlink(&secret, mine.path("build/sub/link.h")).unwrap();
    mine::fails(&tune("b.json"), 2, &["main.c", "link.h: a compiler may not read it", "--allow-read"]);
    std::fs::remove_file(mine.path("build/sub/link.h")).unwrap();
    symlink("../real.h", mine.path("build/sub/link.h")).unwrap();
    // A record that names what is no source.
    let record = std::fs::read_to_string(mine.path("b.json")).unwrap();
    for words in [["-include", "/etc/passwd"], ["-I/etc", "-imacros/etc/hostname"]] {
        let changed = record.replacen("\"-O1\"", &format!("\"-O1\", \"{}\", \"{}\"", words[0], words[1]), 1);
        assert_ne!(changed, record);
        mine.write("c.json", &changed.replacen("\"at\": 2", "\"at\": 4", 1));
        let output = tune("c.json");
        assert!(
            !output.status.success() && !mine::stderr(&output).contains("root:"),
            "{}",
            mine::stderr(&output)
        );
        assert!(mine::stderr(&output).contains("may not read it"), "{}", mine::stderr(&output));
    }
}
