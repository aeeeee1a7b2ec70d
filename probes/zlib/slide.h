/* Hash chains over a window, for the sliding alone. */
#ifndef HWK_SLIDE_H
#define HWK_SLIDE_H

#include <stdint.h>

enum { SLIDE_WINDOW = 1 << 15, SLIDE_HASH = 1 << 15 };

struct hwk_chains {
    uint16_t *head, *prev;
    unsigned window_size, hash_size;
};

__attribute__((visibility("hidden"))) void hwk_slide(struct hwk_chains *chains);

#endif
