/* hwtune:
title = "Sort with a comparison callback"
domain = "containers"
linkage = "program"
code = ["calls", "branchy"]
stands_for = "quicksort of integers, of pointers to strings and of records, by a comparison through a pointer"
source = "J. L. Bentley and M. D. McIlroy, Engineering a sort function, 1993; shaped like BSD's qsort"
datasets = ["integers", "strings", "records"]
units = ["sort_quick.c"]
headers = ["sort.h", "program.h"]
*/
#include "sort.h"

enum { ARRAYS = 4, PART = 700, TEXT = 48 * 1024 };

struct record {
    uint32_t group, key;
    char name[16];
};

static unsigned dataset, array;
static size_t size;
static char *text, *fresh, *work;
static hwk_order *order;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static int by_integer(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int by_string(const void *a, const void *b)
{
    const unsigned char *p = *(const unsigned char *const *)a, *q = *(const unsigned char *const *)b;
    while (*p == *q && *p > ' ') {
        p++;
        q++;
    }
    return (*p > ' ' ? *p : 0) - (*q > ' ' ? *q : 0);
}

static int by_record(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

void probe_setup(uint64_t seed)
{
    size = dataset == 0 ? sizeof(uint32_t) : dataset == 1 ? sizeof(char *) : sizeof(struct record);
    order = dataset == 0 ? by_integer : dataset == 1 ? by_string : by_record;
    text = malloc(TEXT + 1);
    fresh = malloc(ARRAYS * PART * size);
    work = malloc(PART * size);
    if (text == NULL || fresh == NULL || work == NULL)
        abort();
    support_text(seed, (unsigned char *)text, TEXT);
    text[TEXT] = 0;
    for (unsigned i = 0; i < ARRAYS * PART; i++) {
        uint64_t draw = support_random(&seed);
        uint32_t key = (uint32_t)draw % 100000;
        struct record record = {(uint32_t)(draw >> 40) % 12, key, ""};
        memcpy(record.name, text + draw % (TEXT - 16), sizeof record.name);
        size_t from = draw % TEXT;
        while (from != 0 && text[from - 1] > ' ')
            from--;
        const char *string = text + from;
        const void *element = dataset == 0 ? (const void *)&key : dataset == 1 ? (const void *)&string : (const void *)&record;
        memcpy(fresh + i * size, element, size);
    }
}

uint64_t probe_run(void)
{
    memcpy(work, fresh + array * PART * size, PART * size);
    array = (array + 1) % ARRAYS;
    hwk_quicksort(work, PART, size, order);
    uint64_t sum = 0;
    if (dataset != 1)
        return support_hash(sum, work, PART * size);
    for (unsigned i = 0; i < PART; i++) { /* equal words may stand in any order, so what they say counts and not where they are */
        const unsigned char *p = ((const unsigned char **)(void *)work)[i];
        sum = sum * 31 + p[0] * 256u + (p[0] > ' ' ? p[1] : 0u);
    }
    return sum;
}
