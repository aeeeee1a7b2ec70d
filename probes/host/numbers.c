/* hwtune:
title = "Number formatting"
domain = "parsing"
linkage = "library"
code = ["branchy"]
stands_for = "integers to decimal two digits at a time, fixed-point numbers with a point, both read again"
source = "shaped like Redis' util.c (ll2string, string2ll) and SQLite's printf.c"
datasets = ["small", "wide", "prices"]
units = ["numbers_code.c"]
headers = ["numbers.h"]
*/
#include "numbers.h"
#include "probe.h"

#include <stdlib.h>

enum { COUNT = 8192, A_CALL = COUNT / 4, WIDEST = 32 };

static unsigned dataset, at;
static int64_t *number;
static char *text;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    number = malloc(COUNT * sizeof *number);
    text = malloc(A_CALL * WIDEST);
    if (number == NULL || text == NULL)
        abort();
    for (unsigned i = 0; i < COUNT; i++) {
        uint64_t draw = support_random(&seed);
        int64_t value = (int64_t)(dataset == 0 ? draw >> (50 + draw % 14) : dataset == 1 ? draw >> (1 + draw % 40) : draw >> 38);
        number[i] = draw >> 7 & 1 ? -value : value;
    }
}

/* A quarter of the numbers as a line each, then the lines as numbers. */
uint64_t probe_run(void)
{
    size_t used = 0;
    for (unsigned i = 0; i < A_CALL; i++) {
        int64_t value = number[at + i];
        used += dataset == 2 ? hwk_number_fixed(value, 2, text + used) : hwk_number_write(value, text + used);
        text[used++] = i % 8 == 7 ? '\n' : ',';
    }
    at = (at + A_CALL) % COUNT;
    uint64_t sum = support_hash(used, text, used);
    for (size_t from = 0; from < used; from++) {
        int64_t value = 0;
        unsigned digits = 0;
        from += hwk_number_read(text + from, &value, &digits);
        sum = (sum ^ (uint64_t)value) * 31 + digits;
    }
    return sum;
}
