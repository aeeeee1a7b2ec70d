//! What foreign code tries and may not: kernels in the runner, compilers under the launcher.

use crate::faults::support::{Place, SUM, names};
use crate::support::bench::{Bench, body, entry, job, kernel, linked};
use hwtune::experiment::{Entry, Fault, Sampler};
use hwtune::toolchain::confinement;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub const HEADERS: &str = "#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n#include <sched.h>\n#include <signal.h>\n#include <stdio.h>\n\
    #include <stdlib.h>\n#include <sys/ioctl.h>\n#include <sys/mman.h>\n#include <sys/mount.h>\n#include <sys/prctl.h>\n#include <sys/ptrace.h>\n\
    #include <sys/resource.h>\n#include <string.h>\n#include <sys/socket.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n#include <sys/un.h>\n#include <unistd.h>\n";

/// What every program has to read.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];

/// What neither may do: an expression that is true where it succeeded.
pub const BOTH: [(&str, &str); 23] = [
    ("writes a file elsewhere", "open(OUTSIDE \"/new\", O_CREAT | O_WRONLY, 0600) >= 0"),
    ("empties a file elsewhere", "open(OUTSIDE \"/there\", O_WRONLY | O_TRUNC) >= 0"),
    ("writes over a file elsewhere", "open(OUTSIDE \"/there\", O_RDWR) >= 0"),
    ("removes a file elsewhere", "unlink(OUTSIDE \"/there\") == 0"),
    ("renames one", "rename(OUTSIDE \"/there\", OUTSIDE \"/gone\") == 0"),
    (
        "links one",
        "link(OUTSIDE \"/there\", OUTSIDE \"/again\") == 0 || symlink(\"/etc\", OUTSIDE \"/link\") == 0",
    ),
    ("makes a folder", "mkdir(OUTSIDE \"/folder\", 0700) == 0"),
    ("makes a device", "mknod(OUTSIDE \"/device\", S_IFCHR | 0600, 0x103) == 0"),
    ("truncates by name", "truncate(OUTSIDE \"/there\", 0) == 0"),
    (
        "opens a socket",
        "socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || socket(AF_NETLINK, SOCK_RAW, 0) >= 0",
    ),
    ("signals its parent", "kill(getppid(), 0) == 0"),
    ("signals the first process", "kill(1, 0) == 0"),
    ("traces", "ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0 || ptrace(PTRACE_TRACEME, 0, 0, 0) == 0"),
    ("reads another's memory", "syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0) == 0"),
    ("makes a namespace", "unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWNS) == 0"),
    ("makes one by clone", "syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0"),
    ("mounts", "mount(\"none\", OUTSIDE, \"tmpfs\", 0, 0) == 0"),
    ("uses keys", "syscall(SYS_keyctl, 0, -3, 1) >= 0"),
    ("uses io_uring", "syscall(425, 1, 0) >= 0 || errno != ENOSYS"),
    ("loads a program into the kernel", "syscall(SYS_bpf, 0, 0, 0) >= 0"),
    ("changes root", "chroot(\"/\") == 0"),
    ("types into a terminal", "ioctl(0, TIOCSTI, \"x\") == 0 || errno != EPERM && errno != ENOSYS"),
    ("leaves its process group", "setpgid(0, 0) == 0 || setsid() >= 0"),
];

