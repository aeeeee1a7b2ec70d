//! What foreign code tries and may not: kernels in the runner, compilers under the launcher.

use crate::support::{Place, SUM, names};
use hwtune::build::{Builder, CodeCache, Flags};
use hwtune::catalogue::{Catalogue, Kernel, Role, Unit};
use hwtune::experiment::{Fault, Job, Layout, Planted, ProcessRunner, Runner};
use hwtune::files::Workspace;
use hwtune::toolchain::{Compiler, confinement};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub const HEADERS: &str = "#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n#include <sched.h>\n#include <signal.h>\n#include <stdio.h>\n\
    #include <stdlib.h>\n#include <sys/ioctl.h>\n#include <sys/mman.h>\n#include <sys/mount.h>\n#include <sys/prctl.h>\n#include <sys/ptrace.h>\n\
    #include <sys/resource.h>\n#include <string.h>\n#include <sys/socket.h>\n#include <sys/stat.h>\n#include <sys/syscall.h>\n#include <sys/un.h>\n#include <unistd.h>\n";

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
const KERNEL: [(&str, &str); 9] = [
    ("starts a process", "fork() >= 0"),
    ("starts a program", "execl(\"/bin/true\", \"true\", (char *)0) == 0"),
    ("signals its group", "kill(0, 0) == 0"),
    ("makes a file in memory", "syscall(SYS_memfd_create, \"x\", 0) >= 0"),
    ("outlives its parent", "prctl(PR_SET_PDEATHSIG, 0) == 0"),
    ("changes its CPU", "sched_setaffinity(0, 8, &(long){-1}) == 0"),
    ("lowers another's limits", "prlimit(getppid(), RLIMIT_CPU, &(struct rlimit){0, 0}, 0) == 0"),
    ("raises its own limits", "setrlimit(RLIMIT_AS, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0"),
    ("finds an open descriptor of hwtune's", "inherited()"),
];

/// A bit set for each attempt that succeeded. The descriptors that a kernel may have are the first three, which lead to
/// /dev/null, and the runner's own pipe.
pub fn attempts(all: &[(&str, &str)]) -> String {
    let inherited = "static int inherited(void) { int n = 0; for (int fd = 3; fd < 64; fd++) { struct stat s; n += fstat(fd, &s) == 0 && !S_ISFIFO(s.st_mode); } return n > 0; }\n";
    let each: String =
        all.iter().enumerate().map(|(i, (_, c))| format!("  if ({c}) done |= 1ull << {i};\n")).collect();
    format!(
        "{inherited}static unsigned long long attempts(void) {{\n  unsigned long long done = 0;\n  inherited();\n{each}  return done;\n}}\n"
    )
}

