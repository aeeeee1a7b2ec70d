/* hwtune:
title = "Window sliding"
code = ["loop"]
stands_for = "slide_hash: every link of the chains moved down by one window"
source = "zlib 1.3.1, deflate.c: slide_hash"
datasets = ["full", "half", "sparse"]
units = ["slide.c"]
headers = ["slide.h"]
*/
#include "probe.h"
#include "slide.h"

#include <stdlib.h>
#include <string.h>

static unsigned dataset;
static struct hwk_chains chains;
static uint16_t *fresh_head, *fresh_prev;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* How many of 16 chains hold a position: a window of text fills nearly all, a short or repetitive one few. */
static const unsigned filled[3] = {15, 8, 2};

static void fill(uint64_t *seed, uint16_t *to, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t draw = support_random(seed);
        to[i] = (draw & 15) < filled[dataset] ? (uint16_t)(draw >> 16) : 0;
    }
}

void probe_setup(uint64_t seed)
{
    chains.head = malloc(SLIDE_HASH * sizeof *chains.head);
    chains.prev = malloc(SLIDE_WINDOW * sizeof *chains.prev);
    fresh_head = malloc(SLIDE_HASH * sizeof *fresh_head);
    fresh_prev = malloc(SLIDE_WINDOW * sizeof *fresh_prev);
    if (chains.head == NULL || chains.prev == NULL || fresh_head == NULL ||
        fresh_prev == NULL)
        abort();
    chains.window_size = SLIDE_WINDOW;
    chains.hash_size = SLIDE_HASH;
    fill(&seed, fresh_head, SLIDE_HASH);
    fill(&seed, fresh_prev, SLIDE_WINDOW);
}

uint64_t probe_run(void)
{
    memcpy(chains.head, fresh_head, SLIDE_HASH * sizeof *fresh_head);
    memcpy(chains.prev, fresh_prev, SLIDE_WINDOW * sizeof *fresh_prev);
    hwk_slide(&chains);
    uint64_t sum = support_hash(dataset, chains.head, SLIDE_HASH * sizeof *chains.head);
    sum = support_hash(sum, chains.prev, SLIDE_WINDOW * sizeof *chains.prev);
    hwk_slide(&chains); /* positions of the lower window become none */
    for (unsigned i = 0; i < SLIDE_HASH; i += 64)
        sum += chains.head[i] + chains.prev[i];
    return sum;
}
