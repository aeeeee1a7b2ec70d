/* hwtune:
title = "Match search, greedy (level 1)"
code = ["branchy", "loop"]
stands_for = "deflate_fast with longest_match at level 1, the window filled and slid outside"
source = "zlib 1.3.1, deflate.c: deflate_fast, longest_match; configuration_table level 1"
datasets = ["text", "binary", "noise", "json"]
units = ["lz.c"]
setup = ["lz_setup.c", "lz_window.c", "lz_block.c"]
headers = ["lz.h"]
*/
#include "lz.h"
#include "probe.h"

#include <stdlib.h>

enum { INPUT = 256 * 1024, CHUNK = 8 * 1024 };

static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise,
                                                                  support_json};
static unsigned dataset;
static struct hwk_lz *state;
static uint8_t *input;
static size_t at;

int probe_dataset(unsigned i)
{
    if (i >= sizeof fill / sizeof fill[0])
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    input = malloc(INPUT);
    if (input == NULL)
        abort();
    fill[dataset](seed, input, INPUT);
    state = hwk_lz_new(4, 4, 8, 4);
    hwk_lz_reset(state);
}

/* The next chunk of a stream: the window slides as it does in a long file. At the input's end it is finished and started again. */
uint64_t probe_run(void)
{
    uint64_t before = state->sum;
    uint32_t used = state->symbols_used;
    int last = at + CHUNK == INPUT;
    state->next_in = input + at;
    state->avail_in = CHUNK;
    hwk_deflate_fast(state, last);
    uint64_t sum = hwk_lz_digest(state, before, used);
    at = last ? 0 : at + CHUNK;
    if (last)
        hwk_lz_reset(state);
    return sum;
}
