//! What foreign code tries before anything is measured: compilers that are asked what they accept, and a package's archive.

use crate::faults::confined::{BOTH, attempts, outside, succeeded, untouched};
use crate::faults::support::{Place, names};
use crate::support::mine::Mine;
use hwtune::profile;
use hwtune::toolchain::{Compiler, Launcher};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The flag of a user's own table under which the compiler goes bad.
const ROW: &str = "[[flag]]\nname = \"-fown\"\nkind = \"codegen\"\nrisk = \"none\"\ncompilers = [\"gcc\"]\nwhy = \"w\"\nsource = \"s\"\n";

const KERNEL: &str = "/* hwtune:\ntitle = \"Adds\"\nstands_for = \"mine_sum\"\nsource = \"mine\"\ndatasets = [\"text\", \"noise\", \"kept\"]\n*/\n\
    #include \"probe.h\"\nvoid probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return 1; }\n";

/// What is tried: nothing that would harm the test itself where it succeeds.
fn tried() -> Vec<(&'static str, &'static str)> {
    let connects = "connects_to(OUTSIDE \"/../socket\")";
    let own = [("finds an open descriptor of hwtune's", "inherited()"), ("connects", connects)];
    let harmless = |(what, _): &&(&str, &str)| !["traces", "mounts", "changes root"].contains(what);
    BOTH.iter().filter(harmless).take(12).copied().chain(own).collect()
}

/// A program that tries all of it where one of its arguments is `when` and fails with the tally; else it is `real`.
fn hostile(place: &Place, head: &str, name: &str, when: &str, real: &Path) -> PathBuf {
    let connects = "static int connects_to(const char *path) {\n  struct sockaddr_un to = {.sun_family = AF_UNIX};\n  strcpy(to.sun_path, path);\n\
        \x20 int s = socket(AF_UNIX, SOCK_STREAM, 0);\n  return s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0;\n}\n";
    let main = format!(
        "int main(int argc, char **argv) {{\n  for (int i = 1; i < argc; i++)\n    if (strcmp(argv[i], {when:?}) == 0) {{\n\
         \x20     fprintf(stderr, \"{name}: error: did %llu\\n\", attempts());\n      return 1;\n    }}\n\
         \x20 argv[0] = {real:?};\n  execv(argv[0], argv);\n  return 127;\n}}\n"
    );
    std::fs::create_dir_all(place.path("bin")).unwrap();
    let source = place.file("hostile.c", &format!("{head}{connects}{}{main}", attempts(&tried())));
    let out = place.path("bin").join(name);
    assert!(Command::new("gcc").arg(source).arg("-o").arg(&out).status().unwrap().success());
    out
}

/// A place with something outside of hwtune's own to reach for; `None` where the system confines nothing.
fn target() -> Option<(Place, String, UnixListener)> {
    if let Some(lacks) = Launcher::of(&Compiler::ask(Path::new("gcc")).unwrap()).lacks() {
        eprintln!("skipped: {lacks}");
        return None;
    }
    let place = Place::new();
    let head = outside(&place);
    let listener = UnixListener::bind(place.path("socket")).unwrap();
    listener.set_nonblocking(true).unwrap();
    // A descriptor that is not closed on exec, as careless parents leave them: hwtune inherits it.
    let open = std::fs::File::open(place.path("mine.c")).unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    std::mem::forget(open);
    Some((place, head, listener))
}

/// Nothing outside was reached, and where the tally was passed on, nothing succeeded.
fn stopped(what: &str, place: &Place, listener: &UnixListener, output: &Output, told: bool) {
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let tally = said.split("error: did ").nth(1).map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap()
    });
    assert_eq!(tally.is_some(), told, "{what}: {said}");
    assert_eq!(succeeded(tally.unwrap_or(0), &tried()), [] as [&str; 0], "{what}: {said}");
    assert!(listener.accept().is_err(), "{what}: somebody connected");
    assert!(!said.contains("unconfined"), "{what}: {said}");
    untouched(place);
}

