/* hwtune:
title = "CRC-32 and Adler-32"
domain = "compression"
linkage = "library"
code = ["loop"]
stands_for = "CRC-32 by tables of eight bytes a step, the same byte by byte, and two running sums"
source = "M. E. Kounavis and F. L. Berry, Novel table lookup-based algorithms for high-performance CRC generation, 2008; RFC 1950; shaped like xz's crc32_fast.c and zlib's adler32.c, which also sums sixteen bytes a step"
datasets = ["text", "binary", "noise"]
units = ["checksum_sums.c"]
headers = ["checksum.h"]
*/
#include "checksum.h"
#include "probe.h"

#include <stdlib.h>

enum { SIZE = 256 * 1024, PART = 64 * 1024 };

static unsigned dataset, part;
static unsigned char *in;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise};
    in = malloc(SIZE + 8);
    if (in == NULL)
        abort();
    fill[dataset](seed, in, SIZE + 8);
    hwk_crc_prepare();
}

/* A quarter in pieces of any length, as files and packets are. */
uint64_t probe_run(void)
{
    const unsigned char *from = in + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    for (size_t at = 0, length = 40 + part; at < PART; at += length, length = length * 3 / 2 + 7) {
        if (length > PART - at)
            length = PART - at;
        sum = sum * 31 + hwk_crc(0, from + at, length);
        sum = sum * 31 + hwk_adler(1, from + at, length);
    }
    return sum * 31 + hwk_crc_bytes(0, from, PART / 8);
}
