/* hwtune:
title = "Adler-32"
stands_for = "adler32_z: sixteen bytes a step, a remainder every 5552"
source = "zlib 1.3.1, adler32.c: adler32_z"
datasets = ["text", "binary", "noise"]
units = ["adlersum.c"]
headers = ["sums.h"]
*/
#include "probe.h"
#include "sums.h"

#include <stdlib.h>

enum { INPUT = 192 * 1024 };

static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise};
static unsigned dataset;
static unsigned char *input;
static size_t cut[4];

int probe_dataset(unsigned i)
{
    if (i >= sizeof fill / sizeof fill[0])
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    input = malloc(INPUT);
    if (input == NULL)
        abort();
    fill[dataset](seed, input, INPUT);
    cut[0] = 3 + support_random(&seed) % 12;
    cut[1] = 500 + support_random(&seed) % 3000;
    cut[2] = 60000 + support_random(&seed) % 8000;
    cut[3] = INPUT;
}

uint64_t probe_run(void)
{
    uint32_t adler = 1;
    size_t at = 0;
    for (unsigned i = 0; i < 4; i++) {
        adler = hwk_adler32(adler, input + at, cut[i] - at);
        at = cut[i];
    }
    return adler;
}
