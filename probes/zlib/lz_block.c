/* Stands for the tree coder that a full block is handed to: folds the symbols and starts the next block. */
#include "lz.h"
#include "probe.h"

#include <stddef.h>
#include <string.h>

void hwk_flush_block(struct hwk_lz *s)
{
    if (s->keep != NULL) {
        s->keep(s);
        return;
    }
    s->sum = support_hash(s->sum, s->symbols, s->symbols_used);
    s->sum = support_hash(s->sum, s->literal_frequency, sizeof s->literal_frequency);
    s->sum = support_hash(s->sum, s->distance_frequency, sizeof s->distance_frequency);
    memset(s->literal_frequency, 0, sizeof s->literal_frequency);
    memset(s->distance_frequency, 0, sizeof s->distance_frequency);
    s->symbols_used = 0;
}

uint64_t hwk_lz_digest(const struct hwk_lz *s, uint64_t sum, uint32_t symbols_used)
{
    uint32_t from = s->sum == sum ? symbols_used : 0; /* a block was flushed since: its symbols are in the sum */
    return support_hash(s->sum, s->symbols + from, s->symbols_used - from);
}
