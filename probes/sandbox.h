/* What code may do that nobody here wrote: a kernel under odd flags, or a compiler that is given them.
 *
 * Landlock keeps it from writing outside a folder, and from reading more than what the system installed, the sources and
 * what was built (Linux 5.13, Documentation/userspace-api/landlock.rst), seccomp
 * keeps it from system calls that it has no need of (seccomp(2)). Neither needs a privilege; where the kernel does
 * not offer one, the other and the limits remain, and the caller says so. The timed part of a measurement makes two
 * system calls to read clocks; the kernel answers those of a plain "allow" from a bitmap (Linux 5.11).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not all C libraries have these: the interface is the kernel's own and does not change. */
#define LANDLOCK_CREATE 444
#define LANDLOCK_ADD 445
#define LANDLOCK_RESTRICT 446
struct landlock_rules {
  uint64_t files, network, scopes;
};
struct landlock_beneath {
  uint64_t allowed;
  int32_t folder;
} __attribute__((packed));
/* LANDLOCK_ACCESS_FS_*: all but executing, reading a file and reading a folder. */
#define WRITES_1 0x1ff2ull
#define WRITE_REFER 0x2000ull
#define WRITE_TRUNCATE 0x4000ull
#define WRITE_DEVICE 0x8000ull

#define READS 0xcull

/* What every kernel may read: libraries, what the C library asks the system for, and nothing that belongs to a user. Of
 * other processes /proc tells who is confined no more than their names and states (ptrace(2), Ptrace access mode checking). */
static const char *const common_files[] = {
  "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store", "/run/current-system/sw", "/etc/ld.so.cache",
  "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/proc", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage", NULL,
};

/* Allows reading a file, or all beneath a folder. What is not there needs no rule, and what cannot have one (a pipe, for
 * instance) stays unreadable. */
static void may_read(int set, const char *path) {
  struct stat about;
  int at = open(path, O_PATH | O_CLOEXEC);
  if (at < 0) return;
  if (fstat(at, &about) == 0) {
    /* A right to list is for folders alone. */
    struct landlock_beneath rule = {.allowed = S_ISDIR(about.st_mode) ? READS : READS & 4, .folder = at};
    syscall(LANDLOCK_ADD, set, 1, &rule, 0u);
  }
  close(at);
}

/* Allows these files and folders, up to a NULL. */
static void may_read_these(int set, const char *const *paths) {
  for (; *paths; paths++) may_read(set, *paths);
}

/* Allows the common files, the folders of `files` (up to a NULL) and those that HWTUNE_READS lists with colons. */
static void may_read_beside(int set, const char *const *files) {
  char folder[4096];
  may_read_these(set, common_files);
  for (; *files; files++) {
    const char *slash = strrchr(*files, '/');
    size_t length = slash ? (size_t)(slash - *files) : 0;
    if (length == 0 || length >= sizeof folder) continue;
    memcpy(folder, *files, length);
    folder[length] = 0;
    may_read(set, folder);
  }
  for (const char *rest = getenv("HWTUNE_READS"); rest && *rest;) {
    size_t length = strcspn(rest, ":");
    if (length && length < sizeof folder) {
      memcpy(folder, rest, length);
      folder[length] = 0;
      may_read(set, folder);
    }
    rest += length + (rest[length] == ':');
  }
  unsetenv("HWTUNE_READS");
}

/* From here on nothing is written but beneath `folder` (NULL: nowhere) and to /dev/null; no TCP, no signals to or
 * abstract sockets of others. With `allow` nothing is read but beneath `folder` and what that function allows of `reads`.
 * Returns the version of Landlock, 0 where there is none, and -1 where there is one that cannot be set up. */
