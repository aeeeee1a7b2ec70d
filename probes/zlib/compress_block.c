/* hwtune:
title = "Huffman block output"
code = ["branchy", "loop"]
stands_for = "build_tree, scan_tree, send_tree and compress_block with a 16-bit buffer, over real blocks of symbols"
source = "zlib 1.3.1, trees.c: _tr_flush_block and what it calls"
datasets = ["text", "binary", "json"]
units = ["trees.c"]
setup = ["lz.c", "lz_setup.c", "lz_window.c", "lz_block.c", "blocks.c"]
headers = ["lz.h", "blocks.h", "trees.h"]
*/
#include "blocks.h"
#include "probe.h"
#include "trees.h"

#include <stdlib.h>

enum { INPUT = 128 * 1024, OUTPUT = 2 * INPUT };

/* No noise: zlib stores a block that does not shrink and never gets here with it. */
static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_json};
static unsigned dataset, blocks, next;
static struct hwk_block block[BLOCKS];
static struct hwk_trees *trees;
static uint8_t *output;

int probe_dataset(unsigned i)
{
    if (i >= sizeof fill / sizeof fill[0])
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    uint8_t *input = malloc(INPUT);
    output = calloc(OUTPUT, 1);
    trees = calloc(1, sizeof *trees);
    if (input == NULL || output == NULL || trees == NULL)
        abort();
    fill[dataset](seed, input, INPUT);
    blocks = hwk_blocks(input, INPUT, block);
    /* All but one data set fill several; what is left over at the end would be a call of another length. */
    if (blocks > 1 && block[blocks - 1].used != block[0].used)
        blocks--;
    free(input);
    hwk_trees_reset(trees, output);
}

/* One block, full as zlib's are; after the last the output begins again. */
uint64_t probe_run(void)
{
    uint32_t from = trees->used;
    const struct hwk_block *b = &block[next];
    int last = ++next == blocks;
    hwk_trees_block(trees, b->symbols, b->used, b->literals, b->distances, last);
    uint64_t sum = support_hash(next, output + from, trees->used - from);
    if (last) {
        next = 0;
        hwk_trees_reset(trees, output);
    }
    return sum;
}
