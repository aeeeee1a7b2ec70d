/* Runs a match search and keeps its blocks. Not timed. */
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

static struct hwk_block *kept;
static unsigned kept_used;

static void keep_block(struct hwk_lz *s)
{
    if (s->symbols_used == 0)
        return;
    if (kept_used == BLOCKS)
        abort();
    struct hwk_block *block = &kept[kept_used++];
    block->used = s->symbols_used;
    block->symbols = malloc(s->symbols_used);
    if (block->symbols == NULL)
        abort();
    memcpy(block->symbols, s->symbols, s->symbols_used);
    memcpy(block->literals, s->literal_frequency, sizeof block->literals);
    memcpy(block->distances, s->distance_frequency, sizeof block->distances);
    memset(s->literal_frequency, 0, sizeof s->literal_frequency);
    memset(s->distance_frequency, 0, sizeof s->distance_frequency);
    s->symbols_used = 0;
}

unsigned hwk_blocks(const uint8_t *from, uint32_t n, struct hwk_block *blocks)
{
    struct hwk_lz *s = hwk_lz_new(8, 16, 32, 32);
    kept = blocks;
    kept_used = 0;
    s->keep = keep_block;
    hwk_lz_reset(s);
    s->next_in = from;
    s->avail_in = n;
    hwk_deflate_slow(s, 1);
    free(s->window);
    free(s->prev);
    free(s->head);
    free(s->symbols);
    free(s);
    return kept_used;
}