static int landlock(const char *folder, void (*allow)(int, const char *const *), const char *const *reads) {
  int version = (int)syscall(LANDLOCK_CREATE, NULL, 0, 1u);
  if (version < 1) return 0;
  struct landlock_rules rules = {.files = WRITES_1 | (allow ? READS : 0)};
  if (version >= 2) rules.files |= WRITE_REFER;
  if (version >= 3) rules.files |= WRITE_TRUNCATE;
  if (version >= 4) rules.network = 3;
  if (version >= 5) rules.files |= WRITE_DEVICE;
  if (version >= 6) rules.scopes = 3;
  size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  int set = (int)syscall(LANDLOCK_CREATE, &rules, size, 0u);
  if (set < 0) return -1;
  const char *open_to[] = {"/dev/null", folder};
  for (int i = 0; i < (folder ? 2 : 1); i++) {
    int at = open(open_to[i], O_PATH | O_CLOEXEC);
    /* A device allows what a file allows: writing, truncating, its own calls. */
    uint64_t file = rules.files & (0x2ull | WRITE_TRUNCATE | WRITE_DEVICE);
    struct landlock_beneath rule = {.allowed = i ? rules.files : file, .folder = at};
    if (at < 0 || syscall(LANDLOCK_ADD, set, 1, &rule, 0u) != 0) version = -1;
    if (at >= 0) close(at);
  }
  if (allow) allow(set, reads);
  if (version > 0 && syscall(LANDLOCK_RESTRICT, set, 0u) != 0) version = -1;
  close(set);
  return version;
}

/* seccomp's interface (linux/seccomp.h, linux/filter.h, linux/audit.h), which does not change either: musl-gcc, for one,
 * finds none of the kernel's headers. */
struct sock_filter {
  uint16_t code;
  uint8_t jt, jf;
  uint32_t k;
};
struct sock_fprog {
  unsigned short len;
  struct sock_filter *filter;
};
struct seccomp_data {
  int nr;
  uint32_t arch;
  uint64_t instruction_pointer, args[6];
};
enum { BPF_LD = 0, BPF_W = 0, BPF_K = 0, BPF_JMP = 5, BPF_RET = 6, BPF_ABS = 0x20 };
enum { BPF_JEQ = 0x10, BPF_JGT = 0x20, BPF_JGE = 0x30, BPF_JSET = 0x40 };
#define BPF_STMT(what, value) {(uint16_t)(what), 0, 0, value}
#define BPF_JUMP(what, value, yes, no) {(uint16_t)(what), yes, no, value}
#define SECCOMP_SET_MODE_FILTER 1u
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4u
#define SECCOMP_RET_ALLOW 0x7fff0000u
#define SECCOMP_RET_ERRNO 0x00050000u
#if defined __x86_64__ && !defined __ILP32__
#define OWN_ARCH 0xc000003eu
#elif defined __aarch64__ && defined __AARCH64EL__
#define OWN_ARCH 0xc00000b7u
#elif defined __riscv && __riscv_xlen == 64
#define OWN_ARCH 0xc00000f3u
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define OWN_ARCH 0xc0000015u
#endif

#ifdef OWN_ARCH
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
/* The low half of an argument; all architectures above are little-endian. */
#define LOAD_ARGUMENT(n) LOAD(args[n])
#define GIVE(what) BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n)
#define SKIP_UNLESS_ANY(bits, n) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, n)
#define ALLOW GIVE(SECCOMP_RET_ALLOW)
/* The C library falls back on older calls after ENOSYS, and on nothing after EPERM. */
#define UNKNOWN GIVE(SECCOMP_RET_ERRNO | ENOSYS)
#define DENY GIVE(SECCOMP_RET_ERRNO | EPERM)
#define MAY(name) SKIP_UNLESS(__NR_##name, 1), ALLOW
#define MAY_NOT(name) SKIP_UNLESS(__NR_##name, 1), DENY
/* Stands for the process that the filter is for, whose number nobody knows before. */
#define SELF 0xffffffffu
/* Another architecture's calls have other numbers: none of them is answered. */
#define OWN_CALLS_ONLY LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0), UNKNOWN, LOAD(nr)
#ifdef __x86_64__
/* x32, by the bit that sets its numbers apart. */
#define OWN_NUMBERS_ONLY BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), UNKNOWN
#else
#define OWN_NUMBERS_ONLY LOAD(nr)
#endif

