/* One of the builds that are measured: it is loaded, its inputs are prepared and its calls are timed, all within a limit of CPU
 * time; whatever goes wrong meanwhile is answered with its letter.
 */
#pragma once
#include "answer.h"
#include <dlfcn.h>

/* What may not come back within this much CPU time hangs, in seconds. */
#define HANG_LIMIT_S 3

struct build {
  char letter;
  const char *path;
  void (*setup)(uint64_t);
  uint64_t (*run)(void);
  int (*dataset)(unsigned);
  /* Over all calls so far. */
  uint64_t checksum;
};

static void *symbol(void *handle, struct build *build, const char *name, uint64_t kernel, int required) {
  char whole[64];
  Dl_info info;
  snprintf(whole, sizeof whole, "%s_%llu", name, (unsigned long long)kernel);
  void *found = dlsym(handle, whole);
  if (!found) {
    if (required) fail(build->letter, "symbol", name);
    return NULL;
  }
  /* The function must lie in this build's own file, not in the other one or in a library. */
  if (!dladdr(found, &info) || !info.dli_fname || strcmp(info.dli_fname, build->path) != 0)
    fail(build->letter, "foreign", name);
  return found;
}

static void load(struct build *build, uint64_t kernel) {
  at = build->letter;
  watch(HANG_LIMIT_S);
  void *handle = dlopen(build->path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) fail(build->letter, "load", dlerror());
  /* A function pointer from dlsym: POSIX guarantees the conversion, ISO C does not. */
  *(void **)&build->setup = symbol(handle, build, "probe_setup", kernel, 1);
  *(void **)&build->run = symbol(handle, build, "probe_run", kernel, 1);
  *(void **)&build->dataset = symbol(handle, build, "probe_dataset", kernel, 0);
  build->checksum = 0xcbf29ce484222325ull;
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

static void run(struct build *build, uint64_t calls) {
  uint64_t checksum = build->checksum;
  at = build->letter;
  for (uint64_t i = 0; i < calls; i++) checksum = (checksum ^ build->run()) * 0x100000001b3ull;
  build->checksum = checksum;
  at = '-';
}

/* CPU time of some calls, ns. */
static uint64_t timed(struct build *build, uint64_t calls) {
  watch(HANG_LIMIT_S);
  uint64_t from = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  run(build, calls);
  return clock_ns(CLOCK_THREAD_CPUTIME_ID) - from;
}
