/* The process that measures builds: it loads two of them, runs them in turns and reports what the clocks said.
 * It decides nothing. hwtune compiles it with plain flags by the compiler at hand and starts one a layout.
 *
 *   runner parent cpu dataset seed pairs sample_ns warm_ns draw unit more_a more_b cpu_limit_s A.so B.so
 *
 * All numbers are decimal. `parent` is the process that waits: the runner ends with it. `draw` redraws load order, set-up order, an allocation pad and the coin flips.
 * A planted effect: the calls a sample are made a multiple of `unit`, and for every `unit` of them A is called
 * `more_a` times more and B `more_b` times more, so that the true effect is 100 ln((unit + more_a)/(unit + more_b)).
 *
 * Answer, one line each on standard output:
 *   runner 1
 *   reps R                                       calls a sample, the same for both but for a planted effect
 *   check CHECKSUM_A CHECKSUM_B                  after calibration
 *   turn a|b CPU_NS WALL_NS SWITCHES CHECKSUM    two a pair, in the order in which they ran
 *   end
 * or, at any point, one last line:
 *   fail a|b|- WHAT DETAIL
 * WHAT: usage pin limit load symbol foreign signal hang slow memory.
 *
 *   runner sandbox                               tells what confines a kernel here: `landlock VERSION seccomp 0|1`
 *   runner launch ...                            starts a compiler, see launcher.h
 *
 * CPU time of the thread is the primary clock: under load its spread is a fifth of wall time's.
 */
#include "sandbox.h"
#include "launcher.h"
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

/* One call of probe_run() may take this long, in CPU time. */
#define CALL_LIMIT_NS 1000000000ull
/* What may not come back within this much CPU time hangs, in seconds. */
#define HANG_LIMIT_S 3

struct build {
  char letter;
  const char *path;
  void (*setup)(uint64_t);
  uint64_t (*run)(void);
  int (*dataset)(unsigned);
};

struct sample {
  uint64_t cpu_ns, wall_ns, checksum;
  long switches;
};

static int out_fd = 1;
/* A further descriptor that is kept: see lockstep.c. */
static int token_fd = -1;
/* Whose code is running, for the signal handlers. */
static volatile char at = '-';

static void say(const char *line, size_t length) {
  while (length > 0) {
    ssize_t n = write(out_fd, line, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(3);
    line += n;
    length -= (size_t)n;
  }
}

static void fail(char which, const char *what, const char *detail) {
  char line[512];
  int n = snprintf(line, sizeof line, "fail %c %s %.400s", which, what, detail);
  for (int i = 0; i < n; i++)
    if ((unsigned char)line[i] < ' ') line[i] = ' ';
  line[n] = '\n';
  say(line, (size_t)n + 1);
  _exit(4);
}

/* Only async-signal-safe calls from here. */
static void on_signal(int number) {
  char line[] = "fail ? signal 00\n";
  line[5] = at;
  line[14] = (char)('0' + number / 10 % 10);
  line[15] = (char)('0' + number % 10);
  say(line, sizeof line - 1);
  _exit(4);
}

static void on_hang(int number) {
  char line[] = "fail ? hang 3 s of CPU time\n";
  (void)number;
  line[5] = at;
  say(line, sizeof line - 1);
  _exit(4);
}

static void catch_signals(void) {
  static char stack[64 * 1024];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_flags = SA_ONSTACK | SA_RESETHAND};
  const int fatal[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGABRT, SIGSYS, SIGTRAP};
  sigaltstack(&alternate, NULL);
  action.sa_handler = on_signal;
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, NULL);
  action.sa_handler = on_hang;
  sigaction(SIGPROF, &action, NULL);
  sigaction(SIGXCPU, &action, NULL);
}

/* The timer counts CPU time, so that a busy machine does not look like a hanging kernel. */
static void watch(int seconds) {
  struct itimerval timer = {.it_value = {.tv_sec = seconds}};
  setitimer(ITIMER_PROF, &timer, NULL);
}

