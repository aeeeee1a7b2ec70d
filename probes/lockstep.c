/* One of two processes that are measured in lockstep: each has its own C library and loader, since two of them cannot
 * share a process. hwtune hands the token to one and then to the other; whoever has not got it sleeps in read().
 *
 *   LOADER --library-path LIBRARIES lockstep cpu draw cpu_limit_s DRIVER.so
 *
 * Answers on standard output:
 *   lockstep 2
 *   libc PATH                                    the C library that is in fact loaded
 * then, for each line `entry KERNEL DATASET SEED` on standard input, `ready` by a child that has loaded the driver and
 * prepared its inputs; it answers each line `turn CALLS WARM_CALLS` by
 *   turn CPU_NS WALL_NS SWITCHES CHECKSUM        the checksum being that of all calls so far
 * until the line `next`. `fail a WHAT DETAIL` at any point ends the entry. Limits, pinning, clocks and signals are the
 * runner's own.
 */
#define main runner_main
#include "runner.c"
#undef main

static size_t token(int fd, char *line, size_t room) {
  size_t n = 0;
  while (n + 1 < room) {
    ssize_t got = read(fd, line + n, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    if (line[n] == '\n') break;
    n++;
  }
  line[n] = '\0';
  return n;
}

/* One entry, in a child of its own. */
static void serve(const char *path, int in, const struct entry *entry, uint64_t draw) {
  char line[600];
  struct build build = {.letter = 'a', .path = path};
  size_t pad = (size_t)(next_random(&draw) & 0xff) * 64 + 64;
  char *kept = malloc(pad);
  if (!kept) fail('-', "memory", "the allocation pad");
  memset(kept, 1, pad);
  load(&build, entry->kernel);
  prepare(&build, (unsigned)entry->dataset, entry->seed);
  watch(0);
  say("ready\n", 6);
  while (token(in, line, sizeof line) && strcmp(line, "next") != 0) {
    unsigned long long calls, warm;
    struct rusage before, after;
    if (sscanf(line, "turn %llu %llu", &calls, &warm) != 2) fail('-', "usage", line);
    watch(HANG_LIMIT_S);
    run(&build, warm);
    getrusage(RUSAGE_THREAD, &before);
    uint64_t wall = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    run(&build, calls);
    cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
    wall = clock_ns(CLOCK_MONOTONIC) - wall;
    getrusage(RUSAGE_THREAD, &after);
    watch(0);
    int n = snprintf(line, sizeof line, "turn %llu %llu %ld %llu\n", (unsigned long long)cpu,
                     (unsigned long long)wall, after.ru_nivcsw - before.ru_nivcsw, (unsigned long long)build.checksum);
    say(line, (size_t)n);
  }
  _exit(kept[pad - 1] == 1 ? 0 : 6);
}

int main(int argc, char **argv) {
  uint64_t number[3];
  pid_t parent = getppid(), self = getpid();
  char line[600];
  Dl_info info;
  if (argc != 5) fail('-', "usage", "lockstep takes four arguments");
  for (int i = 0; i < 3; i++) number[i] = decimal(argv[i + 1], '\0', NULL);
  int in = fcntl(0, F_DUPFD_CLOEXEC, 10);
  if (in < 0) fail('-', "limit", strerror(errno));
  token_fd = in;

  int known = dladdr((void *)(uintptr_t)&qsort, &info) && info.dli_fname;
  const char *const builds[] = {argv[4], known ? info.dli_fname : NULL, NULL};
  sandbox(parent, (unsigned)number[0], builds);
  say("lockstep 2\n", 11);
  if (!known) fail('-', "load", "no C library");
  int n = snprintf(line, sizeof line, "libc %.500s\n", info.dli_fname);
  say(line, (size_t)n);
  while (token(in, line, sizeof line)) {
    struct entry entry = {0};
    unsigned long long kernel, dataset, seed;
    /* What an entry that failed left unread is passed over. */
    if (sscanf(line, "entry %llu %llu %llu", &kernel, &dataset, &seed) != 3) continue;
    entry.kernel = kernel;
    entry.dataset = dataset;
    entry.seed = seed;
    uint64_t draw = next_random(&number[1]);
    pid_t child = fork();
    if (child < 0) fail('-', "limit", strerror(errno));
    if (child == 0) {
      sandbox_child(self, (rlim_t)number[2]);
      serve(argv[4], in, &entry, draw);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4)) continue;
    n = snprintf(line, sizeof line, "fail - died status %d\n", status);
    say(line, (size_t)n);
  }
  return 0;
}