/* The tables below are static: on the stack they take a compiler longer to lay out than all the rest of the runner. */
static int filter(struct sock_filter *code, size_t length) {
  struct sock_fprog program = {.len = (unsigned short)length, .filter = code};
  /* Before Linux 5.16 a filter without this flag also slows speculation down (PR_SPEC_STORE_BYPASS), and the times
   * would be those of another machine: no filter is the better choice then. */
  return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0;
}

/* A kernel computes: it may read files, use memory and clocks, and end. It starts nothing, reaches nobody. */
static int filter_kernel(void) {
  enum { writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC };
  static struct sock_filter code[] = {
    OWN_CALLS_ONLY, OWN_NUMBERS_ONLY,
    MAY(clock_gettime), MAY(getrusage), MAY(setitimer), MAY(write), MAY(writev), MAY(read), MAY(pread64), MAY(close), MAY(lseek),
    MAY(fstat), MAY(mmap), MAY(munmap), MAY(mprotect), MAY(mremap), MAY(madvise), MAY(brk), MAY(futex),
    MAY(rt_sigaction), MAY(rt_sigprocmask), MAY(rt_sigreturn), MAY(sigaltstack), MAY(exit), MAY(exit_group),
    MAY(getrandom), MAY(getpid), MAY(gettid), MAY(getuid), MAY(geteuid), MAY(getgid), MAY(getegid), MAY(getcwd),
    MAY(uname), MAY(sysinfo), MAY(sched_yield), MAY(sched_getaffinity), MAY(getcpu), MAY(gettimeofday),
    MAY(clock_getres), MAY(clock_nanosleep), MAY(nanosleep), MAY(restart_syscall), MAY(getdents64),
    MAY(faccessat), MAY(readlinkat), MAY(mincore), MAY(msync), MAY(membarrier),
#ifdef __NR_newfstatat
    MAY(newfstatat),
#endif
#ifdef __NR_statx
    MAY(statx),
#endif
#ifdef __NR_riscv_hwprobe
    MAY(riscv_hwprobe), MAY(riscv_flush_icache),
#endif
#ifdef __x86_64__
    MAY(arch_prctl), MAY(access), MAY(readlink), MAY(stat), MAY(lstat), MAY(time), MAY(getrlimit),
    SKIP_UNLESS(__NR_open, 4), LOAD_ARGUMENT(1), SKIP_UNLESS_ANY(writing, 1), DENY, ALLOW,
#endif
    SKIP_UNLESS(__NR_openat, 4), LOAD_ARGUMENT(2), SKIP_UNLESS_ANY(writing, 1), DENY, ALLOW,
    /* Its own limits, not another's. */
    SKIP_UNLESS(__NR_prlimit64, 4), LOAD_ARGUMENT(0), SKIP_UNLESS(0, 1), ALLOW, DENY,
    /* abort() signals its own process. */
    SKIP_UNLESS(__NR_tgkill, 4), LOAD_ARGUMENT(0), SKIP_UNLESS(SELF, 1), ALLOW, DENY,
    SKIP_UNLESS(__NR_kill, 4), LOAD_ARGUMENT(0), SKIP_UNLESS(SELF, 1), ALLOW, DENY,
    UNKNOWN,
  };
  for (size_t i = 0; i < sizeof code / sizeof *code; i++)
    if (code[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && code[i].k == SELF) code[i].k = (uint32_t)getpid();
  return filter(code, sizeof code / sizeof *code);
}

/* A compiler starts programs and writes files: it is kept from the network, from other processes and from what only
 * an administrator does. */
static int filter_compiler(void) {
  static struct sock_filter code[] = {
    OWN_CALLS_ONLY, OWN_NUMBERS_ONLY,
    MAY_NOT(socket), MAY_NOT(connect), MAY_NOT(ptrace), MAY_NOT(process_vm_readv), MAY_NOT(process_vm_writev),
    MAY_NOT(kcmp), MAY_NOT(keyctl), MAY_NOT(add_key), MAY_NOT(request_key), MAY_NOT(mount), MAY_NOT(umount2),
    MAY_NOT(pivot_root), MAY_NOT(chroot), MAY_NOT(setns), MAY_NOT(unshare), MAY_NOT(bpf), MAY_NOT(perf_event_open),
    MAY_NOT(init_module), MAY_NOT(finit_module), MAY_NOT(delete_module), MAY_NOT(reboot), MAY_NOT(swapon),
    MAY_NOT(swapoff), MAY_NOT(acct), MAY_NOT(quotactl), MAY_NOT(settimeofday), MAY_NOT(clock_settime),
    MAY_NOT(clock_adjtime), MAY_NOT(adjtimex), MAY_NOT(sethostname), MAY_NOT(setdomainname), MAY_NOT(syslog),
    MAY_NOT(open_by_handle_at), MAY_NOT(mknodat), MAY_NOT(fchownat), MAY_NOT(fchown), MAY_NOT(setxattr),
    MAY_NOT(lsetxattr), MAY_NOT(fsetxattr), MAY_NOT(userfaultfd), MAY_NOT(vhangup),
    /* What leaves the process group is not ended with it. */
    MAY_NOT(setsid), MAY_NOT(setpgid),
#ifdef __NR_kexec_load
    MAY_NOT(kexec_load),
#endif
#ifdef __NR_kexec_file_load
    MAY_NOT(kexec_file_load),
#endif
#ifdef __x86_64__
    MAY_NOT(iopl), MAY_NOT(ioperm), MAY_NOT(mknod), MAY_NOT(chown), MAY_NOT(lchown),
#endif
    /* Keys pushed into a terminal are typed by its owner: TIOCSTI, TIOCLINUX. */
    SKIP_UNLESS(__NR_ioctl, 6), LOAD_ARGUMENT(1), SKIP_UNLESS(TIOCSTI, 1), DENY, SKIP_UNLESS(0x541c, 1), DENY, LOAD(nr),
    /* New namespaces, all but CLONE_NEWTIME, which clone() cannot ask for. */
    SKIP_UNLESS(__NR_clone, 4), LOAD_ARGUMENT(0), SKIP_UNLESS_ANY(0x7e020000u, 1), DENY, LOAD(nr),
    /* Its flags lie in memory, where a filter does not look. io_uring makes calls that no filter sees; then the new
     * way of mounting (open_tree to fspick) and what takes descriptors or memory from others. */
    SKIP_UNLESS(435, 1), UNKNOWN,
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 425, 0, 2), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 433, 1, 0), UNKNOWN,
    SKIP_UNLESS(438, 1), UNKNOWN, SKIP_UNLESS(440, 1), UNKNOWN, SKIP_UNLESS(442, 1), UNKNOWN,
    ALLOW,
  };
  return filter(code, sizeof code / sizeof *code);
}
#else
static int filter_kernel(void) { return 0; }
static int filter_compiler(void) { return 0; }
#endif

