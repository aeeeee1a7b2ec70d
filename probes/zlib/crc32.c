/* hwtune:
title = "CRC-32"
code = ["loop"]
stands_for = "the braided crc32_z: five braids of eight bytes, then a bytewise tail"
source = "zlib 1.3.1, crc32.c: crc32_z, braid, crc_word"
datasets = ["text", "binary", "noise"]
units = ["crcbraid.c"]
headers = ["sums.h"]
*/
#include "probe.h"
#include "sums.h"

#include <stdlib.h>

enum { INPUT = 256 * 1024, CALLS = 4, CHUNK = INPUT / CALLS, PIECES = 3 };

static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise};
static unsigned dataset;
static unsigned char *input;
static size_t cut[CALLS][PIECES]; /* ends of the pieces, from the chunk's start */
static unsigned chunk;
static unsigned long running;

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
        cut[i][0] = 7 + support_random(&seed) % 100;
        cut[i][1] = 500 + support_random(&seed) % 3000;
        cut[i][2] = CHUNK;
    }
    hwk_crc_tables();
    running = 0;
}

/* The next chunk of the input, in pieces; the sum goes on to the input's end and starts again. */
uint64_t probe_run(void)
{
    const unsigned char *from = input + (size_t)chunk * CHUNK;
    size_t at = 0;
    for (unsigned i = 0; i < PIECES; i++) {
        running = hwk_crc32(running, from + at, cut[chunk][i] - at);
        at = cut[chunk][i];
    }
    uint64_t sum = running;
    if (++chunk == CALLS) {
        chunk = 0;
        running = 0;
    }
    return sum;
}
