/* hwtune:
title = "strtod and strtol"
code = ["branchy"]
stands_for = "____STRTOF_INTERNAL's digits, large integers and rounding, and ____strtol_l_internal"
source = "glibc 2.40, stdlib/strtod_l.c, stdlib/strtol_l.c, and the generic mpn functions"
datasets = ["measurements", "integers", "full-precision", "any-exponent"]
units = ["number.c", "bignat.c"]
headers = ["number.h"]
*/
#include "number.h"
#include "probe.h"

#include <stdlib.h>

enum { NUMBERS = 2400, A_CALL = NUMBERS / 4, TEXT = 64 * 1024 };

static unsigned dataset;
static char *text;
static const char *next;
static unsigned used;

int probe_dataset(unsigned i)
{
    if (i > 3)
        return 1;
    dataset = i;
    return 0;
}

static char *digits(char *at, uint64_t value, unsigned least)
{
    char reversed[24];
    unsigned n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0 || n < least);
    while (n != 0)
        *at++ = reversed[--n];
    return at;
}

void probe_setup(uint64_t seed)
{
    char *at = text = malloc(TEXT);
    if (text == NULL)
        abort();
    for (unsigned i = 0; i < NUMBERS; i++) {
        uint64_t draw = support_random(&seed), more = support_random(&seed);
        if (draw & 1)
            *at++ = '-';
        switch (dataset) {
        case 0: /* 12.5, 0.037 */
            at = digits(at, more % 1000, 1);
            *at++ = '.';
            at = digits(at, (more >> 20) % 1000, 1 + draw / 2 % 3);
            break;
        case 1:
            if (draw % 16 == 2)
                *at++ = '0', *at++ = 'x';
            at = digits(at, more >> (8 + draw / 32 % 56), 1);
            break;
        case 2: /* seventeen digits, as %.17g prints them */
            at = digits(at, more % 10, 1);
            *at++ = '.';
            at = digits(at, (more >> 4) % 10000000000000000u, 16);
            break;
        default:
            at = digits(at, more % 10, 1);
            *at++ = '.';
            at = digits(at, (more >> 4) % 1000000000000u, 12);
            *at++ = 'e';
            if (draw & 2)
                *at++ = '-';
            at = digits(at, draw / 4 % 308, 1);
        }
        *at++ = i % 8 == 7 ? '\n' : ' ';
    }
    *at = 0;
    next = text;
}

/* The next quarter of the numbers. */
uint64_t probe_run(void)
{
    const char *end;
    uint64_t sum = 0;
    if (used == NUMBERS) {
        next = text;
        used = 0;
    }
    used += A_CALL;
    const char *from = next;
    for (unsigned i = 0; i < A_CALL; i++) {
        if (dataset == 1) {
            sum = sum * 31 + (uint64_t)hwk_to_integer(next, &end);
        } else {
            double value = hwk_to_double(next, &end);
            sum = support_hash(sum, &value, sizeof value);
        }
        next = end;
    }
    return sum + (uint64_t)(next - from);
}