/// What a kernel may not do, and a compiler must.
const KERNEL: [(&str, &str); 22] = [
    ("reads a file of its user's", "open(OUTSIDE \"/there\", O_RDONLY) >= 0"),
    ("lists a folder of its user's", "open(OUTSIDE, O_RDONLY | O_DIRECTORY) >= 0"),
    (
        "reads the system's settings",
        "open(\"/etc/passwd\", O_RDONLY) >= 0 || open(\"/etc/shadow\", O_RDONLY) >= 0",
    ),
    (
        "lists homes and what is temporary",
        "open(\"/root\", O_RDONLY) >= 0 || open(\"/home\", O_RDONLY) >= 0 || open(\"/tmp\", O_RDONLY) >= 0",
    ),
    (
        "reads a file through /proc",
        "open(\"/proc/self/root/etc/passwd\", O_RDONLY) >= 0 || open(\"/proc/1/root/etc/passwd\", O_RDONLY) >= 0",
    ),
    (
        "reads its parent's environment or memory",
        "open(of_parent(\"environ\"), O_RDONLY) >= 0 || open(of_parent(\"mem\"), O_RDONLY) >= 0",
    ),
    ("reads its parent's descriptors", "readlink(of_parent(\"fd/1\"), (char[9]){0}, 9) >= 0"),
    ("starts a process", "fork() >= 0"),
    ("starts a program", "execl(\"/bin/true\", \"true\", (char *)0) == 0"),
    ("signals its group", "kill(0, 0) == 0"),
    ("makes a file in memory", "syscall(SYS_memfd_create, \"x\", 0) >= 0"),
    ("outlives its parent", "prctl(PR_SET_PDEATHSIG, 0) == 0"),
    ("changes its CPU", "sched_setaffinity(0, 8, &(long){-1}) == 0"),
    ("lowers another's limits", "prlimit(getppid(), RLIMIT_CPU, &(struct rlimit){0, 0}, 0) == 0"),
    ("raises its own limits", "setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0"),
    ("finds an open descriptor of hwtune's", "inherited()"),
    ("has memory without end", "above(RLIMIT_AS, 4ull << 30)"),
    ("has time without end", "above(RLIMIT_CPU, 60)"),
    (
        "may write files, make processes or dump its core",
        "above(RLIMIT_FSIZE, 0) || above(RLIMIT_NPROC, 0) || above(RLIMIT_CORE, 0)",
    ),
    ("has descriptors without end", "above(RLIMIT_NOFILE, 64)"),
    ("runs on another CPU", "cpus() != 1"),
    (
        "keeps what root may do",
        "!stated(\"NoNewPrivs:\\t1\\n\") || !stated(\"Seccomp:\\t2\\n\") || may(\"CapPrm:\\t\") & ~4ull || may(\"CapEff:\\t\") & ~4ull",
    ),
];

/// A bit set for each attempt that succeeded. The descriptors that a kernel may have are the first three, which lead to
/// /dev/null, and the runner's own pipe.
pub fn attempts(all: &[(&str, &str)]) -> String {
    let helpers = "static const char *of_parent(const char *what) { static char path[64]; snprintf(path, sizeof path, \"/proc/%d/%s\", (int)getppid(), what); return path; }\n\
        static int inherited(void) { int n = 0; for (int fd = 3; fd < 64; fd++) { struct stat s; n += fstat(fd, &s) == 0 && !S_ISFIFO(s.st_mode); } return n > 0; }\n\
        static int above(int which, unsigned long long most) { struct rlimit l; return getrlimit(which, &l) != 0 || l.rlim_max > most; }\n\
        static int cpus(void) { cpu_set_t set; return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1; }\n\
        static char *stated(const char *line) { static char text[8192]; int fd = open(\"/proc/self/status\", O_RDONLY);\n\
        \x20 long n = fd < 0 ? -1 : read(fd, text, sizeof text - 1); close(fd); text[n < 0 ? 0 : n] = 0; return strstr(text, line); }\n\
        static unsigned long long may(const char *set) { char *at = stated(set); return at ? strtoull(at + strlen(set), NULL, 16) : ~0ull; }\n";
    let each: String =
        all.iter().enumerate().map(|(i, (_, c))| format!("  if ({c}) done |= 1ull << {i};\n")).collect();
    format!(
        "{helpers}static unsigned long long attempts(void) {{\n  unsigned long long done = 0;\n  inherited(), above(0, 0), cpus(), may(\"CapEff:\\t\"), of_parent(\"\");\n{each}  return done;\n}}\n"
    )
}

