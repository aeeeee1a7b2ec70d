/* Bits from the lowest up, four symbols a refill where they are decoded. */
#include "huffman.h"

#include <string.h>

void hwk_huffman_table(struct hwk_huffman *h)
{
    memset(h->entry, 0, sizeof h->entry);
    for (unsigned byte = 0; byte < 256; byte++)
        if (h->length[byte] != 0)
            for (unsigned at = h->code[byte]; at < 1u << HWK_HUFFMAN_LONGEST; at += 1u << h->length[byte]) {
                h->entry[at].byte = (uint8_t)byte;
                h->entry[at].length = h->length[byte];
            }
}

size_t hwk_huffman_encode(const struct hwk_huffman *h, const unsigned char *from, size_t n, unsigned char *to)
{
    unsigned char *start = to;
    uint64_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        bits |= (uint64_t)h->code[from[i]] << have;
        have += h->length[from[i]];
        while (have >= 8) {
            *to++ = (unsigned char)bits;
            bits >>= 8;
            have -= 8;
        }
    }
    if (have != 0)
        *to++ = (unsigned char)bits;
    return (size_t)(to - start);
}

void hwk_huffman_decode(const struct hwk_huffman *h, const unsigned char *from, unsigned char *to, size_t n)
{
    uint64_t at = 0;
    for (size_t i = 0; i < n;) {
        uint64_t bits = 0;
        for (unsigned byte = 0; byte < 8; byte++)
            bits |= (uint64_t)from[at / 8 + byte] << (8 * byte);
        bits >>= at % 8;
        for (unsigned step = 0; step < 4 && i < n; step++) {
            unsigned index = bits & ((1u << HWK_HUFFMAN_LONGEST) - 1);
            to[i++] = h->entry[index].byte;
            bits >>= h->entry[index].length;
            at += h->entry[index].length;
        }
    }
}
