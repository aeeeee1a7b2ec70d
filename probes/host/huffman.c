/* hwtune:
title = "Huffman coding"
domain = "compression"
linkage = "library"
code = ["branchy", "loop"]
stands_for = "counts of bytes, code lengths by a heap, bits packed, and decoding by a table"
source = "D. A. Huffman, A method for the construction of minimum-redundancy codes, 1952; shaped like zlib's trees.c and zstd's huf_decompress.c"
datasets = ["text", "binary", "json"]
units = ["huffman_make.c", "huffman_code.c"]
headers = ["huffman.h"]
*/
#include "huffman.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 128 * 1024, PART = 16 * 1024 };

static unsigned dataset, part;
static unsigned char *in, *packed, *out;
static struct hwk_huffman *huffman;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_json};
    in = malloc(SIZE);
    packed = malloc(2 * PART + 16);
    out = malloc(PART);
    huffman = malloc(sizeof *huffman);
    if (in == NULL || packed == NULL || out == NULL || huffman == NULL)
        abort();
    fill[dataset](seed, in, SIZE);
}

uint64_t probe_run(void)
{
    const unsigned char *from = in + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint32_t count[256] = {0};
    for (size_t i = 0; i < PART; i++)
        count[from[i]]++;
    hwk_huffman_make(huffman, count);
    hwk_huffman_table(huffman);
    size_t n = hwk_huffman_encode(huffman, from, PART, packed);
    memset(packed + n, 0, 8);
    hwk_huffman_decode(huffman, packed, out, PART);
    return support_hash(support_hash(n, packed, n), out, PART);
}
