/* Data sets of the compressors' trials: text, binary, JSON-like and incompressible, and one of another mixture. */
#ifndef HWTUNE_TRIAL_DATA_H
#define HWTUNE_TRIAL_DATA_H

#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { DATASETS = 5 };

/* Files of several kinds one after another, as an archive or a package has them. Pieces of one text, one JSON and one binary:
 * making each of its own would make set-up several times longer. */
static void trial_archive(uint64_t seed, unsigned char *to, size_t n)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_json, support_binary};
    unsigned char *source[3];
    size_t used[3] = {0}, room = n / 2;
    for (unsigned kind = 0; kind < 3; kind++) {
        if (!(source[kind] = malloc(room))) abort();
        fill[kind](support_random(&seed), source[kind], room);
    }
    for (size_t at = 0, take; at < n; at += take) {
        uint64_t draw = support_random(&seed);
        unsigned kind = draw % 4;
        take = 512 + (size_t)((draw >> 8) % (kind == 3 ? 1536 : 12288));
        if (take > n - at) take = n - at;
        if (kind < 3 && take > room - used[kind]) take = room - used[kind];
        if (kind == 3) {
            support_noise(draw, to + at, take);
        } else {
            memcpy(to + at, source[kind] + used[kind], take);
            used[kind] += take;
        }
    }
    for (unsigned kind = 0; kind < 3; kind++) free(source[kind]);
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
