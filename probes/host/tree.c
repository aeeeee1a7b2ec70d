/* hwtune:
title = "B-tree"
domain = "containers"
linkage = "library"
code = ["branchy", "loop"]
stands_for = "look-ups by binary search in the nodes of a B-tree, in order, at random and beside the keys that are there"
source = "R. Bayer and E. McCreight, Organization and maintenance of large ordered indexes, 1972; shaped like SQLite's btree.c and BSD's db"
datasets = ["integers", "words", "misses"]
units = ["tree_find.c", "tree_insert.c"]
headers = ["tree.h"]
*/
#include "probe.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 4096, ASKED = 4096, A_CALL = ASKED / 4, NODES = 1024, WIDE = 16 };

static unsigned dataset, at;
static unsigned char (*bytes)[WIDE], (*other)[WIDE];
static struct hwk_key asked[ASKED];
static struct hwk_tree tree;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static size_t draw_key(uint64_t *seed, const unsigned char *text, unsigned char *to)
{
    uint64_t draw = support_random(seed);
    if (dataset == 0) {
        for (unsigned i = 0; i < 8; i++)
            to[i] = (unsigned char)(i < 5 ? 0 : draw >> (8 * i));
        return 8;
    }
    memcpy(to, text + draw % 30000, WIDE);
    return 4 + (draw >> 32) % 13;
}

void probe_setup(uint64_t seed)
{
    unsigned char *text = malloc(32768);
    bytes = malloc(KEYS * WIDE);
    other = malloc(ASKED * WIDE);
    tree.pool = malloc(NODES * sizeof *tree.pool);
    if (text == NULL || bytes == NULL || other == NULL || tree.pool == NULL)
        abort();
    memset(tree.pool, 0, NODES * sizeof *tree.pool);
    tree.room = NODES;
    support_text(seed, text, 32768);
    struct hwk_key key[KEYS];
    for (unsigned i = 0; i < KEYS; i++) {
        key[i].bytes = bytes[i];
        key[i].length = draw_key(&seed, text, bytes[i]);
        hwk_tree_insert(&tree, key[i], i + 1);
    }
    for (unsigned i = 0; i < ASKED; i++) {
        asked[i] = key[support_random(&seed) % KEYS];
        if (dataset == 2) {
            memcpy(other[i], asked[i].bytes, WIDE);
            other[i][asked[i].length - 1] ^= 1;
            asked[i].bytes = other[i];
        }
    }
    free(text);
}

uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned i = at; i < at + A_CALL; i++)
        sum = sum * 31 + hwk_tree_find(&tree, asked[i]);
    at = (at + A_CALL) % ASKED;
    return sum;
}
