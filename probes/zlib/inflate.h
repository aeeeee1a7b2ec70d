/* Decoding of DEFLATE blocks (RFC 1951) by table. */
#ifndef HWK_INFLATE_H
#define HWK_INFLATE_H

#include <stdint.h>

/* A macro in zlib, expanded at -Os as well. */
#define HWK_MACRO static inline __attribute__((always_inline))

enum { LITERAL_BITS = 9, DISTANCE_BITS = 6, LITERAL_TABLE = 852, DISTANCE_TABLE = 592 };

/* One entry of a decoding table. op: 0 literal; 16 + extra bits: length or distance base; 32: end of block;
 * 64: invalid; else the bits of a second-level table that starts at val. */
struct hwk_entry {
    uint8_t op, bits;
    uint16_t val;
};

struct hwk_inflate {
    const uint8_t *next_in, *end_in;
    uint8_t *next_out, *begin_out, *end_out;
    uint64_t hold;
    unsigned bits;
    int in_block, last; /* between calls: whether a block goes on, and whether it is the last */
    unsigned literal_bits, distance_bits;
    struct hwk_entry literal[LITERAL_TABLE], distance[DISTANCE_TABLE];
};

enum hwk_kind { HWK_LENGTHS, HWK_LITERALS, HWK_DISTANCES };

/* Builds a table from code lengths; returns 0, or -1 if the lengths are no prefix code. `bits` comes in as the
 * wanted root size and leaves as the one made. */
__attribute__((visibility("hidden"))) int hwk_inflate_table(enum hwk_kind kind, const uint16_t *lengths,
                                                           unsigned codes, struct hwk_entry *table, unsigned room,
                                                           unsigned *bits, uint16_t *work);

/* Decodes the symbols of one block; returns 0 at its end, 1 where the output's is reached, -1 on bad data. Input and output
 * have slack. */
__attribute__((visibility("hidden"))) int hwk_inflate_fast(struct hwk_inflate *s, unsigned literal_bits,
                                                          unsigned distance_bits);

__attribute__((visibility("hidden"))) void hwk_inflate_begin(struct hwk_inflate *s, const uint8_t *from, uint32_t n,
                                                            uint8_t *to);

/* Goes on to `end` of the output or a match beyond it, of at most 258 bytes; returns 0 there, 1 at the end of the stream, -1
 * on bad data. */
__attribute__((visibility("default"))) int hwk_inflate(struct hwk_inflate *s, uint8_t *end);

#endif
