/* Copies literals and repeats; a repeat may reach into what it writes. */
#include "lz.h"

#include <string.h>

size_t hwk_lz_unpack(const unsigned char *from, size_t n, unsigned char *to, size_t room)
{
    const unsigned char *end = from + n;
    size_t at = 0;
    while (from < end) {
        size_t run = *from++;
        if (run < 128) {
            if (run > (size_t)(end - from) || run > room - at)
                return at;
            memcpy(to + at, from, run);
            from += run;
            at += run;
            continue;
        }
        if (end - from < 3)
            return at;
        size_t length = from[0] + (size_t)4, distance = from[1] | (size_t)from[2] << 8;
        from += 3;
        if (distance == 0 || distance > at || length > room - at)
            return at;
        unsigned char *p = to + at;
        const unsigned char *q = p - distance;
        at += length;
        if (distance >= 8)
            for (; length >= 8; length -= 8, p += 8, q += 8) {
                uint64_t eight;
                memcpy(&eight, q, sizeof eight);
                memcpy(p, &eight, sizeof eight);
            }
        while (length-- != 0)
            *p++ = *q++;
    }
    return at;
}
