/* The process that measures: one layout of build A against one layout of build B, for all their kernels and data sets.
 * It decides nothing. hwtune compiles it with plain flags by the compiler at hand and starts one a layout.
 *
 *   runner measure parent cpu draw sample_ns warm_ns limit_s unit more_a more_b A.so B.so ENTRY...
 *   ENTRY = kernel:dataset:seed:calls:pairs:planted
 *
 * All numbers are decimal. `parent` is the process that waits: the runner ends with it. `draw` redraws load order, set-up
 * order, an allocation pad and the coin flips. Each entry is measured by a child of its own, which loads both builds, so
 * that a crash, a hang or a wrong checksum costs that entry and nothing else. The functions of kernel K are called
 * probe_setup_K, probe_run_K and probe_dataset_K. `calls` is the number of calls a sample, 0 where it is to be learnt:
 * then the faster build's sample lasts sample_ns or more. `pairs` 0 compares checksums alone.
 * Where `planted` is 1, the calls a sample are made a multiple of `unit`, and for every `unit` of them A is called
 * `more_a` times more and B `more_b` times more, so that the true effect is 100 ln((unit + more_a)/(unit + more_b)).
 *
 * A pair is a sample of each build without a pause: what drifts or disturbs for longer than a sample meets both. Which comes
 * first is drawn for every two pairs, which take opposite orders: A B, B A or B A, A B.
 *
 * Answer, one line each on standard output:
 *   runner 2
 *   entry I                                      the I-th entry begins
 *   calls N                                      calls a sample, the same for both but for a planted effect
 *   check CHECKSUM_A CHECKSUM_B                  over the calls so far
 *   pair A_NS B_NS WALL_NS SWITCHES              CPU time of A's sample, of B's; wall time of both
 *   sum CHECKSUM_A CHECKSUM_B                    over all calls of the entry
 *   fail a|b|- WHAT DETAIL                       in place of what is missing
 *   end
 * WHAT: usage pin limit load symbol foreign signal hang sleep slow memory died.
 *
 *   runner sandbox                               tells what confines a kernel here: `landlock VERSION seccomp 0|1`
 *   runner launch ...                            starts a compiler, see launcher.h
 *
 * CPU time of the thread is the primary clock: under load its spread is a fifth of wall time's.
 */
#include "answer.h"
#include "build.h"
#include "launcher.h"
#include <sys/mman.h>
#include <sys/wait.h>

/* One call of probe_run() may take this long, in CPU time. */
#define CALL_LIMIT_NS 1000000000ull
/* A child that uses no CPU time in so many seconds sleeps. */
#define SLEEP_LIMIT_S 10
#define SLEEP_NS 1000000ull
/* Most pairs of an entry: their figures are kept in memory until the last is timed. */
#define MOST_PAIRS 4096

struct entry {
  uint64_t kernel, dataset, seed, calls, pairs, planted;
};

struct pair {
  uint64_t a_ns, b_ns, wall_ns;
  long switches;
};

static void tell_sums(const char *what, const struct build *a, const struct build *b) {
  char line[96];
  int n = snprintf(line, sizeof line, "%s %llu %llu\n", what, (unsigned long long)a->checksum,
                   (unsigned long long)b->checksum);
  say(line, (size_t)n);
}

/* Who runs first is drawn: the build that meets fresh branch predictors keeps an advantage for the life of the
 * process (2 % were seen on a kernel whose branches follow its data, between two copies of one file).
 * The calls a sample: the faster build's sample lasts sample_ns or more. Both are called equally often, so the
 * n-th checksums stay comparable whatever state a kernel keeps. */
static uint64_t calibrate(struct build *a, struct build *b, uint64_t sample_ns, uint64_t *draw) {
  uint64_t calls = 1;
  int a_first = next_random(draw) >> 63;
  for (;;) {
    uint64_t of_a = 0, of_b;
    if (a_first) of_a = timed(a, calls);
    of_b = timed(b, calls);
    if (!a_first) of_a = timed(a, calls);
    uint64_t faster = of_a < of_b ? of_a : of_b, slower = of_a < of_b ? of_b : of_a;
    if (slower / calls > CALL_LIMIT_NS) fail(slower == of_a ? 'a' : 'b', "slow", "one probe_run takes over 1 s");
    tell_sums("check", a, b);
    if (faster >= sample_ns) return calls;
    uint64_t wanted = faster ? calls * sample_ns / faster + calls / 16 + 1 : calls * 16;
    if (wanted > calls * 16) wanted = calls * 16;
    calls = wanted > calls ? wanted : calls + 1;
  }
}

/* The two samples of a pair follow each other with a reading of the clock between them and nothing else, but for the
 * untimed calls that some CPUs need before their frequency has settled. */