pub fn succeeded(done: u64, all: &[(&'static str, &str)]) -> Vec<&'static str> {
    all.iter().enumerate().filter(|(i, _)| done >> i & 1 == 1).map(|(_, (name, _))| *name).collect()
}

fn kernel(name: &str, text: &str) -> Kernel {
    Kernel {
        name: name.into(),
        package: None,
        title: String::new(),
        role: Role::Kernel,
        stands_for: String::new(),
        source: String::new(),
        datasets: vec!["default".into()],
        units: vec![Unit { file: format!("{name}.c"), text: text.into() }],
        setup: Vec::new(),
        headers: Vec::new(),
    }
}

struct Bench {
    compiler: Compiler,
    workspace: Workspace,
    catalogue: Catalogue,
    cache: CodeCache,
}

impl Bench {
    fn new() -> Bench {
        Bench {
            compiler: Compiler::ask(Path::new("gcc")).unwrap(),
            workspace: Workspace::new().unwrap(),
            catalogue: Catalogue::load(None).unwrap(),
            cache: CodeCache::default(),
        }
    }

    fn builder(&self) -> Builder<'_> {
        let (support, probe_h) = (self.catalogue.support.clone(), self.catalogue.probe_h.clone());
        let base = Flags { compile: vec!["-O1".into(), "-fPIC".into()], link: Vec::new() };
        Builder::new(&self.compiler, &self.workspace, &self.cache, base, support, probe_h)
    }

    fn runner(&self, builder: &Builder) -> ProcessRunner {
        let executable = builder.program(&self.catalogue.runner).unwrap();
        ProcessRunner { executable, cpu: hwtune::host::allowed_cpus()[0], limit: Duration::from_secs(60) }
    }
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
    let runner = bench.runner(&builder);
    if let Some(missing) = confinement::missing(&runner.executable).unwrap() {
        return eprintln!("skipped: {missing}");
    }
    let all = [&BOTH[..], &KERNEL].concat();
    // A descriptor that is not closed on exec, as careless parents leave them.
    let open = std::fs::File::open(place.path("mine.c")).unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    let head = outside(&place);
    // In setup and from a constructor, which runs as soon as the object is loaded.
    let text = format!(
        "{head}#include \"probe.h\"\n{}static uint64_t done;\n__attribute__((constructor)) static void early(void) {{ done |= attempts(); }}\n\
         void probe_setup(uint64_t seed) {{ (void)seed; done |= attempts(); }}\nuint64_t probe_run(void) {{ return done; }}\n",
        attempts(&all)
    );
    let link = |k: &Kernel, seed: u64| -> PathBuf {
        let built = builder.build(k, &Flags::default()).unwrap();
        builder.link(&built, &Layout::draw(built.objects.len(), seed)).unwrap()
    };
    let none = "#include \"probe.h\"\nvoid probe_setup(uint64_t seed) { (void)seed; }\nuint64_t probe_run(void) { return 0; }\n";
    let (a, b) = (link(&kernel("none", none), 1), link(&kernel("tries", &text), 2));
    let job = Job { a, b, dataset: 0, seed: 1, pairs: 1, warm_ns: 0, draw: 1, planted: Planted::NONE };
    match runner.run(&job) {
        Ok(_) => {}
        // Checksums are folded: what they hold is told by running the attempts on their own.
        other => {
            let told: Vec<_> = (0..64)
                .filter(|i| matches!(&other, Err(Fault::WrongResult { b, .. }) if folded(1 << i) == *b))
                .collect();
            let names: Vec<_> =
                told.iter().filter_map(|i: &u64| all.get(*i as usize)).map(|(n, _)| n).collect();
            panic!("a kernel {names:?}: {other:?}");
        }
    }
    untouched(&place);
}

/// The checksum of one call that returns `value`.
fn folded(value: u64) -> u64 {
    (0xcbf2_9ce4_8422_2325_u64 ^ value).wrapping_mul(0x100_0000_01b3)
}

#[test]
fn a_compiler_writes_to_its_workspace_and_nowhere_else() {
    let (bench, place) = (Bench::new(), Place::new());
    let builder = bench.builder();
    let runner = bench.runner(&builder).executable;
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
    let runner = bench.runner(&builder).executable;
    let inside = bench.workspace.path().join("pids").display().to_string();
    let script = format!("sleep 600 & echo $! > {inside}; sleep 600");
    let parent = format!(
        "import os, subprocess, time\nsubprocess.Popen([{runner:?}, 'launch', str(os.getpid()), {:?}, '60', '/bin/sh', '-c', {script:?}], start_new_session=True)\n\
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
    let built = builder.build(&kernel("sum", SUM), &Flags::default()).unwrap();
    let link = |s| builder.link(&built, &Layout::draw(2, s)).unwrap();
    let job = Job {
        a: link(1),
        b: link(2),
        dataset: 0,
        seed: 7,
        pairs: 3,
        warm_ns: 0,
        draw: 3,
        planted: Planted::NONE,
    };
    assert_eq!(bench.runner(&builder).run(&job).unwrap().pairs.len(), 3);
}