#[test]
fn a_compiler_is_confined_from_the_first_odd_flag() {
    let Some((place, head, listener)) = target() else { return };
    let cc = hostile(&place, &head, "gcc-99", "-fown", &which::which("gcc").unwrap());
    let cc = cc.to_str().unwrap();
    std::fs::create_dir(place.path("own")).unwrap();
    place.file("own/flags.toml", ROW);
    place.file("flags", "-fown\n-funroll-loops\n");
    let run =
        |args: &[&str]| place.hwtune(&[&["--cc", cc, "--probes", "own"], args].concat()).output().unwrap();
    let tune = ["tune", "--kernel", "mine.c", "--budget", "1s", "-o", "-", "--format", "json"];
    for (what, code, args) in [
        ("the catalogue", 0, &["probe", "--format", "json"][..]),
        ("flags of one's own", 0, &["probe", "--", "-fown"]),
        ("a base to probe with", 2, &["probe", "--base", "-O2 -fown"]),
        ("a base", 2, &[&tune[..], &["--base", "-O2 -fown", "--candidates", "flags"]].concat()),
        ("the state under a base", 2, &[&tune[..], &["--base", "-O2 -fown", "--candidates", "all"]].concat()),
        ("candidates", 0, &[&tune[..], &["--candidates", "flags"]].concat()),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(code), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        stopped(what, &place, &listener, &output, true);
        place.clean();
    }
}

#[test]
fn a_compiler_is_confined_under_a_packages_own_base() {
    let Some((place, head, listener)) = target() else { return };
    let cc = hostile(&place, &head, "gcc-99", "-fown", &which::which("gcc").unwrap());
    let mine = Mine::new();
    mine.replace("probes/packages.toml", "\"-O1\"", "\"-O1\", \"-fown\"");
    mine.replace(
        "probes/packages.toml",
        "[[package",
        "[package.mine.kernels]\nadds = { weight = 1.0, source = \"guess\" }\n[[package",
    );
    mine.write("probes/mine/adds.c", KERNEL);
    let one = "name = \"sum\"\n";
    mine.replace(
        "probes/mine/trial.toml",
        one,
        &format!("{one}kernels = {{ adds = 0.5 }}\nkernels_source = \"guess\"\n"),
    );
    for command in ["transfer", "tune"] {
        // No such file of candidates: it ends after the base was tried.
        let output = mine.run(&[
            command,
            "--cc",
            cc.to_str().unwrap(),
            "--source",
            "mine=tree",
            "--candidates",
            "none",
        ]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("does not know -fown"), "{command}: {said}");
        stopped(command, &place, &listener, &output, false);
    }
}

#[test]
fn what_a_compiler_leaves_in_its_workspace_gets_it_no_further() {
    let Some((place, ..)) = target() else { return };
    let (outside, real) = (place.path("outside"), which::which("gcc").unwrap());
    // Where a kernel is built under the flag: every program there becomes its own, and what hwtune may write next a link.
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' -funroll-loops '*hwtune*) ;; *) exec {} \"$@\" ;; esac\ncd \"$TMPDIR\"\n\
         for f in launcher *.exe; do [ -f \"$f\" ] && [ -x \"$f\" ] && rm -f \"$f\" && printf '#!/bin/sh\\necho > {}/escaped\\n' > \"$f\" && chmod +x \"$f\"; done\n\
         for f in control.c empty.c hwtune-unit.c hwtune-unit.i pad-64.o; do ln -sf {}/there \"$f\"; done\nrm -rf runner; ln -s {} runner\nexit 1\n",
        real.display(),
        outside.display(),
        outside.display(),
        outside.display()
    );
    std::fs::create_dir(place.path("bin")).unwrap();
    let cc = place.script("bin/gcc-99", &script);
    let output = place.tune(&["--cc", cc.to_str().unwrap(), "--base", "-O1", "-v"]);
    let bad = String::from_utf8_lossy(&output.stderr).into_owned();
    untouched(&place);
    assert!(output.status.success(), "{bad}");
    let made = profile::read(&place.path("host.toml")).unwrap();
    let one = made.kernel["mine"].judged.iter().find(|j| j.flags == ["-funroll-loops"]).unwrap();
    assert_eq!(one.verdict, profile::Verdict::Unsupported, "it was met: {one:?}");
}