static struct pair measure(struct build *first, struct build *second, uint64_t calls_first, uint64_t calls_second,
                           uint64_t warm_calls) {
  struct build *order[] = {first, second};
  uint64_t calls[] = {calls_first, calls_second}, spent[2];
  struct rusage before, after;
  struct pair pair;
  getrusage(RUSAGE_THREAD, &before);
  pair.wall_ns = clock_ns(CLOCK_MONOTONIC);
  uint64_t from = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < 2; i++) {
    if (warm_calls) {
      run(order[i], warm_calls);
      from = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    }
    run(order[i], calls[i]);
    uint64_t now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    spent[i] = now - from;
    from = now;
  }
  pair.wall_ns = clock_ns(CLOCK_MONOTONIC) - pair.wall_ns;
  getrusage(RUSAGE_THREAD, &after);
  pair.switches = after.ru_nivcsw - before.ru_nivcsw;
  pair.a_ns = spent[0];
  pair.b_ns = spent[1];
  return pair;
}

/* What confines the kernels, from here on, but for the filter of system calls: it forbids to start the children. Beside
 * libraries they read what lies with these files (up to a NULL). */
static int confine_files(const char *const *files) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  drop_capabilities();
  return landlock(NULL, may_read_beside, files);
}

/* Limits, pins and confines this process and its children to be. */
static void sandbox(pid_t parent, unsigned cpu, const char *const *files) {
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
  limit(RLIMIT_AS, (rlim_t)4 << 30);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 64);
  confine_files(files);
}

/* The rest of the confinement, in a child that starts nothing more: before any code of a build is loaded. */
static void sandbox_child(pid_t parent, rlim_t cpu_seconds) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(5);
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_NPROC, 0);
  filter_kernel();
  catch_signals();
}

struct plan {
  uint64_t draw, sample_ns, warm_ns, unit, more_a, more_b;
  const char *path_a, *path_b;
};

/* Measures one entry; returns only where it went well. */
static void measure_entry(const struct plan *plan, const struct entry *entry, uint64_t draw) {
  static struct pair pairs[MOST_PAIRS];
  struct build a = {.letter = 'a', .path = plan->path_a}, b = {.letter = 'b', .path = plan->path_b};
  uint64_t coins = next_random(&draw);
  load(coins & 1 ? &a : &b, entry->kernel);
  load(coins & 1 ? &b : &a, entry->kernel);
  /* The pad moves every later allocation; it is kept, and touched so that it is real. */
  size_t pad = (size_t)(coins >> 8 & 0xff) * 64 + 64;
  char *kept = malloc(pad);
  if (!kept) fail('-', "memory", "the allocation pad");
  memset(kept, 1, pad);
  prepare(coins & 2 ? &a : &b, (unsigned)entry->dataset, entry->seed);
  prepare(coins & 2 ? &b : &a, (unsigned)entry->dataset, entry->seed);

  uint64_t calls = entry->calls;
  if (calls == 0) {
    calls = calibrate(&a, &b, plan->sample_ns, &draw);
  } else {
    /* The first calls fault pages in and train predictors; they are not timed. */
    struct build *first = next_random(&draw) >> 63 ? &a : &b;
    timed(first, 1);
    timed(first == &a ? &b : &a, 1);
    tell_sums("check", &a, &b);
  }
  /* How long a call takes decides how many warm the CPU up, and what is no hang. */
  uint64_t call_ns = timed(&a, 1), of_b = timed(&b, 1);
  if (of_b > call_ns) call_ns = of_b;
  if (call_ns == 0) call_ns = 1;
  uint64_t warm = plan->warm_ns ? plan->warm_ns / call_ns + 1 : 0;
  uint64_t unit = entry->planted && plan->unit ? plan->unit : 1, units = (calls + unit - 1) / unit;
  calls = units * unit;
  uint64_t calls_a = calls + (entry->planted ? units * plan->more_a : 0);
  uint64_t calls_b = calls + (entry->planted ? units * plan->more_b : 0);
  char line[128];
  int n = snprintf(line, sizeof line, "calls %llu\n", (unsigned long long)calls);
  say(line, (size_t)n);
  uint64_t expected_s = 4 * (calls_a + calls_b + warm) * call_ns / 1000000000ull;
  int a_first = 0;
  for (uint64_t i = 0; i < entry->pairs; i++) {
    watch(HANG_LIMIT_S + (int)(4 * expected_s));
    /* The next pair takes the other order, so that a drift and an advantage of the first cancel out. */
    a_first = i & 1 ? !a_first : next_random(&draw) >> 63;
    if (a_first) {
      pairs[i] = measure(&a, &b, calls_a, calls_b, warm);
    } else {
      pairs[i] = measure(&b, &a, calls_b, calls_a, warm);
      uint64_t second = pairs[i].a_ns;
      pairs[i].a_ns = pairs[i].b_ns;
      pairs[i].b_ns = second;
    }
  }
  watch(0);
  for (uint64_t i = 0; i < entry->pairs; i++) {
    n = snprintf(line, sizeof line, "pair %llu %llu %llu %ld\n", (unsigned long long)pairs[i].a_ns,
                 (unsigned long long)pairs[i].b_ns, (unsigned long long)pairs[i].wall_ns, pairs[i].switches);
    say(line, (size_t)n);
  }
  tell_sums("sum", &a, &b);
  _exit(kept[pad - 1] == 1 ? 0 : 6);
}

