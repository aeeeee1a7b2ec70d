/* hwtune:
title = "ChaCha20"
domain = "cryptography"
linkage = "library"
code = ["loop"]
stands_for = "a stream cipher of additions, rotations and exclusive-ors, on packets and records"
source = "RFC 8439; shaped like libsodium's chacha20_ref.c and OpenSSL's chacha_enc.c"
datasets = ["packets", "records", "streams"]
units = ["chacha_block.c"]
headers = ["chacha.h"]
*/
#include "chacha.h"
#include "probe.h"

#include <stdlib.h>

enum { SIZE = 128 * 1024, PART = 32 * 1024 };

static unsigned dataset, part;
static unsigned char *in, *out;
static unsigned char key[32];

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
    out = malloc(PART);
    if (in == NULL || out == NULL)
        abort();
    support_noise(seed, key, sizeof key);
    support_text(seed, in, SIZE);
}

uint64_t probe_run(void)
{
    static const size_t length[] = {100, 1400, 16384};
    const unsigned char *from = in + part * PART;
    part = (part + 1) % (SIZE / PART);
    unsigned char nonce[12] = {(unsigned char)part};
    for (size_t at = 0; at < PART; at += length[dataset]) {
        uint32_t state[16];
        size_t n = PART - at < length[dataset] ? PART - at : length[dataset];
        nonce[4]++;
        hwk_chacha_key(state, key, nonce);
        hwk_chacha_xor(state, from + at, out + at, n);
    }
    return support_hash(0, out, PART);
}
