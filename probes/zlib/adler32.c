/* hwtune:
title = "Adler-32"
code = ["loop"]
stands_for = "adler32_z: sixteen bytes a step, a remainder every 5552"
source = "zlib 1.3.1, adler32.c: adler32_z"
datasets = ["text", "binary", "noise"]
units = ["adlersum.c"]
headers = ["sums.h"]
*/
#include "probe.h"
#include "sums.h"

#include <stdlib.h>

enum { INPUT = 192 * 1024, CALLS = 4, CHUNK = INPUT / CALLS, PIECES = 3 };

static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise};
static unsigned dataset;
static unsigned char *input;
static size_t cut[CALLS][PIECES]; /* ends of the pieces, from the chunk's start */
static unsigned chunk;
static uint32_t running;

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
    /* Calls as a stream makes them: odd starts and lengths. */
    for (unsigned i = 0; i < CALLS; i++) {
        cut[i][0] = 3 + support_random(&seed) % 12;
        cut[i][1] = 500 + support_random(&seed) % 3000;
        cut[i][2] = CHUNK;
    }
    running = 1;
}

/* The next chunk of the input, in pieces; the sum goes on to the input's end and starts again. */
uint64_t probe_run(void)
{
    const unsigned char *from = input + (size_t)chunk * CHUNK;
    size_t at = 0;
    for (unsigned i = 0; i < PIECES; i++) {
        running = hwk_adler32(running, from + at, cut[chunk][i] - at);
        at = cut[chunk][i];
    }
    uint64_t sum = running;
    if (++chunk == CALLS) {
        chunk = 0;
        running = 1;
    }
    return sum;
}
