/* Blocks of symbols that a match search found, kept as inputs. */
#ifndef HWK_BLOCKS_H
#define HWK_BLOCKS_H

#include "lz.h"

#include <stddef.h>

enum { BLOCKS = 16 };

struct hwk_block {
    uint8_t *symbols;
    uint32_t used;
    uint16_t literals[LITERALS], distances[DISTANCES];
};

/* Searches n bytes at level 5, whose blocks hardly differ from those of 6 and take half the time, and fills `blocks`; returns how many. Aborts if there are more than BLOCKS. */
__attribute__((visibility("hidden"))) unsigned hwk_blocks(const uint8_t *from, uint32_t n, struct hwk_block *blocks);

#endif
