/* Runs a command once and tells the CPU time of its whole process tree. hwtune compiles it with plain flags and starts
 * one for each run of `tune --bench`.
 *
 *   bench PARENT CPU SECONDS FOLDER PROGRAM ARGUMENTS...
 *
 * PARENT is the process that waits, by its number. The command is pinned to CPU, writes beneath FOLDER alone, and has
 * SECONDS of wall time. Its standard output goes to FOLDER/out and its standard error to FOLDER/err. What it leaves
 * running is ended with it and counted.
 *
 * Answer, one line on standard output:
 *   ran CPU_NS WALL_NS SWITCHES exit CODE
 *   ran CPU_NS WALL_NS SWITCHES signal NUMBER
 *   hang
 *   fail WHAT DETAIL                             the command could not be started
 */
#include "sandbox.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

static volatile pid_t group;
static volatile sig_atomic_t late;

static void on_late(int number) {
  (void)number;
  late = 1;
  if (group > 0) kill(-group, SIGKILL);
}

static void fail(const char *what) {
  printf("fail %s %s\n", what, strerror(errno));
  fflush(stdout);
  _exit(4);
}

static uint64_t ns(struct timeval time) {
  return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_usec * 1000ull;
}

static int file(const char *folder, const char *name) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (n < 0 || (size_t)n >= sizeof path) return -1;
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != (pid_t)strtoul(argv[1], NULL, 10)) return 5; /* it was gone already */
  close_inherited(-1);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(strtoul(argv[2], NULL, 10), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("pin");
  int out = file(argv[4], "out"), err = file(argv[4], "err"), started[2];
  if (out < 0 || err < 0) fail("folder");
  /* Processes whose parent has ended become children of this one, so that their time counts. */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  drop_capabilities();
  if (pipe2(started, O_CLOEXEC) != 0) fail("pipe");
  struct timespec from, now;
  clock_gettime(CLOCK_MONOTONIC, &from);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDONLY);
    lower(RLIMIT_CORE, 0);
    lower(RLIMIT_FSIZE, (rlim_t)4 << 30);
    landlock(argv[4], NULL, NULL);
    filter_compiler();
    if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0) execvp(argv[5], argv + 5);
    int why = errno;
    if (write(started[1], &why, sizeof why) < 0) _exit(126);
    _exit(127);
  }
  close(started[1]);
  group = child;
  signal(SIGALRM, on_late);
  alarm((unsigned)strtoul(argv[3], NULL, 10));
  int why, status = 0, ended = 0;
  if (read(started[0], &why, sizeof why) == sizeof why) {
    errno = why;
    fail("start");
  }
  while (!ended) {
    int one;
    pid_t pid = wait(&one);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    if (pid == child) {
      status = one;
      ended = 1;
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &now);
  /* What it left running goes with it. */
  kill(-child, SIGKILL);
  while (wait(NULL) > 0 || errno == EINTR)
    ;
  if (late) {
    printf("hang\n");
    return 0;
  }
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  uint64_t wall = (uint64_t)(now.tv_sec - from.tv_sec) * 1000000000ull + (uint64_t)now.tv_nsec - (uint64_t)from.tv_nsec;
  printf("ran %llu %llu %ld %s %d\n", (unsigned long long)(ns(used.ru_utime) + ns(used.ru_stime)),
         (unsigned long long)wall, used.ru_nivcsw, WIFSIGNALED(status) ? "signal" : "exit",
         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return 0;
}
