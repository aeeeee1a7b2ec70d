/* hwtune:
title = "Hash table"
domain = "containers"
linkage = "library"
code = ["loop", "branchy"]
stands_for = "count keys in an open-addressing table, with FNV-1a and with a hash of eight bytes a step"
source = "G. Fowler, L. C. Noll, K.-P. Vo, FNV-1a; shaped like git's hashmap.c and klib's khash.h"
datasets = ["words", "numbers", "paths"]
units = ["hash_table.c", "hash_hash.c"]
headers = ["hash.h"]
*/
#include "hash.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS = 4096, A_CALL = KEYS / 4, SLOTS = 8192, TEXT = 160 * 1024 };

static unsigned dataset, at;
static char *text;
static const char *key[KEYS];
static uint32_t length[KEYS];
static struct hwk_hash_table table[2];

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static size_t digits(char *to, uint64_t value)
{
    size_t n = 0;
    do
        to[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    return n;
}

void probe_setup(uint64_t seed)
{
    text = malloc(TEXT);
    char *words = malloc(TEXT);
    if (text == NULL || words == NULL)
        abort();
    support_text(seed, (unsigned char *)words, TEXT);
    size_t used = 0, from = 0;
    for (unsigned i = 0; i < KEYS; i++) {
        size_t start = used;
        key[i] = text + start;
        for (unsigned parts = dataset == 2 ? 3 : 1; parts > 0; parts--) {
            if (dataset == 1) {
                used += digits(text + used, support_random(&seed) % (KEYS * 2));
                continue;
            }
            while (words[from] <= ' ')
                from = (from + 1) % TEXT;
            for (unsigned n = 0; words[from] > ' ' && n < 12; n++) {
                text[used++] = words[from];
                from = (from + 1) % TEXT;
            }
            if (parts > 1)
                text[used++] = '/';
        }
        length[i] = (uint32_t)(used - start);
    }
    free(words);
    for (unsigned i = 0; i < 2; i++) {
        table[i].entry = malloc(SLOTS * sizeof *table[i].entry);
        if (table[i].entry == NULL)
            abort();
        memset(table[i].entry, 0, SLOTS * sizeof *table[i].entry);
        table[i].mask = SLOTS - 1;
        table[i].hash = i == 0 ? hwk_hash_fnv : hwk_hash_mix;
    }
}

/* A quarter of the keys is counted in both tables; a key that ends otherwise is asked for, mostly in vain. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned t = 0; t < 2; t++)
        for (unsigned i = at; i < at + A_CALL; i++) {
            struct hwk_hash_entry *entry = hwk_hash_find(&table[t], key[i], length[i], 1);
            entry->value++;
            sum = sum * 31 + (entry->value ^ entry->hash);
            sum += hwk_hash_find(&table[t], key[i], length[i] - length[i] / 3, 0) != NULL;
        }
    at = (at + A_CALL) % KEYS;
    return sum + table[0].used;
}
