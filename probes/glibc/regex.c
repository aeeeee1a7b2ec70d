/* hwtune:
title = "Regular expressions"
stands_for = "regcomp and regexec: parsing, states made when first met, a table look-up a byte"
source = "glibc 2.40, posix/regcomp.c, posix/regexec.c: check_matching, transit_state, build_trtable"
datasets = ["text", "json", "binary"]
units = ["regparse.c", "regsearch.c"]
headers = ["automaton.h"]
*/
#include "automaton.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT = 8 * 1024, PATTERNS = 4 };

static const char *const patterns[PATTERNS] = {"(int|char|the|name) *[a-z_]+", "[0-9]+(.[0-9]+)?[^0-9]",
                                               "[A-Z][a-z]*ing|[a-z]+ed", "\"[^\"]*\": *[0-9tfn]+"};
static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_json, support_binary};
static unsigned dataset;
static unsigned char *input;
static char *pattern[PATTERNS];
static struct hwk_regex *regex;

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
    regex = calloc(1, sizeof *regex);
    if (input == NULL || regex == NULL || (regex->states = calloc(STATES, sizeof *regex->states)) == NULL)
        abort();
    fill[dataset](seed, input, INPUT);
    for (unsigned i = 0; i < PATTERNS; i++) {
        pattern[i] = malloc(64);
        if (pattern[i] == NULL)
            abort();
        strcpy(pattern[i], patterns[i]);
    }
}

uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < PATTERNS; i++) {
        const unsigned char *at = input, *end = input + INPUT;
        if (hwk_compile(regex, pattern[i]) != 0)
            abort();
        for (;;) { /* line by line, as grep and sed call it */
            const unsigned char *line_end = at, *found;
            while (line_end < end && *line_end != '\n')
                line_end++;
            long n = hwk_search(regex, at, line_end, &found);
            while (n > 0) {
                sum = sum * 31 + (uint64_t)(found - input) * 7 + (uint64_t)n;
                n = hwk_search(regex, found + n, line_end, &found);
            }
            if (line_end >= end)
                break;
            at = line_end + 1;
        }
    }
    return sum;
}
