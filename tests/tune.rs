//! The main job from the command line, with a real compiler. Nothing here looks at a clock: budgets are small, and
//! what is asserted holds however noisy the machine is.

use hwtune::profile::{self, Profile, Verdict};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SUM: &str = "#include \"probe.h\"\n#include <stdlib.h>\nstatic uint32_t *in; enum { N = 4096 };\n\
    void probe_setup(uint64_t seed) { in = malloc(N * sizeof *in); for (int i = 0; i < N; i++) in[i] = (uint32_t)support_random(&seed); }\n\
    uint64_t probe_run(void) { uint64_t h = 0; for (int i = 0; i < N; i++) h += in[i] % 7 == 3 ? in[i] : 1; return h; }\n";

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hwtune"));
        command
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("CC")
            .env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One line, the exit code, and every word of `wanted` in it.
fn fails(output: &Output, code: i32, wanted: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let errors: Vec<&str> = text.lines().filter(|l| l.contains("error:")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    for word in wanted {
        assert!(errors[0].contains(word), "{word:?} in {text}");
    }
}

#[test]
fn a_kernel_that_nobody_here_wrote_becomes_a_section() {
    let place = Place::new();
    place.file("mine.c", SUM);
    place.file("flags", "-O3\n-funroll-loops # a comment\n-pipe\n-fno-such-thing\n-ffast-math\n-O3\n");
    let args = [
        "tune",
        "--kernel",
        "mine.c",
        "--candidates",
        "flags",
        "--budget",
        "20s",
        "--seed",
        "5",
        "-o",
        "host.toml",
    ];
    let output = place.run(&args);
    assert!(output.status.success(), "{}", stderr(&output));
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(table.contains("mine"), "{table}");

    let made = profile::read(&place.path("host.toml")).unwrap();
    assert!(made.complete && made.fingerprint == profile::fingerprint(&made));
    assert_eq!(made.measurement.as_ref().unwrap().seed, 5);
    let section = &made.kernel["mine"];
    assert_eq!(section.base, ["-O2", "-fPIC"]);
    assert!(made.toolchain.iter().any(|t| t.id == section.toolchain));
    let verdict = |flag: &str| section.judged.iter().find(|j| j.flags == [flag]).map(|j| j.verdict);
    assert_eq!(verdict("-pipe"), Some(Verdict::SameCode));
    assert_eq!(verdict("-fno-such-thing"), Some(Verdict::Refused), "its risk is not known");
    assert_eq!(verdict("-ffast-math"), Some(Verdict::Refused));
    assert!(verdict("-O3").is_some() && verdict("-funroll-loops").is_some());
    for judged in &section.judged {
        if matches!(judged.verdict, Verdict::Helps | Verdict::Harms | Verdict::Equivalent) {
            assert!(judged.low.unwrap() <= judged.effect.unwrap() && judged.pairs > 0);
            // Fewer than two have no interval; how many fit into the time depends on the machine.
            assert!(judged.layouts >= 2, "{judged:?}");
        }
    }
    assert!(!place.path("host.toml").with_extension("tmp").exists());
}

#[test]
fn the_profile_can_be_piped_in_both_forms() {
    let place = Place::new();
    place.file("mine.c", SUM);
    place.file("flags", "-O3\n");
    let base = ["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "2s", "-o", "-", "-q"];
    let toml = place.run(&base);
    assert!(toml.status.success() && toml.stderr.is_empty(), "{}", stderr(&toml));
    let from_toml = profile::parse(&String::from_utf8(toml.stdout).unwrap(), "stdout").unwrap();
    let json = place.run(&[&base[..], &["--format", "json"]].concat());
    let from_json: Profile = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(from_json.host, from_toml.host);
    assert!(from_json.kernel.contains_key("mine"));
}

#[test]
fn a_class_of_risk_is_tried_only_where_it_is_allowed_and_the_profile_says_so() {
    let place = Place::new();
    place.file("mine.c", SUM);
    place.file("flags", "-fno-math-errno\n-ffast-math\n-fno-stack-protector\n-DNDEBUG\n-fno-such-thing\n");
    let args = "tune --kernel mine.c --candidates flags --budget 2s -q -o host.toml --allow";
    let args = |class| args.split(' ').chain([class]).collect::<Vec<_>>();
    let output = place.run(&args("semantics"));
    assert!(output.status.success(), "{}", stderr(&output));
    let section = profile::read(&place.path("host.toml")).unwrap().kernel.remove("mine").unwrap();
    assert_eq!(section.allowed, ["semantics"]);
    let of = |flag: &str| section.judged.iter().find(|j| j.flags == [flag]).unwrap();
    assert_ne!(of("-fno-math-errno").verdict, Verdict::Refused);
    for (refused, why) in [("-ffast-math", "global-state"), ("-fno-stack-protector", "security")] {
        assert_eq!(of(refused).verdict, Verdict::Refused);
        assert!(of(refused).reason.starts_with(&format!("risk {why}: ")), "{}", of(refused).reason);
    }
    // No class makes a flag of what is none, or of what nobody knows.
    assert_eq!(of("-DNDEBUG").verdict, Verdict::Refused);
    assert_eq!(of("-fno-such-thing").verdict, Verdict::Refused);
    fails(&place.run(&args("everything")), 2, &["everything", "global-state", "PACKAGE:FLAG"]);
}

#[test]
fn an_interrupt_keeps_what_was_measured() {
    let place = Place::new();
    place.file("mine.c", SUM);
    let args = ["tune", "--kernel", "mine.c", "--budget", "60s", "-o", "host.toml", "-v"];
    let mut child = place.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It says on standard error when it has begun to screen.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.by_ref().any(|l| l.unwrap().contains("screen")), "screening begins");
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let rest: Vec<String> = lines.map(|l| l.unwrap()).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest:?}");
    let made = profile::read(&place.path("host.toml")).unwrap();
    assert!(!made.complete && made.kernel["mine"].flags.is_empty());
    let left: Vec<_> = std::fs::read_dir(place.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|n| ["mine.c", "host.toml", "cache"].iter().any(|k| n == k)), "{left:?}");
}

