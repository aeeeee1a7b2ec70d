/* Block output: Huffman trees of a block's symbols and the bits they become, in the DEFLATE format (RFC 1951). */
#ifndef HWK_TREES_H
#define HWK_TREES_H

#include <stdint.h>

/* A macro in zlib, expanded at -Os as well. */
#define HWK_MACRO static inline __attribute__((always_inline))

enum {
    TREE_LITERALS = 286,
    TREE_DISTANCES = 30,
    TREE_LENGTHS = 19,
    TREE_HEAP = 2 * TREE_LITERALS + 1,
    MAX_BITS = 15,
    END_OF_BLOCK = 256
};

/* Before the tree is built: frequency and parent; afterwards: code and length. */
struct hwk_node {
    union {
        uint16_t frequency, code;
    } a;
    union {
        uint16_t parent, length;
    } b;
};

struct hwk_trees {
    uint8_t *out; /* room for whatever a block becomes */
    uint32_t used;
    uint16_t bit_buffer;
    int bits;

    struct hwk_node literal_tree[TREE_HEAP];
    struct hwk_node distance_tree[2 * TREE_DISTANCES + 1];
    struct hwk_node length_tree[2 * TREE_LENGTHS + 1];

    uint16_t length_count[MAX_BITS + 1];
    int heap[TREE_HEAP];
    int heap_length, heap_max;
    uint8_t depth[TREE_HEAP];
};

__attribute__((visibility("hidden"))) void hwk_trees_reset(struct hwk_trees *t, uint8_t *out);

/* Codes one block: `symbols` are three bytes each (distance low and high, literal or length less 3), and the
 * frequencies are those of its literals, lengths and distances. */
__attribute__((visibility("default"))) void hwk_trees_block(struct hwk_trees *t, const uint8_t *symbols,
                                                           uint32_t symbols_used, const uint16_t *literals,
                                                           const uint16_t *distances, int last);

#endif