/* Gives up what root may do but for finding its way (CAP_DAC_READ_SEARCH): a compiler may lie in a user's home. Fails
 * for nobody: who has no capabilities has none to lose. */
static void drop_capabilities(void) {
  struct {
    uint32_t version;
    int pid;
  } header = {0x20080522u, 0};
  struct {
    uint32_t effective, permitted, inheritable;
  } kept[2];
  memset(kept, 0, sizeof kept);
  kept[0].effective = kept[0].permitted = 1u << 2;
  /* The bounding set first: it is what a program started by root would get back. */
  for (int capability = 0; capability < 64; capability++)
    if (capability != 2) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  syscall(SYS_capset, &header, kept);
}

/* Closes what was inherited beyond standard error, but for one that is kept (-1: none). */
static void close_inherited(int kept) {
  unsigned first = kept < 3 ? 3 : (unsigned)kept + 1;
  for (int fd = 3; fd < kept; fd++) close(fd);
  if (syscall(436 /* close_range */, first, ~0u, 0u) == 0) return;
  for (int fd = (int)first; fd < 1024; fd++) close(fd);
}

/* Lowers a limit for good; returns 0 where that fails. */
static int lower(int which, rlim_t value) {
  struct rlimit now;
  if (getrlimit(which, &now) != 0) return 0;
  if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
  now.rlim_cur = value;
  now.rlim_max = value;
  return setrlimit(which, &now) == 0;
}
