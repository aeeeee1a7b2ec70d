/* hwtune:
title = "SHA-256"
domain = "cryptography"
linkage = "library"
code = ["loop"]
stands_for = "digests of messages of some length each, in plain C"
source = "FIPS 180-4; shaped like gnulib's sha256.c and git's block-sha1"
datasets = ["names", "files", "records"]
units = ["sha256_add.c", "sha256_block.c"]
headers = ["sha256.h"]
*/
#include "probe.h"
#include "sha256.h"

#include <stdlib.h>

enum { SIZE = 96 * 1024, PART = 24 * 1024 };

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
    in = malloc(SIZE);
    if (in == NULL)
        abort();
    support_noise(seed, in, SIZE);
}

uint64_t probe_run(void)
{
    static const size_t length[] = {41, 8192, 700}, piece[] = {41, 4096, 100};
    const unsigned char *from = in + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    for (size_t at = 0; at + length[dataset] <= PART; at += length[dataset]) {
        struct hwk_sha256 sha;
        unsigned char digest[32];
        hwk_sha256_begin(&sha);
        for (size_t i = 0; i < length[dataset]; i += piece[dataset])
            hwk_sha256_add(&sha, from + at + i, piece[dataset]);
        hwk_sha256_end(&sha, digest);
        sum = support_hash(sum, digest, sizeof digest);
    }
    return sum;
}
