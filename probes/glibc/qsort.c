/* hwtune:
title = "qsort"
code = ["calls"]
stands_for = "msort_with_tmp with a comparison through a pointer: words, pointers to strings, records"
source = "glibc 2.40, stdlib/qsort.c (msort_with_tmp, indirect sort above 32 bytes)"
datasets = ["integers", "strings", "records", "nearly-sorted"]
units = ["mergesort.c"]
headers = ["sort.h"]
*/
#include "probe.h"
#include "sort.h"

#include <stdlib.h>
#include <string.h>

enum { ARRAYS = 4, PART = 1024, ELEMENTS = ARRAYS * PART, TEXT = 64 * 1024 };

struct record {
    uint32_t key, group;
    char name[32];
    double weight;
};

static unsigned dataset, array;
static char *text, *fresh, *work, *temporary;
static size_t size;
static hwk_compare *compare;

int probe_dataset(unsigned i)
{
    if (i > 3)
        return 1;
    dataset = i;
    return 0;
}

static int by_integer(const void *a, const void *b, void *context)
{
    uint32_t x, y;
    (void)context;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Strings are offsets into the text; a newline or a space ends one. */
static int by_string(const void *a, const void *b, void *context)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    const char *p = (const char *)context + x, *q = (const char *)context + y;
    while (*p == *q && *p > ' ') {
        p++;
        q++;
    }
    return (*p > ' ' ? *p : 0) - (*q > ' ' ? *q : 0);
}

static int by_record(const void *a, const void *b, void *context)
{
    const struct record *x = a, *y = b;
    (void)context;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

void probe_setup(uint64_t seed)
{
    size = dataset == 1 ? 8 : dataset == 2 ? sizeof(struct record) : 4;
    compare = dataset == 1 ? by_string : dataset == 2 ? by_record : by_integer;
    text = malloc(TEXT + 1);
    fresh = malloc(ELEMENTS * size);
    work = malloc(PART * size);
    temporary = malloc(PART * (size + 16) + size);
    if (text == NULL || fresh == NULL || work == NULL || temporary == NULL)
        abort();
    support_text(seed, (unsigned char *)text, TEXT);
    text[TEXT] = 0;
    uint64_t at = 0;
    for (uint32_t i = 0; i < ELEMENTS; i++) {
        uint64_t draw = support_random(&seed);
        uint32_t key = (uint32_t)draw;
        struct record record = {key % 5000, (uint32_t)(draw >> 40) % 16, "", (double)key};
        while (at + 1 < TEXT && text[at] <= ' ')
            at++;
        switch (dataset) {
        case 0:
            memcpy(fresh + i * 4, &key, 4);
            break;
        case 1:
            memcpy(fresh + i * 8, &at, 8);
            break;
        case 2:
            memcpy(record.name, text + at % (TEXT - 32), 31);
            memcpy(fresh + i * size, &record, size);
            break;
        default:
            key = draw % 50 == 0 ? key % PART : i % PART;
            memcpy(fresh + i * 4, &key, 4);
        }
        while (at + 1 < TEXT && text[at] > ' ')
            at++;
    }
}

/* One array, the next with the next call. Four of 1024 elements instead of one of 4096, which would take half a millisecond: the
 * two longest merges of twelve are lost, and with them what does not fit into the first cache. */
uint64_t probe_run(void)
{
    memcpy(work, fresh + array * PART * size, PART * size);
    array = (array + 1) % ARRAYS;
    hwk_sort(work, PART, size, compare, text, temporary);
    return support_hash(dataset, work, PART * size);
}
