/* How a process that measures answers, and what it makes of signals and limits. Each line is written at once, so that it
 * stands whatever the code does that runs next; runner.c describes the lines.
 */
#pragma once
#include "sandbox.h"
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

static int out_fd = 1;
/* A further descriptor that is kept: see lockstep.c. */
static int token_fd = -1;
/* Whose code is running, for the signal handlers and, in a page shared with its parent, for who waits for a child. */
static volatile char no_page = '-', *running = &no_page;
#define at (*running)

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
