/* Starts a compiler: within limits, confined, and not for longer than hwtune lives.
 *
 *   runner launch PARENT FOLDER CPU_SECONDS READABLE... -- PROGRAM ARGUMENTS...
 *
 * PARENT is the process that waits, by its number. The compiler writes beneath FOLDER alone, and reads there, the files
 * READABLE and what lies beneath them where they are folders. It ends as it would without a launcher, by its exit code or
 * its signal. A program that cannot be started, or not confined on a system that has Landlock, ends with 127 and a line
 * on standard error that opens with "hwtune-launch: ".
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/* The parent is gone: so is the process group, which holds the compiler and all that it started. */
static void on_orphaned(int number) {
  (void)number;
  kill(0, SIGKILL);
}

static int launch(int argc, char **argv) {
  int end = 5; /* the first readable file, or the end of them */
  while (end < argc && strcmp(argv[end], "--") != 0) end++;
  if (end + 1 >= argc) return 2;
  char **program = argv + end + 1;
  argv[end] = NULL;
  signal(SIGTERM, on_orphaned);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != (pid_t)strtoul(argv[2], NULL, 10)) return 5; /* it was gone already */
  close_inherited(-1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, SIG_DFL);
    lower(RLIMIT_CORE, 0);
    lower(RLIMIT_CPU, (rlim_t)strtoul(argv[4], NULL, 10));
    lower(RLIMIT_AS, (rlim_t)8 << 30);
    lower(RLIMIT_FSIZE, (rlim_t)1 << 30);
    lower(RLIMIT_NOFILE, 1024);
    drop_capabilities();
    if (landlock(argv[3], may_read_these, (const char *const *)argv + 5) < 0) {
      fprintf(stderr, "hwtune-launch: %s: it cannot be confined to %s: %s\n", program[0], argv[3], strerror(errno));
      _exit(127);
    }
    filter_compiler();
    execvp(program[0], program);
    fprintf(stderr, "hwtune-launch: %s: %s\n", program[0], strerror(errno));
    _exit(127);
  }
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 5;
  if (child < 0) {
    fprintf(stderr, "hwtune-launch: %s: %s\n", program[0], strerror(errno));
    return 127;
  }
  if (WIFSIGNALED(status)) {
    lower(RLIMIT_CORE, 0);
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}
