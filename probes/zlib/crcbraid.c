/* CRC-32 over several independent braids of words, so that the table look-ups of one overlap those of the others. */
#include "sums.h"

enum { BRAIDS = 5, WORD = 8 };

#define POLYNOMIAL UINT32_C(0xedb88320)

static uint32_t byte_table[256];
static uint32_t braid_table[WORD][256];

/* a(x) times b(x), modulo the polynomial. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t m = UINT32_C(1) << 31, product = 0;
    for (;;) {
        if (a & m) {
            product ^= b;
            if ((a & (m - 1)) == 0)
                return product;
        }
        m >>= 1;
        b = b & 1 ? (b >> 1) ^ POLYNOMIAL : b >> 1;
    }
}

/* x to the power n, modulo the polynomial. */
static uint32_t power(uint64_t n)
{
    uint32_t result = UINT32_C(1) << 31, square = UINT32_C(1) << 30;
    for (; n != 0; n >>= 1) {
        if (n & 1)
            result = multiply(square, result);
        square = multiply(square, square);
    }
    return result;
}

void hwk_crc_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        byte_table[i] = crc;
    }
    for (unsigned k = 0; k < WORD; k++) {
        uint32_t step = power(8 * (uint64_t)(BRAIDS * WORD + 3 - k));
        braid_table[k][0] = 0;
        for (uint32_t i = 1; i < 256; i++)
            braid_table[k][i] = multiply(i << 24, step);
    }
}

static uint32_t crc_word(uint64_t data)
{
    for (int k = 0; k < WORD; k++)
        data = (data >> 8) ^ byte_table[data & 0xff];
    return (uint32_t)data;
}

#define ONE_BYTE (crc = (crc >> 8) ^ byte_table[(crc ^ *from++) & 0xff])

/* Little-endian words, as on every x86. The running value is an unsigned long in zlib too: half of its bits are always 0, which the
 * compiler does not know. */
unsigned long hwk_crc32(unsigned long crc, const unsigned char *from, size_t n)
{
    if (from == NULL)
        return 0;
    crc = ~crc & 0xffffffff;
    if (n >= BRAIDS * WORD + WORD - 1) {
        size_t blocks;
        const uint64_t *words;
        int k;
        while (n != 0 && ((size_t)from & (WORD - 1)) != 0) {
            n--;
            ONE_BYTE;
        }
        blocks = n / (BRAIDS * WORD);
        n -= blocks * BRAIDS * WORD;
        words = (const uint64_t *)from;
        /* In zlib's order of declaration: the loop has more values than the CPU has registers, and gcc gives them out by it. */
        uint32_t crc0;
        uint64_t word0;
        uint32_t crc1;
        uint64_t word1;
        uint32_t crc2;
        uint64_t word2;
        uint32_t crc3;
        uint64_t word3;
        uint32_t crc4;
        uint64_t word4;
        crc0 = (uint32_t)crc;
        crc1 = 0;
        crc2 = 0;
        crc3 = 0;
        crc4 = 0;
        while (--blocks != 0) {
            word0 = crc0 ^ words[0];
            word1 = crc1 ^ words[1];
            word2 = crc2 ^ words[2];
            word3 = crc3 ^ words[3];
            word4 = crc4 ^ words[4];
            words += BRAIDS;
            crc0 = braid_table[0][word0 & 0xff];
            crc1 = braid_table[0][word1 & 0xff];
            crc2 = braid_table[0][word2 & 0xff];
            crc3 = braid_table[0][word3 & 0xff];
            crc4 = braid_table[0][word4 & 0xff];
            /* One loop over all braids: what becomes of it decides the speed. */
            for (k = 1; k < WORD; k++) {
                crc0 ^= braid_table[k][(word0 >> (k << 3)) & 0xff];
                crc1 ^= braid_table[k][(word1 >> (k << 3)) & 0xff];
                crc2 ^= braid_table[k][(word2 >> (k << 3)) & 0xff];
                crc3 ^= braid_table[k][(word3 >> (k << 3)) & 0xff];
                crc4 ^= braid_table[k][(word4 >> (k << 3)) & 0xff];
            }
        }
        crc = crc_word(crc0 ^ words[0]);
        crc = crc_word(crc1 ^ words[1] ^ crc);
        crc = crc_word(crc2 ^ words[2] ^ crc);
        crc = crc_word(crc3 ^ words[3] ^ crc);
        crc = crc_word(crc4 ^ words[4] ^ crc);
        from = (const unsigned char *)(words + BRAIDS);
    }
    while (n >= 8) {
        n -= 8;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
        ONE_BYTE;
    }
    while (n != 0) {
        n--;
        ONE_BYTE;
    }
    return crc ^ 0xffffffff;
}
