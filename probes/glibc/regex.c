/* hwtune:
title = "Regular expressions"
code = ["branchy", "loop"]
stands_for = "regcomp and regexec: parsing, states made when first met, a table look-up a byte"
source = "glibc 2.40, posix/regcomp.c: re_compile_fastmap, posix/regexec.c: re_search_internal, check_matching, transit_state, build_trtable"
datasets = ["text", "json", "binary"]
units = ["regparse.c", "regsearch.c"]
headers = ["automaton.h"]
*/
#include "automaton.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 2 * 1024, CHUNKS = 8, INPUT = CHUNKS * CHUNK, PATTERNS = 4 };

static const char *const patterns[PATTERNS] = {"(int|char|the|name) *[a-z_]+", "[0-9]+(.[0-9]+)?[^0-9]",
                                               "[A-Z][a-z]*ing|[a-z]+ed", "\"[^\"]*\": *[0-9tfn]+"};
static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_json, support_binary};
static unsigned dataset, chunk;
static unsigned char *input;
static char *pattern[PATTERNS];
static struct hwk_regex regex[PATTERNS];

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
    for (unsigned i = 0; i < PATTERNS; i++) {
        pattern[i] = malloc(64);
        if (pattern[i] == NULL)
            abort();
        strcpy(pattern[i], patterns[i]);
        regex[i].states = calloc(STATES, sizeof *regex[i].states);
        if (regex[i].states == NULL || hwk_compile(&regex[i], pattern[i]) != 0)
            abort();
    }
}

/* Line by line, as grep and sed call it. */
static uint64_t scan(struct hwk_regex *r, const unsigned char *at, const unsigned char *end)
{
    uint64_t sum = 0;
    for (;;) {
        const unsigned char *line_end = memchr(at, '\n', (size_t)(end - at)), *found;
        if (line_end == NULL)
            line_end = end;
        long n = hwk_search(r, at, line_end, &found);
        while (n > 0) {
            sum = sum * 31 + (uint64_t)(found - input) * 7 + (uint64_t)n;
            n = hwk_search(r, found + n, line_end, &found);
        }
        if (line_end >= end)
            return sum;
        at = line_end + 1;
    }
}

/* All patterns over the next chunk, one of them compiled again before: each is so once in 8 KiB, and forgets its states. */
uint64_t probe_run(void)
{
    const unsigned char *from = input + (size_t)chunk * CHUNK;
    uint64_t sum = 0;
    if (hwk_compile(&regex[chunk % PATTERNS], pattern[chunk % PATTERNS]) != 0)
        abort();
    for (unsigned i = 0; i < PATTERNS; i++)
        sum = sum * 31 + scan(&regex[i], from, from + CHUNK);
    chunk = (chunk + 1) % CHUNKS;
    return sum;
}