/// A package's sources as an archive with what `more`, Python over `t` and `add`, puts into it.
fn archive(mine: &Mine, more: &str) {
    let script = format!(
        "import io, tarfile\nt = tarfile.open('mine.tar', 'w')\nt.add('tree')\n\
         def add(name, kind=tarfile.REGTYPE, to='', text=b'new'):\n  m = tarfile.TarInfo(name); m.type = kind; m.linkname = to\n\
         \x20 m.size = len(text) if kind == tarfile.REGTYPE else 0\n  t.addfile(m, io.BytesIO(text))\n{more}\nt.close()\n"
    );
    let made = Command::new("python3").args(["-c", &script]).current_dir(mine.dir.path()).status();
    assert!(made.unwrap().success());
}

/// `tune --source` of the archive, with the place's `bin` before the PATH.
fn unpack(place: &Place, mine: &Mine) -> Output {
    let path = std::env::var("PATH").unwrap();
    let args =
        ["--probes", "probes", "tune", "--source", "mine=mine.tar", "--candidates", "none", "-o", "x.toml"];
    let mut command = place.hwtune(&args);
    command.current_dir(mine.dir.path()).env("PATH", format!("{}:{path}", place.path("bin").display()));
    command.output().unwrap()
}

#[test]
fn a_tar_that_is_not_to_be_trusted_reaches_nothing() {
    let Some((place, head, listener)) = target() else { return };
    hostile(&place, &head, "tar", "--extract", &which::which("tar").unwrap());
    let mine = Mine::new();
    archive(&mine, "");
    let output = unpack(&place, &mine);
    crate::support::mine::fails(&output, 2, &["mine.tar", "did 0", "unpack it"]);
    stopped("tar", &place, &listener, &output, true);
    place.clean();
}

#[test]
fn members_of_an_archive_stay_in_the_build_directory_whatever_tar_believes() {
    let Some((place, ..)) = target() else { return };
    std::fs::create_dir(place.path("bin")).unwrap();
    // As it comes, GNU tar mistrusts names: this one believes them, as others do.
    place.script(
        "bin/tar",
        &format!("#!/bin/sh\nexec {} -P \"$@\"\n", which::which("tar").unwrap().display()),
    );
    let outside = place.path("outside").display().to_string();
    let up = "../".repeat(16);
    for (what, more) in [
        ("an absolute name", format!("add('{outside}/new')")),
        ("one over a file that is there", format!("add('{outside}/there')")),
        ("a name with dots", format!("add('tree/{up}{}/new')", &outside[1..])),
        (
            "a link and a name through it",
            format!("add('tree/out', tarfile.SYMTYPE, '{outside}')\nadd('tree/out/new')"),
        ),
        (
            "a link to a file, then that file",
            format!("add('tree/out', tarfile.LNKTYPE, '{outside}/there')\nadd('tree/out')"),
        ),
        ("a device", "add('tree/null', tarfile.CHRTYPE)".into()),
    ] {
        let mine = Mine::new();
        archive(&mine, &more);
        crate::support::mine::fails(
            &unpack(&place, &mine),
            2,
            &["package mine", "mine.tar", "tar: ", "unpack it"],
        );
        untouched(&place);
        assert_eq!(names(&place.path("tmp")), [] as [String; 0], "{what}");
    }
    // The same tar unpacks an honest one: what is wrong is then the missing file of candidates.
    let mine = Mine::new();
    archive(&mine, "");
    crate::support::mine::fails(&unpack(&place, &mine), 2, &["candidates none"]);
}
