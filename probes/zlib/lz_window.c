/* Fills a match search's window and slides it. Built as a driver is: flags move slide_hash in a kernel of its own. */
#include "lz.h"

#include <string.h>

static void slide(struct hwk_lz *s)
{
    uint16_t *p = s->head + HASH_SIZE;
    unsigned n = HASH_SIZE;
    do {
        unsigned position = *--p;
        *p = (uint16_t)(position >= WINDOW ? position - WINDOW : 0);
    } while (--n);
    p = s->prev + WINDOW;
    n = WINDOW;
    do {
        unsigned position = *--p;
        *p = (uint16_t)(position >= WINDOW ? position - WINDOW : 0);
    } while (--n);
}

void hwk_fill_window(struct hwk_lz *s)
{
    do {
        uint32_t room = 2 * WINDOW - s->lookahead - s->start;
        if (s->start >= WINDOW + MAX_DISTANCE) {
            memcpy(s->window, s->window + WINDOW, WINDOW);
            s->match_start -= WINDOW;
            s->start -= WINDOW;
            slide(s);
            room += WINDOW;
        }
        if (s->avail_in == 0)
            break;
        uint32_t take = s->avail_in < room ? s->avail_in : room;
        memcpy(s->window + s->start + s->lookahead, s->next_in, take);
        s->next_in += take;
        s->avail_in -= take;
        s->lookahead += take;
        if (s->start == 0 && s->lookahead >= MIN_MATCH)
            s->hash = (((uint32_t)s->window[0] << s->hash_shift) ^ s->window[1]) & s->hash_mask;
    } while (s->lookahead < MIN_LOOKAHEAD && s->avail_in != 0);
}
