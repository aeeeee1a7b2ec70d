/* Times several builds of one kernel in one process, by turns in drawn order, so that what disturbs the machine meets all of them:
 *   sides SEED BUILD.so ...
 * For each build a line: 100 * ln(time of the first build / its time), the median over turns and the mean over data sets, and the sum
 * of all results. Nothing of hwtune takes part. */
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 64, TURNS = 25, WANTED_NS = 400000, MOST_CALLS = 20000 };

struct side {
  int (*dataset)(unsigned);
  void (*setup)(uint64_t);
  uint64_t (*run)(void);
  uint64_t sum;
  double effect;
  double seen[TURNS];
};

static struct side sides[MOST];
static uint64_t state;

static uint64_t draw(uint64_t below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % below;
}

/* A drawn order of 0 to all - 1. */
static void shuffle(unsigned *order, unsigned all) {
  for (unsigned i = 0; i < all; i++)
    order[i] = i;
  for (unsigned i = all - 1; i > 0; i--) {
    unsigned j = (unsigned)draw(i + 1), kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
}

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static double timed(struct side *side, unsigned calls) {
  double from = now_ns();
  for (unsigned i = 0; i < calls; i++)
    side->sum = side->sum * 31 + side->run();
  return now_ns() - from;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  unsigned sets = 0, order[MOST];
  if (count < 3 || count - 2 > MOST)
    return 2;
  unsigned all = (unsigned)count - 2;
  state = strtoull(words[1], NULL, 10);
  /* What is loaded and set up first lies elsewhere in memory: that order is drawn as well. */
  shuffle(order, all);
  for (unsigned i = 0; i < all; i++) {
    void *library = dlopen(words[2 + order[i]], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    struct side *side = &sides[order[i]];
    *(void **)&side->dataset = dlsym(library, "probe_dataset");
    *(void **)&side->setup = dlsym(library, "probe_setup");
    *(void **)&side->run = dlsym(library, "probe_run");
    if (!side->setup || !side->run)
      return 1;
  }
  for (; sets < 8 && (sides[0].dataset ? sides[0].dataset(sets) == 0 : sets == 0); sets++) {
    shuffle(order, all);
    for (unsigned i = 0; i < all; i++) {
      struct side *side = &sides[order[i]];
      if (side->dataset)
        side->dataset(sets);
      side->setup(12345);
      timed(side, 20);
    }
    /* All make the same number of calls, since checksums depend on it. */
    double one = timed(&sides[0], 20) / 20;
    for (unsigned i = 1; i < all; i++)
      timed(&sides[i], 20);
    unsigned calls = (unsigned)(WANTED_NS / (one > 1 ? one : 1));
    calls = calls < 1 ? 1 : calls > MOST_CALLS ? MOST_CALLS : calls;
    for (unsigned turn = 0; turn < TURNS; turn++) {
      shuffle(order, all);
      for (unsigned i = 0; i < all; i++)
        sides[order[i]].seen[turn] = timed(&sides[order[i]], calls);
    }
    for (unsigned i = 1; i < all; i++) {
      double effects[TURNS];
      for (unsigned turn = 0; turn < TURNS; turn++)
        effects[turn] = 100 * log(sides[0].seen[turn] / sides[i].seen[turn]);
      qsort(effects, TURNS, sizeof effects[0], by_value);
      sides[i].effect += effects[TURNS / 2];
    }
  }
  for (unsigned i = 0; i < all; i++)
    printf("%.3f %016llx\n", sides[i].effect / sets, (unsigned long long)sides[i].sum);
  return 0;
}
