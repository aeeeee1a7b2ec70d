/* The interface between a kernel and the runner.
 *
 * A kernel is one C file (and further units it names) with the two functions below. hwtune builds it as a shared
 * object the way its package is built, loads two builds into one process and lets their probe_run() take turns, call by call.
 *
 * The inputs must be unknown at compile time: make them in probe_setup() from the seed. There is no main().
 */
#ifndef HWTUNE_PROBE_H
#define HWTUNE_PROBE_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_EXPORT __attribute__((visibility("default")))

/* Allocates and fills the inputs. Called once, before the first probe_run(), for each build and data set in every process: keep
 * it to some milliseconds. */
PROBE_EXPORT void probe_setup(uint64_t seed);

/* Works on the next part of the inputs and returns a checksum over everything this call computed. Called many times: a call
 * goes on where the one before stopped, at places that do not depend on the build, and begins again after the end. The n-th
 * call after the same seed must return the same value whatever the flags. A call should last 1 microsecond to 0.4 ms: what
 * disturbs the machine for some milliseconds then meets both builds. */
PROBE_EXPORT uint64_t probe_run(void);

/* Optional. Chooses data set i, before probe_setup(); returns 0 if there is such a data set. */
PROBE_EXPORT int probe_dataset(unsigned i);

/* Optional, of a kernel whose results are good to the size of an error and not to the bit, `bounds` in its front matter: works out the
 * function at this place of that list for n arguments x, of two arguments y as well. It is called after probe_setup(). */
PROBE_EXPORT void probe_values(unsigned function, const double *x, const double *y, double *results, size_t n);

/* From support.c, which hwtune adds to every kernel and always builds with the base flags. */

/* Next of a splitmix64 sequence. */
uint64_t support_random(uint64_t *state);
/* Fills n bytes with words, punctuation and lines of English-like letter and word frequencies. */
void support_text(uint64_t seed, unsigned char *to, size_t n);
/* Fills n bytes as x86 code and tables look: short repeats, small integers, runs of zeros. */
void support_binary(uint64_t seed, unsigned char *to, size_t n);
/* Fills n bytes with records of keys and values as JSON. */
void support_json(uint64_t seed, unsigned char *to, size_t n);
/* Fills n bytes that do not compress. */
void support_noise(uint64_t seed, unsigned char *to, size_t n);
/* Folds n bytes into a hash, for checksums. */
uint64_t support_hash(uint64_t hash, const void *from, size_t n);

#endif