/* CPU time that a child has used, ns. */
static uint64_t used_ns(pid_t child) {
  clockid_t clock;
  return clock_getcpuclockid(child, &clock) == 0 ? clock_ns(clock) : 0;
}

/* Waits for a child, ends one that sleeps, and says so where one ended without a word. */
static void wait_for(pid_t child, const sigset_t *children) {
  struct timespec limit = {.tv_sec = SLEEP_LIMIT_S};
  uint64_t used = 0;
  char line[64];
  int status, n;
  pid_t ended;
  while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
    if (sigtimedwait(children, NULL, &limit) >= 0 || errno != EAGAIN) continue;
    uint64_t now = used_ns(child);
    if (now - used < SLEEP_NS) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      n = snprintf(line, sizeof line, "fail %c sleep %d s\n", at, SLEEP_LIMIT_S);
      say(line, (size_t)n);
      return;
    }
    used = now;
  }
  if (ended == child && WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4)) return;
  n = ended == child && WIFSIGNALED(status)
        ? snprintf(line, sizeof line, "fail - died signal %02d\n", WTERMSIG(status))
        : snprintf(line, sizeof line, "fail - died exit %d\n", ended == child ? WEXITSTATUS(status) : -1);
  say(line, (size_t)n);
}

static uint64_t decimal(const char *text, char end, const char **rest) {
  char *stop;
  uint64_t value = strtoull(text, &stop, 10);
  if (stop == text || *stop != end) fail('-', "usage", text);
  if (rest) *rest = stop + 1;
  return value;
}

static struct entry entry_of(const char *text) {
  struct entry entry;
  const char *rest = text;
  entry.kernel = decimal(rest, ':', &rest);
  entry.dataset = decimal(rest, ':', &rest);
  entry.seed = decimal(rest, ':', &rest);
  entry.calls = decimal(rest, ':', &rest);
  entry.pairs = decimal(rest, ':', &rest);
  entry.planted = decimal(rest, '\0', NULL);
  if (entry.pairs > MOST_PAIRS) fail('-', "usage", text);
  return entry;
}

static void measure_all(int argc, char **argv) {
  uint64_t number[9];
  for (int i = 0; i < 9; i++) number[i] = decimal(argv[i], '\0', NULL);
  struct plan plan = {number[2], number[3], number[4], number[6], number[7], number[8], argv[9], argv[10]};
  if (plan.sample_ns == 0) fail('-', "usage", "samples of no length");
  pid_t self = getpid();
  sigset_t children;
  char line[64];
  const char *const builds[] = {argv[9], argv[10], NULL};
  sandbox((pid_t)number[0], (unsigned)number[1], builds);
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) fail('-', "limit", strerror(errno));
  running = page;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  say("runner 2\n", 9);
  for (int i = 11; i < argc; i++) {
    struct entry entry = entry_of(argv[i]);
    int n = snprintf(line, sizeof line, "entry %d\n", i - 11);
    say(line, (size_t)n);
    uint64_t draw = next_random(&plan.draw);
    at = '-';
    pid_t child = fork();
    if (child < 0) fail('-', "limit", strerror(errno));
    if (child == 0) {
      sandbox_child(self, (rlim_t)number[5]);
      measure_entry(&plan, &entry, draw);
    }
    wait_for(child, &children);
  }
  say("end\n", 4);
  _exit(0);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "launch") == 0) return launch(argc, argv);
  if (argc == 2 && strcmp(argv[1], "sandbox") == 0) {
    const char *const nothing[] = {NULL};
    int version = confine_files(nothing);
    printf("landlock %d seccomp %d\n", version > 0 ? version : 0, filter_kernel());
    return 0;
  }
  if (argc < 14 || strcmp(argv[1], "measure") != 0) fail('-', "usage", "runner measure takes eleven arguments and entries");
  measure_all(argc - 2, argv + 2);
  return 0;
}
