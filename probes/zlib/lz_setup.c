/* Allocates a match search's state. Not timed. */
#include "lz.h"

#include <stdlib.h>

struct hwk_lz *hwk_lz_new(uint32_t good, uint32_t lazy, uint32_t nice, uint32_t chain)
{
    struct hwk_lz *s = calloc(1, sizeof *s);
    if (s == NULL)
        abort();
    s->window = calloc(2 * WINDOW + MAX_MATCH + 8, 1);
    s->prev = calloc(WINDOW, sizeof *s->prev);
    s->head = calloc(HASH_SIZE, sizeof *s->head);
    s->symbols = malloc(3 * (size_t)SYMBOLS + 3);
    if (s->window == NULL || s->prev == NULL || s->head == NULL || s->symbols == NULL)
        abort();
    s->window_size = WINDOW;
    s->window_mask = WINDOW_MASK;
    s->hash_shift = HASH_SHIFT;
    s->hash_mask = HASH_MASK;
    s->symbols_end = 3 * SYMBOLS;
    s->good_length = good;
    s->max_lazy = lazy;
    s->nice_length = nice;
    s->max_chain = chain;
    return s;
}