pub fn succeeded(done: u64, all: &[(&'static str, &str)]) -> Vec<&'static str> {
    all.iter().enumerate().filter(|(i, _)| done >> i & 1 == 1).map(|(_, (name, _))| *name).collect()
}

/// A folder with a file in it that must stay as it is.
pub fn outside(place: &Place) -> String {
    std::fs::create_dir(place.path("outside")).unwrap();
    place.file("outside/there", "untouched");
    format!("#define OUTSIDE {:?}\n{HEADERS}", place.path("outside"))
}

pub fn untouched(place: &Place) {
    assert_eq!(std::fs::read_to_string(place.path("outside/there")).unwrap(), "untouched");
    assert_eq!(names(&place.path("outside")), ["there"]);
}

#[test]
fn a_kernel_reaches_nothing_beyond_itself() {
    let (bench, place) = (Bench::new(), Place::new());
    let builder = bench.builder();
    let sampler = bench.sampler(&builder);
    if let Some(missing) = confinement::missing(&sampler.executable).unwrap() {
        return eprintln!("skipped: {missing}");
    }
    let all = [&BOTH[..], &KERNEL].concat();
    // A descriptor that is not closed on exec, as careless parents leave them.
    let open = std::fs::File::open(place.path("mine.c")).unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    let head = outside(&place);
    let tries = format!("{head}#include \"probe.h\"\n{}static uint64_t done;\n", attempts(&all));
    let none = "#include \"probe.h\"\nvoid probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return 0; }\n";
    // From a constructor, which runs as soon as the object is loaded, before the inputs are chosen and made, and in a call.
    let places = [
        (
            "a constructor",
            "__attribute__((constructor)) static void early(void) { done |= attempts(); }\n\
             void probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return done; }\n",
        ),
        (
            "probe_dataset",
            "int probe_dataset(unsigned i) { done |= attempts(); return i > 0; }\n\
             void probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return done; }\n",
        ),
        (
            "probe_setup",
            "void probe_setup(uint64_t seed) { (void)seed; done |= attempts(); }\nuint64_t probe_run(void) { return done; }\n",
        ),
        (
            "probe_run",
            "void probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return done |= attempts(); }\n",
        ),
    ];
    for (place_of, text) in places {
        let sound = linked(&builder, &[kernel("none", none), kernel("none", none)], &[]);
        let odd = linked(&builder, &[kernel("tries", &format!("{tries}{text}")), kernel("none", none)], &[]);
        // Each entry has a process of its own: a later one is confined as the first is. Where another kernel is measured
        // the constructor runs all the same.
        let entries = [0, 1, 0].map(|k| Entry { calls: 1, ..entry(k, 1) });
        let answers = sampler.run(&job([sound, odd], &entries)).unwrap();
        for answer in answers {
            // Checksums are folded: what they hold is told by running the attempts on their own.
            let told: Vec<_> = (0..64)
                .filter(|i| matches!(&answer, Err(Fault::WrongResult { b, .. }) if folded(1 << i) == *b))
                .filter_map(|i: u64| all.get(i as usize))
                .map(|(name, _)| name)
                .collect();
            assert!(answer.is_ok(), "in {place_of} a kernel {told:?}: {answer:?}");
        }
        untouched(&place);
    }
}

/// Confined or not, a kernel that tries is timed like any other; with the process that started it, it is gone.
#[test]
fn with_the_process_that_measures_goes_the_child_that_runs_a_kernel() {
    let bench = Bench::new();
    let builder = bench.builder();
    let runner = bench.sampler(&builder).executable;
    let sleeps = [kernel("sleeps", &format!("#include <unistd.h>\n{}", body("for (;;) sleep(1000);")))];
    let files = [linked(&builder, &sleeps, &[]), linked(&builder, &sleeps, &[])];
    let mut started = Command::new(runner)
        .arg("measure")
        .args([std::process::id().to_string(), hwtune::host::allowed_cpus()[0].to_string()])
        .args(["3", "120000", "0", "60", "1", "0", "0"])
        .args(files)
        .arg("0:0:7:0:1:0")
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let pid = started.id();
    let children = || {
        let all = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        all.split_whitespace().map(String::from).collect::<Vec<_>>()
    };
    let waits = |done: &dyn Fn() -> bool| {
        (0..500).any(|_| {
            done() || {
                std::thread::sleep(Duration::from_millis(10));
                false
            }
        })
    };
    assert!(waits(&|| children().len() == 1), "it has begun");
    let child = children().remove(0);
    started.kill().unwrap();
    started.wait().unwrap();
    let gone = || {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    };
    assert!(waits(&gone), "gone with its parent");
}

/// The checksum of one call that returns `value`.
fn folded(value: u64) -> u64 {
    (0xcbf2_9ce4_8422_2325_u64 ^ value).wrapping_mul(0x100_0000_01b3)
}

#[test]
fn a_compiler_writes_to_its_workspace_and_nowhere_else() {
    let (bench, place) = (Bench::new(), Place::new());
    let builder = bench.builder();
    let runner = bench.sampler(&builder).executable;
    if let Some(missing) = confinement::missing(&runner).unwrap() {
        return eprintln!("skipped: {missing}");
    }
    let head = outside(&place);
    let main = "int main(void) { printf(\"%llu\\n\", attempts()); return 0; }\n";
    place.file("tries.c", &format!("{head}{}{main}", attempts(&BOTH)));
    let tries = place.path("tries");
    let built = Command::new("gcc").arg(place.path("tries.c")).arg("-o").arg(&tries).status().unwrap();
    assert!(built.success());
    let launch = |program: &Path, args: &[&str]| {
        Command::new(&runner)
            .args(["launch", &std::process::id().to_string()])
            .arg(bench.workspace.path())
            .arg("5")
            .args(SYSTEM)
            .arg(&tries)
            .arg("--")
            .arg(program)
            .args(args)
            .output()
            .unwrap()
    };
    let said = launch(&tries, &[]);
    let done: u64 = String::from_utf8_lossy(&said.stdout).trim().parse().unwrap();
    assert_eq!(succeeded(done, &BOTH), [] as [&str; 0]);
    untouched(&place);
    // Where nothing confines them the same attempts succeed, those of them that harm nobody: the table can fail.
    let harmless = &BOTH[..7];
    place.file("tries.c", &format!("{head}{}{main}", attempts(harmless)));
    assert!(Command::new("gcc").arg(place.path("tries.c")).arg("-o").arg(&tries).status().unwrap().success());
    let free = Command::new(&tries).output().unwrap();
    let free: u64 = String::from_utf8_lossy(&free.stdout).trim().parse().unwrap();
    // The file is gone after the fourth, and so the renaming and linking of it.
    assert_eq!(succeeded(free, harmless).len(), 6, "{:?}", succeeded(free, harmless));

    // What a compiler needs, it may.
    let inside = bench.workspace.path().join("inside").display().to_string();
    let script = format!(
        "echo x > {inside} && mkdir {inside}.d && mv {inside} {inside}.d/x && (true | cat) > /dev/null && rm -r {inside}.d"
    );
    let said = launch(Path::new("/bin/sh"), &["-euc", &script]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    // It ends as it would on its own.
    assert_eq!(launch(Path::new("/bin/sh"), &["-c", "exit 7"]).status.code(), Some(7));
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(launch(Path::new("/bin/sh"), &["-c", "kill -SEGV $$"]).status.signal(), Some(11));
    let none = launch(Path::new("/none"), &[]);
    assert!(none.status.code() == Some(127) && none.stderr.starts_with(b"hwtune-launch: /none"));
}

#[test]
fn with_its_parent_goes_everything_that_a_compiler_started() {
    let (bench, place) = (Bench::new(), Place::new());
    let builder = bench.builder();
    let runner = bench.sampler(&builder).executable;
    let inside = bench.workspace.path().join("pids").display().to_string();
    let script = format!("sleep 600 & echo $! > {inside}; sleep 600");
    let parent = format!(
        "import os, subprocess, time\nsubprocess.Popen([{runner:?}, 'launch', str(os.getpid()), {:?}, '60', *{SYSTEM:?}, '--', '/bin/sh', '-c', {script:?}], start_new_session=True)\n\
         while not os.path.exists({inside:?}) or not open({inside:?}).read().endswith('\\n'): time.sleep(0.01)\nos.kill(os.getpid(), 9)\n",
        bench.workspace.path()
    );
    place.file("parent.py", &parent);
    Command::new("python3").arg(place.path("parent.py")).status().unwrap();
    let pid = || std::fs::read_to_string(&inside).ok().and_then(|t| t.trim().parse::<u32>().ok());
    let pid = pid().expect("the compiler had begun");
    let alive = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    let mut waited = 0;
    while alive() && waited < 100 {
        std::thread::sleep(Duration::from_millis(10));
        waited += 1;
    }
    assert!(!alive(), "gone within a second");
}

#[test]
fn the_runner_still_measures() {
    let bench = Bench::new();
    let builder = bench.builder();
    let sum = [kernel("sum", SUM)];
    let files = [linked(&builder, &sum, &[]), linked(&builder, &sum, &[])];
    let answers = bench.sampler(&builder).run(&job(files, &[entry(0, 3)])).unwrap();
    assert_eq!(answers[0].as_ref().unwrap().pairs.len(), 3);
}
