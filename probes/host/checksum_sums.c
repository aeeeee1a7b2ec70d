/* CRC-32 of the reflected polynomial 0xedb88320, and Adler-32. */
#include "checksum.h"

enum { TABLES = 8, MODULUS = 65521, BLOCK = 5552, STEP = 16 };

static uint32_t table[TABLES][256];

void hwk_crc_prepare(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (unsigned t = 1; t < TABLES; t++)
            table[t][byte] = table[t - 1][byte] >> 8 ^ table[0][table[t - 1][byte] & 0xff];
}

uint32_t hwk_crc_bytes(uint32_t crc, const unsigned char *from, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++)
        crc = crc >> 8 ^ table[0][(crc ^ from[i]) & 0xff];
    return ~crc;
}

uint32_t hwk_crc(uint32_t crc, const unsigned char *from, size_t n)
{
    crc = ~crc;
    for (; n >= 8; n -= 8, from += 8) {
        crc ^= from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
        crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^ table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^
              table[3][from[4]] ^ table[2][from[5]] ^ table[1][from[6]] ^ table[0][from[7]];
    }
    return hwk_crc_bytes(~crc, from, n);
}

#define ADD(i) (a += from[i], b += a)
#define ADD_FOUR(i) (ADD(i), ADD((i) + 1), ADD((i) + 2), ADD((i) + 3))

/* Sixteen bytes a step, as real implementations are written: a loop over single bytes is so short that its address decides its speed. */
uint32_t hwk_adler(uint32_t adler, const unsigned char *from, size_t n)
{
    uint32_t a = adler & 0xffff, b = adler >> 16;
    while (n != 0) {
        size_t block = n < BLOCK ? n : BLOCK;
        n -= block;
        for (; block >= STEP; block -= STEP, from += STEP)
            ADD_FOUR(0), ADD_FOUR(4), ADD_FOUR(8), ADD_FOUR(12);
        for (; block != 0; block--) {
            a += *from++;
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    return b << 16 | a;
}