#[test]
fn other_sections_of_the_same_host_stay() {
    let place = Place::new();
    place.file("flags", "-O3\n");
    for name in ["one", "two"] {
        let file = format!("{name}.c");
        place.file(&file, SUM);
        let output = place.run(&[
            "tune",
            "--kernel",
            &file,
            "--candidates",
            "flags",
            "--budget",
            "2s",
            "-o",
            "host.toml",
        ]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let made = profile::read(&place.path("host.toml")).unwrap();
    assert_eq!(made.kernel.keys().collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn bad_input_is_one_line_that_names_the_thing_and_the_remedy() {
    let place = Place::new();
    let tune = |kernel: &str, more: &[&str]| {
        place.run(&[&["tune", "--kernel", kernel, "--budget", "2s", "-o", "host.toml", "-q"], more].concat())
    };
    fails(&tune("none.c", &[]), 2, &["none.c"]);
    place.file("broken.c", "int probe_run( {");
    fails(&tune("broken.c", &[]), 2, &["broken", "does not compile", "error:"]);
    place.file("empty.c", "int x;\n");
    fails(&tune("empty.c", &[]), 2, &["empty", "probe_setup"]);
    place.file("crash.c", "#include \"probe.h\"\nvoid probe_setup(uint64_t s) { (void)s; }\nuint64_t probe_run(void) { return *(volatile uint64_t *)0; }\n");
    fails(&tune("crash.c", &[]), 2, &["crash", "SIGSEGV", "base flags"]);
    place.file("random.c", "#include \"probe.h\"\nvoid probe_setup(uint64_t s) { (void)s; }\nuint64_t probe_run(void) { return (uint64_t)&probe_run; }\n");
    fails(&tune("random.c", &[]), 2, &["random", "checksums", "seed"]);
    place.file("mine.c", SUM);
    fails(&tune("mine.c", &["--base", "-O2 'x"]), 2, &["--base", "quote"]);
    fails(&tune("mine.c", &["--base", "-fno-such-option"]), 2, &["--base", "-fno-such-option"]);
    fails(&tune("mine.c", &["--base", "x.o"]), 2, &["--base", "x.o"]);
    place.file("list", "-O3\nnot-a-flag\n");
    fails(&tune("mine.c", &["--candidates", "list"]), 2, &["list, line 2", "not-a-flag"]);
    fails(&tune("mine.c", &["--cpu", "99999"]), 2, &["--cpu 99999"]);
    fails(&place.run(&["tune", "--package", "nosuch", "-o", "host.toml"]), 2, &["nosuch", "zlib"]);
    fails(&tune("mine.c", &["--cc", "/bin/false"]), 20, &["/bin/false", "--cc"]);
    fails(&tune("mine.c", &["--cc", "no-such-cc"]), 20, &["no-such-cc"]);
    std::fs::create_dir(place.path("folder")).unwrap();
    fails(&place.run(&["tune", "--kernel", "mine.c", "-o", "folder"]), 30, &["folder"]);
    place.file("newer.toml", "schema = 99\n");
    fails(&place.run(&["tune", "--kernel", "mine.c", "-o", "newer.toml"]), 21, &["newer.toml", "99"]);
    assert!(!place.path("host.toml").exists(), "nothing is half-written");
}

#[test]
fn a_reader_that_goes_away_and_a_full_disk_are_no_panic() {
    let place = Place::new();
    place.file("mine.c", SUM);
    place.file("flags", "-O3\n");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let args = ["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "1s", "-o", "-", "-q"];
    let output = place.command(&args).stdout(full).stderr(Stdio::piped()).output().unwrap();
    fails(&output, 30, &["standard output"]);
}

#[test]
fn no_runner_and_no_directory_is_left_after_a_kill() {
    let place = Place::new();
    place.file("mine.c", SUM);
    let tmp = place.path("tmp");
    std::fs::create_dir(&tmp).unwrap();
    let args = ["tune", "--kernel", "mine.c", "--budget", "60s", "-o", "host.toml", "-v"];
    let mut child = place.command(&args).env("TMPDIR", &tmp).stderr(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    assert!(lines.map_while(Result::ok).any(|l| l.contains("screen")));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.path("host.toml").exists());
    assert_eq!(entries(&tmp), 2, "what a kill leaves: the build directory and the launcher's");
    // The runner dies with its parent; only then is its directory free.
    std::thread::sleep(Duration::from_millis(200));
    place.file("flags", "-O3\n");
    let next = ["tune", "--kernel", "mine.c", "--candidates", "flags", "--budget", "1s", "-o", "host.toml"];
    let output = place.command(&next).env("TMPDIR", &tmp).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(entries(&tmp), 0, "the next run sweeps it, and its own");
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn help_tells_the_exit_codes() {
    let place = Place::new();
    let output = place.run(&["--help"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for code in
        ["2 usage", "11 inconclusive", "20 no usable compiler", "30 could not write", "130 interrupted"]
    {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(code), "{code} in {text}");
    }
    std::io::stdout().flush().unwrap();
}