static void limit(int which, rlim_t value) {
  if (!lower(which, value)) fail('-', "limit", strerror(errno));
}

static uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static uint64_t next_random(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

static void *symbol(void *handle, struct build *build, const char *name, int required) {
  Dl_info info;
  void *found = dlsym(handle, name);
  if (!found) {
    if (required) fail(build->letter, "symbol", name);
    return NULL;
  }
  /* The function must lie in this build's own file, not in the other one or in a library. */
  if (!dladdr(found, &info) || !info.dli_fname || strcmp(info.dli_fname, build->path) != 0)
    fail(build->letter, "foreign", name);
  return found;
}

static void load(struct build *build) {
  at = build->letter;
  void *handle = dlopen(build->path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) fail(build->letter, "load", dlerror());
  /* A function pointer from dlsym: POSIX guarantees the conversion, ISO C does not. */
  *(void **)&build->setup = symbol(handle, build, "probe_setup", 1);
  *(void **)&build->run = symbol(handle, build, "probe_run", 1);
  *(void **)&build->dataset = symbol(handle, build, "probe_dataset", 0);
  at = '-';
}

static void prepare(struct build *build, unsigned dataset, uint64_t seed) {
  at = build->letter;
  watch(HANG_LIMIT_S);
  if (build->dataset ? build->dataset(dataset) != 0 : dataset != 0)
    fail(build->letter, "usage", "no such data set");
  build->setup(seed);
  at = '-';
}

static struct sample measure(struct build *build, uint64_t calls) {
  struct sample sample = {.checksum = 0xcbf29ce484222325ull};
  struct rusage before, after;
  at = build->letter;
  watch(HANG_LIMIT_S);
  getrusage(RUSAGE_THREAD, &before);
  uint64_t wall = clock_ns(CLOCK_MONOTONIC);
  uint64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  for (uint64_t i = 0; i < calls; i++)
    sample.checksum = (sample.checksum ^ build->run()) * 0x100000001b3ull;
  sample.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  sample.wall_ns = clock_ns(CLOCK_MONOTONIC) - wall;
  getrusage(RUSAGE_THREAD, &after);
  sample.switches = after.ru_nivcsw - before.ru_nivcsw;
  at = '-';
  return sample;
}

/* Who runs first is drawn: the build that meets fresh branch predictors keeps an advantage for the life of the
 * process (2 % were seen on a kernel whose branches follow its data, between two copies of one file).
 * The calls a sample: the faster build's sample lasts sample_ns or more. Both are called equally often, so the
 * n-th checksums stay comparable whatever state a kernel keeps. */
static uint64_t calibrate(struct build *a, struct build *b, uint64_t sample_ns, uint64_t *draw) {
  uint64_t calls = 1;
  int a_first = next_random(draw) >> 63;
  char line[96];
  for (;;) {
    struct sample of_a, of_b;
    if (a_first) of_a = measure(a, calls);
    of_b = measure(b, calls);
    if (!a_first) of_a = measure(a, calls);
    uint64_t faster = of_a.cpu_ns < of_b.cpu_ns ? of_a.cpu_ns : of_b.cpu_ns;
    uint64_t slower = of_a.cpu_ns < of_b.cpu_ns ? of_b.cpu_ns : of_a.cpu_ns;
    if (slower / calls > CALL_LIMIT_NS)
      fail(slower == of_a.cpu_ns ? 'a' : 'b', "slow", "one probe_run takes over 1 s");
    int n = snprintf(line, sizeof line, "check %llu %llu\n", (unsigned long long)of_a.checksum,
                     (unsigned long long)of_b.checksum);
    say(line, (size_t)n);
    if (faster >= sample_ns) return calls;
    uint64_t wanted = faster ? calls * sample_ns / faster + calls / 16 + 1 : calls * 16;
    if (wanted > calls * 16) wanted = calls * 16;
    calls = wanted > calls ? wanted : calls + 1;
  }
}

static void turn(struct build *build, uint64_t calls, uint64_t warm_calls) {
  char line[128];
  measure(build, warm_calls);
  struct sample s = measure(build, calls);
  int n = snprintf(line, sizeof line, "turn %c %llu %llu %ld %llu\n", build->letter, (unsigned long long)s.cpu_ns,
                   (unsigned long long)s.wall_ns, s.switches, (unsigned long long)s.checksum);
  say(line, (size_t)n);
}

/* What confines the kernels, from here on. Returns the version of Landlock and, in bit 8, whether seccomp is on. */
static int confine(void) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  drop_capabilities();
  int landlock = landlock_writes(NULL);
  return landlock | filter_kernel() << 8;
}

