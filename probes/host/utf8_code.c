/* Validation by byte ranges, eight ASCII bytes at a time; decoding and encoding a character. */
#include "utf8.h"

#include <string.h>

/* Bytes of the valid character that begins here; 0 where none does. */
static size_t length(const unsigned char *p, size_t n)
{
    unsigned char first = p[0], low = 0x80, high = 0xbf;
    if (first < 0x80)
        return 1;
    size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || size > n)
        return 0;
    switch (first) {
    case 0xe0: low = 0xa0; break;
    case 0xed: high = 0x9f; break;
    case 0xf0: low = 0x90; break;
    case 0xf4: high = 0x8f; break;
    }
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

size_t hwk_utf8_valid(const unsigned char *text, size_t n)
{
    size_t at = 0;
    while (at < n) {
        uint64_t eight;
        while (n - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) != 0)
                break;
            at += sizeof eight;
        }
        if (at == n)
            break;
        size_t one = length(text + at, n - at);
        if (one == 0)
            break;
        at += one;
    }
    return at;
}

size_t hwk_utf8_decode(const unsigned char *text, size_t n, uint32_t *character)
{
    size_t size = length(text, n);
    if (size <= 1) {
        *character = size == 0 ? 0xfffd : text[0];
        return 1;
    }
    uint32_t value = text[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++)
        value = value << 6 | (text[i] & 0x3f);
    *character = value;
    return size;
}

size_t hwk_utf8_encode(uint32_t character, unsigned char *to)
{
    if (character < 0x80) {
        to[0] = (unsigned char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        to[i] = (unsigned char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    to[0] = (unsigned char)(0xf00u >> size | character);
    return size;
}
