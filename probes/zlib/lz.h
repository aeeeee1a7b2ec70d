/* The state of the match searches, laid out as a deflate stream keeps it. */
#ifndef HWK_LZ_H
#define HWK_LZ_H

#include <stdint.h>

/* A macro in zlib, expanded at -Os as well. */
#define HWK_MACRO static inline __attribute__((always_inline))

enum {
    WINDOW_BITS = 15,
    WINDOW = 1 << WINDOW_BITS,
    WINDOW_MASK = WINDOW - 1,
    HASH_BITS = 15,
    HASH_SIZE = 1 << HASH_BITS,
    HASH_MASK = HASH_SIZE - 1,
    HASH_SHIFT = (HASH_BITS + 2) / 3,
    MIN_MATCH = 3,
    MAX_MATCH = 258,
    MIN_LOOKAHEAD = MAX_MATCH + MIN_MATCH + 1,
    MAX_DISTANCE = WINDOW - MIN_LOOKAHEAD,
    TOO_FAR = 4096,
    SYMBOLS = 16383, /* a block is flushed after so many literals and matches: memLevel 8 */
    LITERALS = 286,
    DISTANCES = 30
};

struct hwk_lz {
    const uint8_t *next_in;
    uint32_t avail_in;

    uint8_t *window; /* 2 * WINDOW bytes, and MAX_MATCH more that a search may read */
    uint16_t *prev;  /* WINDOW links: the position with the same hash before this one */
    uint16_t *head;  /* HASH_SIZE chains */

    uint32_t hash, hash_mask, hash_shift;
    uint32_t window_size, window_mask;
    /* In zlib's order: what lies side by side may be stored together. */
    uint32_t match_length, previous_match;
    int match_available;
    uint32_t start, match_start, lookahead;
    uint32_t previous_length, max_chain, max_lazy, good_length, nice_length;

    uint16_t literal_frequency[LITERALS];
    uint16_t distance_frequency[DISTANCES];
    uint8_t *symbols; /* three bytes each: distance, low and high, and length or literal */
    uint32_t symbols_used, symbols_end;

    uint64_t sum; /* over the blocks flushed */
    void (*keep)(struct hwk_lz *s); /* takes each block where one is set: see blocks.c */
};

/* Called for each full block and at the end; resets the symbols. In a unit of its own, as tree coding is. */
__attribute__((visibility("hidden"))) void hwk_flush_block(struct hwk_lz *s);

/* Reads on until there is enough to search, or no more. */
__attribute__((visibility("hidden"))) void hwk_fill_window(struct hwk_lz *s);

__attribute__((visibility("hidden"))) void hwk_lz_reset(struct hwk_lz *s);

/* Search what next_in and avail_in name. Without `finish` they return when too little is left to search, and go on with more
 * input. Exported, as deflate() is. */
__attribute__((visibility("default"))) void hwk_deflate_fast(struct hwk_lz *s, int finish);
__attribute__((visibility("default"))) void hwk_deflate_slow(struct hwk_lz *s, int finish);

/* Driver's: folds the symbols found since there were `symbols_used` of them and the sum was `sum`. */
__attribute__((visibility("hidden"))) uint64_t hwk_lz_digest(const struct hwk_lz *s, uint64_t sum, uint32_t symbols_used);

/* Driver's: allocates the state once and sets the search's limits. */
__attribute__((visibility("hidden"))) struct hwk_lz *hwk_lz_new(uint32_t good, uint32_t lazy, uint32_t nice,
                                                               uint32_t chain);

#endif
