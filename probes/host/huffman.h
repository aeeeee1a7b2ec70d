/* Prefix codes of bytes. */
#ifndef HWK_HUFFMAN_H
#define HWK_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>

enum { HWK_HUFFMAN_LONGEST = 12 };

struct hwk_huffman {
    uint16_t code[256]; /* its first bit lowest */
    uint8_t length[256];
    struct {
        uint8_t byte, length;
    } entry[1 << HWK_HUFFMAN_LONGEST];
};

/* Lengths and codes for bytes of these counts. */
void hwk_huffman_make(struct hwk_huffman *h, const uint32_t *count);
/* The decoder's table. */
void hwk_huffman_table(struct hwk_huffman *h);
size_t hwk_huffman_encode(const struct hwk_huffman *h, const unsigned char *from, size_t n, unsigned char *to);
void hwk_huffman_decode(const struct hwk_huffman *h, const unsigned char *from, unsigned char *to, size_t n);

#endif
