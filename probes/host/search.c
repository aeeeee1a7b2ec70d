/* hwtune:
title = "String scan and search"
domain = "strings"
linkage = "library"
code = ["loop", "branchy"]
stands_for = "find a substring by skips, count a byte, split at a class of bytes: grep -F, wc -l, str.find"
source = "R. N. Horspool, Practical fast searching in strings, 1980; shaped like CPython's Objects/stringlib/fastsearch.h and gnulib's kwset.c"
datasets = ["text", "json", "binary"]
units = ["search_find.c"]
headers = ["search.h"]
*/
#include "probe.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 128 * 1024, PART = 32 * 1024, NEEDLES = 8 };

static unsigned dataset, part;
static unsigned char *text;
static struct hwk_needle needle[NEEDLES];
static unsigned char class[256];

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_json, support_binary};
    text = malloc(SIZE);
    if (text == NULL)
        abort();
    fill[dataset](seed, text, SIZE);
    for (unsigned i = 0; i < NEEDLES; i++) { /* pieces of the text; every other one changed, so that it is rare */
        needle[i].length = 4 + support_random(&seed) % (HWK_SEARCH_LONGEST - 4);
        size_t from = support_random(&seed) % (SIZE - HWK_SEARCH_LONGEST);
        memcpy(needle[i].text, text + from, needle[i].length);
        if (i % 2 != 0)
            needle[i].text[needle[i].length / 2] ^= 0x15;
        hwk_search_prepare(&needle[i]);
    }
    for (unsigned byte = 0; byte < 256; byte++)
        class[byte] = byte <= ' ' || byte == '"' || byte == ',' || byte == 0xc3;
}

/* A quarter of the text: each needle is looked for, then it is split, then its lines are counted. */
uint64_t probe_run(void)
{
    const unsigned char *from = text + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    for (unsigned i = 0; i < NEEDLES; i++)
        for (size_t at = 0; at < PART; at++) {
            at += hwk_search_find(&needle[i], from + at, PART - at);
            sum = sum * 31 + at;
        }
    for (size_t at = 0; at < PART; at++) {
        size_t length = hwk_search_span(from + at, PART - at, class);
        sum += length * length;
        at += length;
    }
    return sum * 31 + hwk_search_count(from, PART, '\n');
}
