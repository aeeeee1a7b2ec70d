/* hwtune:
title = "LZ77"
domain = "compression"
linkage = "library"
code = ["branchy", "loop"]
stands_for = "matches by hash chains, greedily taken, and their copying"
source = "J. Ziv and A. Lempel, A universal algorithm for sequential data compression, 1977; shaped like zlib's deflate_fast and LZ4's format"
datasets = ["text", "binary", "json"]
units = ["lz_pack.c", "lz_unpack.c"]
headers = ["lz.h"]
*/
#include "lz.h"
#include "probe.h"

#include <stdlib.h>

enum { SIZE = 64 * 1024, PART = 8 * 1024 };

static unsigned dataset, part;
static unsigned char *in, *packed, *out;
static struct hwk_lz *lz;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_json};
    in = malloc(SIZE);
    packed = malloc(2 * PART);
    out = malloc(PART);
    lz = malloc(sizeof *lz);
    if (in == NULL || packed == NULL || out == NULL || lz == NULL)
        abort();
    fill[dataset](seed, in, SIZE);
}

/* An eighth is packed, and unpacked four times: what is packed once is read more often. */
uint64_t probe_run(void)
{
    size_t n = hwk_lz_pack(lz, in + part * PART, PART, packed);
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = support_hash(0, packed, n);
    for (unsigned i = 0; i < 4; i++)
        sum = sum * 31 + hwk_lz_unpack(packed, n, out, PART);
    return support_hash(sum, out, PART);
}
