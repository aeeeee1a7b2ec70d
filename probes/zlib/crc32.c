/* hwtune:
title = "CRC-32"
stands_for = "the braided crc32_z: five braids of eight bytes, then a bytewise tail"
source = "zlib 1.3.1, crc32.c: crc32_z, braid, crc_word"
datasets = ["text", "binary", "noise"]
units = ["crcbraid.c"]
headers = ["sums.h"]
*/
#include "probe.h"
#include "sums.h"

#include <stdlib.h>

enum { INPUT = 256 * 1024 };

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
    /* Calls as a stream makes them: odd starts and lengths. */
    cut[0] = 7 + support_random(&seed) % 100;
    cut[1] = 1000 + support_random(&seed) % 3000;
    cut[2] = 60000 + support_random(&seed) % 8000;
    cut[3] = INPUT;
    hwk_crc_tables();
}

uint64_t probe_run(void)
{
    unsigned long crc = 0;
    size_t at = 0;
    for (unsigned i = 0; i < 4; i++) {
        crc = hwk_crc32(crc, input + at, cut[i] - at);
        at = cut[i];
    }
    return crc;
}
