/* hwtune:
title = "Inflate"
code = ["branchy", "loop"]
stands_for = "inflate_fast, inflate_table and the reading of block headers"
source = "zlib 1.3.1, inffast.c, inftrees.c, inflate.c"
datasets = ["text", "binary", "json"]
units = ["inffast.c", "inftable.c", "inflate.c"]
setup = ["lz.c", "lz_setup.c", "lz_window.c", "lz_block.c", "blocks.c", "trees.c"]
headers = ["lz.h", "blocks.h", "trees.h", "inflate.h"]
*/
#include "blocks.h"
#include "inflate.h"
#include "probe.h"
#include "trees.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT = 96 * 1024, CALLS = 4, CHUNK = INPUT / CALLS, SLACK = 512 };

static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_json};
static unsigned dataset;
static uint8_t *stream, *output;
static uint32_t stream_length;
static struct hwk_inflate *state;
static unsigned chunk;

int probe_dataset(unsigned i)
{
    if (i >= sizeof fill / sizeof fill[0])
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static struct hwk_block block[BLOCKS];
    uint8_t *input = malloc(INPUT);
    struct hwk_trees *trees = calloc(1, sizeof *trees);
    stream = calloc(2 * INPUT, 1);
    output = calloc(INPUT + SLACK, 1);
    state = calloc(1, sizeof *state);
    if (input == NULL || trees == NULL || stream == NULL || output == NULL || state == NULL)
        abort();
    fill[dataset](seed, input, INPUT);
    unsigned blocks = hwk_blocks(input, INPUT, block);
    hwk_trees_reset(trees, stream);
    for (unsigned i = 0; i < blocks; i++) {
        hwk_trees_block(trees, block[i].symbols, block[i].used, block[i].literals, block[i].distances,
                        i + 1 == blocks);
        free(block[i].symbols);
    }
    stream_length = trees->used + SLACK;
    free(trees);
    /* A kernel that decodes to something else measures nothing. */
    hwk_inflate_begin(state, stream, stream_length, output);
    if (hwk_inflate(state, output + INPUT + 1) != 1 || (size_t)(state->next_out - output) != INPUT ||
        memcmp(output, input, INPUT) != 0)
        abort();
    free(input);
    hwk_inflate_begin(state, stream, stream_length, output);
}

/* A quarter of the stream, then the next; the last goes on to its end, which comes after the last byte. */
uint64_t probe_run(void)
{
    const uint8_t *from = state->next_out;
    int last = ++chunk == CALLS;
    int result = hwk_inflate(state, output + (size_t)chunk * CHUNK + (last ? 1 : 0));
    uint64_t sum = support_hash((uint64_t)result, from, (size_t)(state->next_out - from));
    if (last) {
        chunk = 0;
        hwk_inflate_begin(state, stream, stream_length, output);
    }
    return sum;
}
