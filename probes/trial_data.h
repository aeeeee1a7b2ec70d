/* Data sets of the compressors' trials: text, binary, JSON-like and incompressible, and one of another mixture that is
 * kept for confirmation. */
#ifndef HWTUNE_TRIAL_DATA_H
#define HWTUNE_TRIAL_DATA_H

#include "probe.h"

enum { DATASETS = 5 };

/* Files of several kinds one after another, as an archive or a package has them. */
static void trial_archive(uint64_t seed, unsigned char *to, size_t n)
{
    size_t at = 0;
    for (unsigned kind = 0; at < n; kind++) {
        size_t take = 512 + (size_t)(support_random(&seed) % 12288);
        if (take > n - at) take = n - at;
        uint64_t own = support_random(&seed);
        switch (kind % 4) {
        case 0: support_text(own, to + at, take); break;
        case 1: support_json(own, to + at, take); break;
        case 2: support_binary(own, to + at, take); break;
        default: support_noise(own, to + at, take < 2048 ? take : (take = 2048)); break;
        }
        at += take;
    }
}

static void trial_data(unsigned dataset, uint64_t seed, unsigned char *to, size_t n)
{
    switch (dataset) {
    case 0: support_text(seed, to, n); break;
    case 1: support_binary(seed, to, n); break;
    case 2: support_json(seed, to, n); break;
    case 3: support_noise(seed, to, n); break;
    default: trial_archive(seed, to, n); break;
    }
}

#endif
