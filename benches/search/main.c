/* Runs one kernel as a program: the CPU time of a call in nanoseconds, the least of some samples, and the sum of all results.
 * For the searches that hwtune is held against. */
#include "probe.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((weak)) int probe_dataset(unsigned i);

static uint64_t cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int count, char **words) {
  int samples = count > 1 ? atoi(words[1]) : 5;
  uint64_t sum = 0;
  double total = 0;
  unsigned sets = 0;
  for (; sets < 8 && (probe_dataset ? probe_dataset(sets) == 0 : sets == 0); sets++) {
    probe_setup(12345);
    /* Checksums depend on the number of calls, so that it is fixed; a first run without the clock warms the caches. */
    for (int i = 0; i < 20; i++) sum = sum * 31 + probe_run();
    double least = 1e30;
    for (int s = 0; s < samples; s++) {
      uint64_t from = cpu_ns();
      for (int i = 0; i < 20; i++) sum = sum * 31 + probe_run();
      double took = (double)(cpu_ns() - from) / 20;
      if (took < least) least = took;
    }
    total += least;
  }
  printf("%.0f %016llx\n", total / sets, (unsigned long long)sum);
  return 0;
}
