/* Twenty rounds over sixteen words. */
#include "chacha.h"

static uint32_t load(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void quarter(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 7);
}

void hwk_chacha_key(uint32_t *state, const unsigned char *key, const unsigned char *nonce)
{
    state[0] = 0x61707865;
    state[1] = 0x3320646e;
    state[2] = 0x79622d32;
    state[3] = 0x6b206574;
    for (unsigned i = 0; i < 8; i++)
        state[4 + i] = load(key + 4 * i);
    state[12] = 0;
    for (unsigned i = 0; i < 3; i++)
        state[13 + i] = load(nonce + 4 * i);
}

void hwk_chacha_xor(uint32_t *state, const unsigned char *from, unsigned char *to, size_t n)
{
    while (n != 0) {
        uint32_t x[16];
        unsigned char stream[64];
        for (unsigned i = 0; i < 16; i++)
            x[i] = state[i];
        for (unsigned round = 0; round < 10; round++) {
            quarter(x, 0, 4, 8, 12);
            quarter(x, 1, 5, 9, 13);
            quarter(x, 2, 6, 10, 14);
            quarter(x, 3, 7, 11, 15);
            quarter(x, 0, 5, 10, 15);
            quarter(x, 1, 6, 11, 12);
            quarter(x, 2, 7, 8, 13);
            quarter(x, 3, 4, 9, 14);
        }
        for (unsigned i = 0; i < 16; i++) {
            uint32_t word = x[i] + state[i];
            stream[4 * i] = (unsigned char)word;
            stream[4 * i + 1] = (unsigned char)(word >> 8);
            stream[4 * i + 2] = (unsigned char)(word >> 16);
            stream[4 * i + 3] = (unsigned char)(word >> 24);
        }
        size_t take = n < 64 ? n : 64;
        for (size_t i = 0; i < take; i++)
            to[i] = from[i] ^ stream[i];
        from += take;
        to += take;
        n -= take;
        state[12]++;
    }
}
