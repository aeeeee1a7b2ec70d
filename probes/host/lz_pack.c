/* The longest of the last eight places with the same three bytes. */
#include "lz.h"

#include <string.h>

enum { CHAIN = 8, SHORTEST = 4, LONGEST = 255 + SHORTEST };

static uint32_t hash(const unsigned char *p)
{
    uint32_t three = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    return three * UINT32_C(2654435761) >> (32 - HWK_LZ_BITS);
}

static size_t match(const unsigned char *a, const unsigned char *b, const unsigned char *end)
{
    const unsigned char *start = b;
    while (end - b >= 8) {
        uint64_t x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        if (x != y)
            break;
        a += 8;
        b += 8;
    }
    while (b < end && *a == *b) {
        a++;
        b++;
    }
    return (size_t)(b - start);
}

static unsigned char *literals(unsigned char *to, const unsigned char *from, size_t n)
{
    while (n != 0) {
        size_t run = n < 127 ? n : 127;
        *to++ = (unsigned char)run;
        memcpy(to, from, run);
        to += run;
        from += run;
        n -= run;
    }
    return to;
}

size_t hwk_lz_pack(struct hwk_lz *lz, const unsigned char *from, size_t n, unsigned char *to)
{
    unsigned char *start = to;
    size_t at = 0, kept = 0;
    memset(lz->head, 0, sizeof lz->head);
    while (at + SHORTEST < n) {
        uint32_t slot = hash(from + at);
        size_t place = lz->head[slot], best = 0, length = SHORTEST - 1;
        const unsigned char *end = from + (n - at < LONGEST ? n : at + LONGEST);
        for (unsigned i = 0; i < CHAIN && place != 0; i++) {
            size_t found = match(from + place - 1, from + at, end);
            if (found > length) {
                length = found;
                best = place;
            }
            place = lz->before[place];
        }
        size_t step = best != 0 ? length : 1;
        if (best != 0) {
            size_t distance = at - (best - 1);
            to = literals(to, from + kept, at - kept);
            *to++ = 128;
            *to++ = (unsigned char)(length - SHORTEST);
            *to++ = (unsigned char)distance;
            *to++ = (unsigned char)(distance >> 8);
            kept = at + length;
        }
        for (; step != 0; step--, at++)
            if (at + 3 <= n) {
                slot = hash(from + at);
                lz->before[at + 1] = lz->head[slot];
                lz->head[slot] = (uint16_t)(at + 1);
            }
    }
    return (size_t)(literals(to, from + kept, n - kept) - start);
}
