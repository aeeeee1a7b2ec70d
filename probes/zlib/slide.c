/* Moves every link of the chains down by one window. Sizes are fields, as in a stream: unknown when compiled. */
#include "slide.h"

void hwk_slide(struct hwk_chains *chains)
{
    unsigned size = chains->window_size;
    unsigned n = chains->hash_size;
    uint16_t *p = chains->head + n;
    do {
        unsigned position = *--p;
        *p = (uint16_t)(position >= size ? position - size : 0);
    } while (--n != 0);
    n = size;
    p = chains->prev + n;
    do {
        unsigned position = *--p;
        *p = (uint16_t)(position >= size ? position - size : 0);
    } while (--n != 0);
}
