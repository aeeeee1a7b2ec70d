/* Evaluates the functions of a kernel whose contract is the size of an error, each beside a reference of more bits: long double of the
 * C library at hand. It decides nothing. Confined and limited as the process that measures.
 *
 *   bounds parent cpu cpu_limit_s BUILD.so kernel seed arguments FUNCTION...
 *   FUNCTION = name:low:high:low2:high2          the ranges of its arguments as bits of doubles, decimal
 *
 * `arguments` are drawn for each function from the seed alone, so that every build is asked the same, after zeros, infinities, NaN and the
 * ends of the subnormal numbers. A third is spread evenly over the range, a third over the exponents, a third lies about 1.
 *
 * Answer, one line each on standard output:
 *   bounds 1
 *   function I                                   the I-th function begins
 *   value X Y RESULT HIGH LOW EXPONENT           the first five as bits of doubles; the reference is (HIGH + LOW) * 2^EXPONENT
 *   end
 * or `fail` as the runner says it. `fail - reference NAME`: there is no reference for it here.
 */
#define main runner_main
#include "runner.c"
#undef main
#include <float.h>
#include <math.h>

enum { CHUNK = 256, LINES = 64 };

struct reference {
  const char *name;
  long double (*one)(long double);
  long double (*two)(long double, long double);
};

static const struct reference references[] = {
#if LDBL_MANT_DIG > DBL_MANT_DIG + 8
  {"atan2", NULL, atan2l}, {"cbrt", cbrtl, NULL}, {"cos", cosl, NULL}, {"erf", erfl, NULL}, {"exp", expl, NULL},
  {"fmod", NULL, fmodl}, {"log", logl, NULL}, {"pow", NULL, powl}, {"sin", sinl, NULL}, {"tan", tanl, NULL},
#ifdef __GLIBC__
  {"j0", j0l, NULL},
#endif
#endif
  {NULL, NULL, NULL},
};

struct function {
  const struct reference *reference;
  double low[2], high[2];
};

static double value_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* In [0, 1). */
static double unit(uint64_t *state) { return (double)(next_random(state) >> 11) * 0x1p-53; }

static double between(uint64_t *state, double low, double high) {
  uint64_t kind = next_random(state) % 3, sign = next_random(state) << 63;
  double most = fabs(low) > fabs(high) ? fabs(low) : fabs(high), x = 0.5 + 1.5 * unit(state);
  if (kind == 1) x = value_of(next_random(state) % (bits_of(most) + 1));
  x = value_of(bits_of(x) | sign);
  if (kind == 0 || !(x >= low && x <= high)) x = low + unit(state) * (high - low);
  return x;
}

static double argument(uint64_t *state, const struct function *f, int which, uint64_t place) {
  static const double edges[] = {0.0, -0.0, 1.0, -1.0, 0x1p-1074, -0x1p-1074, 0x0.fffffffffffffp-1022, 0x1p-1022, INFINITY, -INFINITY, NAN};
  double low = f->low[which], high = f->high[which];
  double drawn = between(state, low, high);
  if (which != 0 || place >= sizeof edges / sizeof *edges) return drawn;
  double edge = edges[place];
  return isfinite(edge) && !(edge >= low && edge <= high) ? drawn : edge;
}

static struct function function_of(char *text) {
  struct function f;
  char *colon = strchr(text, ':');
  if (!colon) fail('-', "usage", text);
  *colon = '\0';
  const char *rest = colon + 1;
  for (int i = 0; i < 2; i++) {
    f.low[i] = value_of(decimal(rest, ':', &rest));
    f.high[i] = value_of(decimal(rest, i == 1 ? '\0' : ':', i == 1 ? NULL : &rest));
  }
  for (f.reference = references; f.reference->name; f.reference++)
    if (strcmp(f.reference->name, text) == 0) return f;
  fail('-', "reference", text);
  return f;
}

static void evaluate(const struct function *f, void (*values)(unsigned, const double *, const double *, double *, size_t),
                     unsigned number, uint64_t state, uint64_t arguments) {
  static double x[CHUNK], y[CHUNK], results[CHUNK];
  static char lines[LINES * 160];
  for (uint64_t done = 0; done < arguments; done += CHUNK) {
    size_t n = arguments - done < CHUNK ? (size_t)(arguments - done) : CHUNK;
    for (size_t i = 0; i < n; i++) {
      x[i] = argument(&state, f, 0, done + i);
      y[i] = argument(&state, f, 1, done + i);
      results[i] = 0;
    }
    watch(HANG_LIMIT_S);
    at = 'a';
    values(number, x, y, results, n);
    at = '-';
    int length = 0;
    for (size_t i = 0; i < n; i++) {
      long double exact = f->reference->one ? f->reference->one(x[i]) : f->reference->two(x[i], y[i]);
      int exponent = 0;
      long double part = isfinite(exact) && exact != 0 ? frexpl(exact, &exponent) : exact;
      double high = (double)part, low = isfinite(exact) ? (double)(part - high) : 0;
      length += snprintf(lines + length, sizeof lines - (size_t)length, "value %llx %llx %llx %llx %llx %d\n",
                         (unsigned long long)bits_of(x[i]), (unsigned long long)bits_of(y[i]),
                         (unsigned long long)bits_of(results[i]), (unsigned long long)bits_of(high),
                         (unsigned long long)bits_of(low), exponent);
      if (i % LINES == LINES - 1 || i + 1 == n) {
        say(lines, (size_t)length);
        length = 0;
      }
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 9) fail('-', "usage", "bounds takes eight arguments or more");
  uint64_t kernel = decimal(argv[5], '\0', NULL), seed = decimal(argv[6], '\0', NULL);
  uint64_t arguments = decimal(argv[7], '\0', NULL), limit_s = decimal(argv[3], '\0', NULL);
  pid_t parent = (pid_t)decimal(argv[1], '\0', NULL);
  const char *const builds[] = {argv[4], NULL};
  char line[64];
  sandbox(parent, (unsigned)decimal(argv[2], '\0', NULL), builds);
  sandbox_child(parent, (rlim_t)limit_s);
  say("bounds 1\n", 9);
  struct build build = {.letter = 'a', .path = argv[4]};
  void (*values)(unsigned, const double *, const double *, double *, size_t);
  load(&build, kernel);
  void *handle = dlopen(build.path, RTLD_NOW | RTLD_LOCAL);
  *(void **)&values = symbol(handle, &build, "probe_values", kernel, 1);
  prepare(&build, 0, seed);
  for (int i = 8; i < argc; i++) {
    struct function f = function_of(argv[i]);
    int n = snprintf(line, sizeof line, "function %d\n", i - 8);
    say(line, (size_t)n);
    evaluate(&f, values, (unsigned)(i - 8), seed + (uint64_t)i, arguments);
  }
  say("end\n", 4);
  _exit(0);
}
