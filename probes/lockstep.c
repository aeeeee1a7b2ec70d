/* One of two processes that are measured in lockstep: each has its own C library and loader, since two of them cannot
 * share a process. hwtune hands the token to one and then to the other; whoever has not got it sleeps in read().
 *
 *   LOADER --library-path LIBRARIES lockstep cpu dataset seed draw cpu_limit_s DRIVER.so
 *
 * Answers on standard output:
 *   lockstep 1
 *   libc PATH                                    the C library that is in fact loaded
 *   ready
 * then, for each line `turn CALLS WARM_CALLS` on standard input, one
 *   turn CPU_NS WALL_NS SWITCHES CHECKSUM
 * until standard input ends; `fail a WHAT DETAIL` at any point is the last line. Limits, pinning, clocks and signals are
 * the runner's own.
 */
#define main runner_main
#include "runner.c"
#undef main

static size_t token(int fd, char *line, size_t room)
{
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

int main(int argc, char **argv)
{
  uint64_t number[5];
  pid_t parent = getppid();
  char line[600];
  Dl_info info;
  if (argc != 7) fail('-', "usage", "lockstep takes six arguments");
  for (int i = 0; i < 5; i++) {
    char *end;
    number[i] = strtoull(argv[i + 1], &end, 10);
    if (*end || !*argv[i + 1]) fail('-', "usage", argv[i + 1]);
  }
  uint64_t draw = number[3];
  struct build build = {.letter = 'a', .path = argv[6]};
  int in = fcntl(0, F_DUPFD_CLOEXEC, 10);
  if (in < 0) fail('-', "limit", strerror(errno));
  token_fd = in;

  sandbox(parent, (unsigned)number[0], (rlim_t)number[4]);
  catch_signals();
  say("lockstep 1\n", 11);
  if (!dladdr((void *)(uintptr_t)&qsort, &info) || !info.dli_fname) fail('-', "load", "no C library");
  int n = snprintf(line, sizeof line, "libc %.500s\n", info.dli_fname);
  say(line, (size_t)n);

  size_t pad = (size_t)(next_random(&draw) & 0xff) * 64 + 64;
  char *kept = malloc(pad);
  if (!kept) fail('-', "memory", "the allocation pad");
  memset(kept, 1, pad);
  load(&build);
  prepare(&build, (unsigned)number[1], number[2]);
  watch(0);
  say("ready\n", 6);
  while (token(in, line, sizeof line)) {
    unsigned long long calls, warm;
    if (sscanf(line, "turn %llu %llu", &calls, &warm) != 2) fail('-', "usage", line);
    if (warm) measure(&build, warm);
    struct sample s = measure(&build, calls);
    watch(0);
    n = snprintf(line, sizeof line, "turn %llu %llu %ld %llu\n", (unsigned long long)s.cpu_ns,
                 (unsigned long long)s.wall_ns, s.switches, (unsigned long long)s.checksum);
    say(line, (size_t)n);
  }
  _exit(kept[pad - 1] == 1 ? 0 : 6);
}
