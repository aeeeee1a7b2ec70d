/* Whole blocks from a message that comes in pieces. */
#include "sha256.h"

#include <string.h>

void hwk_sha256_begin(struct hwk_sha256 *s)
{
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(s->state, first, sizeof first);
    s->bytes = 0;
}

void hwk_sha256_add(struct hwk_sha256 *s, const unsigned char *from, size_t n)
{
    size_t used = s->bytes % 64;
    s->bytes += n;
    if (used != 0) {
        size_t take = 64 - used < n ? 64 - used : n;
        memcpy(s->block + used, from, take);
        from += take;
        n -= take;
        if (used + take < 64)
            return;
        hwk_sha256_blocks(s->state, s->block, 1);
    }
    hwk_sha256_blocks(s->state, from, n / 64);
    memcpy(s->block, from + n / 64 * 64, n % 64);
}

void hwk_sha256_end(struct hwk_sha256 *s, unsigned char *digest)
{
    uint64_t bits = s->bytes * 8;
    size_t used = s->bytes % 64;
    s->block[used++] = 0x80;
    if (used > 56) {
        memset(s->block + used, 0, 64 - used);
        hwk_sha256_blocks(s->state, s->block, 1);
        used = 0;
    }
    memset(s->block + used, 0, 56 - used);
    for (unsigned i = 0; i < 8; i++)
        s->block[56 + i] = (unsigned char)(bits >> (56 - 8 * i));
    hwk_sha256_blocks(s->state, s->block, 1);
    for (unsigned i = 0; i < 32; i++)
        digest[i] = (unsigned char)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}