static void sandbox(pid_t parent, unsigned cpu, rlim_t cpu_seconds) {
  cpu_set_t set;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(5); /* it was gone already */
  prctl(PR_SET_DUMPABLE, 0);
  close_inherited(token_fd);
  int null = open("/dev/null", O_RDWR);
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail('-', "pin", strerror(errno));
  /* A kernel that prints must not write into the protocol. */
  out_fd = fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (null < 0 || out_fd < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
    fail('-', "limit", strerror(errno));
  if (null > 2) close(null);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_AS, (rlim_t)4 << 30);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_NPROC, 0);
  confine();
}

int main(int argc, char **argv) {
  uint64_t number[12];
  if (argc > 1 && strcmp(argv[1], "launch") == 0) return launch(argc, argv);
  if (argc == 2 && strcmp(argv[1], "sandbox") == 0) {
    int kept = confine();
    printf("landlock %d seccomp %d\n", kept & 0xff, kept >> 8);
    return 0;
  }
  if (argc != 15) fail('-', "usage", "runner takes fourteen arguments");
  for (int i = 0; i < 12; i++) {
    char *end;
    number[i] = strtoull(argv[i + 1], &end, 10);
    if (*end || !*argv[i + 1]) fail('-', "usage", argv[i + 1]);
  }
  unsigned cpu = (unsigned)number[1], dataset = (unsigned)number[2];
  uint64_t seed = number[3], pairs = number[4], sample_ns = number[5], warm_ns = number[6];
  uint64_t draw = number[7], unit = number[8] ? number[8] : 1, more_a = number[9], more_b = number[10];
  struct build a = {.letter = 'a', .path = argv[13]}, b = {.letter = 'b', .path = argv[14]};

  sandbox((pid_t)number[0], cpu, (rlim_t)number[11]);
  catch_signals();
  say("runner 1\n", 9);

  uint64_t coins = next_random(&draw);
  load(coins & 1 ? &a : &b);
  load(coins & 1 ? &b : &a);
  /* The pad moves every later allocation; it is kept, and touched so that it is real. */
  size_t pad = (size_t)(coins >> 8 & 0xff) * 64 + 64;
  char *kept = malloc(pad);
  if (!kept) fail('-', "memory", "the allocation pad");
  memset(kept, 1, pad);
  prepare(coins & 2 ? &a : &b, dataset, seed);
  prepare(coins & 2 ? &b : &a, dataset, seed);

  uint64_t calls = calibrate(&a, &b, sample_ns, &draw);
  uint64_t warm = calls;
  if (warm_ns > sample_ns) warm = calls * (warm_ns / sample_ns + 1);
  /* The untimed part needs no more calls than it takes to warm up, so it is not rounded. */
  uint64_t units = (calls + unit - 1) / unit;
  calls = units * unit;
  char line[64];
  int n = snprintf(line, sizeof line, "reps %llu\n", (unsigned long long)calls);
  say(line, (size_t)n);
  for (uint64_t i = 0; i < pairs; i++) {
    int a_first = next_random(&draw) >> 63;
    if (a_first) turn(&a, calls + units * more_a, warm);
    turn(&b, calls + units * more_b, warm);
    if (!a_first) turn(&a, calls + units * more_a, warm);
  }
  say("end\n", 4);
  _exit(kept[pad - 1] == 1 ? 0 : 6);
}
