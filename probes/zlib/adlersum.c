/* Two running sums modulo 65521. */
#include "sums.h"

enum { BASE = 65521, LONGEST = 5552 /* the most bytes before the sums must be reduced */ };

#define STEP1(p, i) do { a += (p)[i]; b += a; } while (0)
#define STEP4(p, i) do { STEP1(p, i); STEP1(p, (i) + 1); STEP1(p, (i) + 2); STEP1(p, (i) + 3); } while (0)
#define STEP16(p) do { STEP4(p, 0); STEP4(p, 4); STEP4(p, 8); STEP4(p, 12); } while (0)

uint32_t hwk_adler32(uint32_t adler, const unsigned char *from, size_t n)
{
    unsigned long a = adler & 0xffff, b = (adler >> 16) & 0xffff;
    if (n < 16) {
        while (n-- != 0) {
            a += *from++;
            b += a;
        }
        if (a >= BASE)
            a -= BASE;
        b %= BASE;
        return (uint32_t)(a | (b << 16));
    }
    while (n >= LONGEST) {
        n -= LONGEST;
        unsigned steps = LONGEST / 16;
        do {
            STEP16(from);
            from += 16;
        } while (--steps != 0);
        a %= BASE;
        b %= BASE;
    }
    if (n != 0) {
        while (n >= 16) {
            n -= 16;
            STEP16(from);
            from += 16;
        }
        while (n-- != 0) {
            a += *from++;
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    return (uint32_t)(a | (b << 16));
}
