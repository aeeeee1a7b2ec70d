/* hwtune:
title = "printf"
code = ["branchy", "calls"]
stands_for = "vfprintf's parsing and padding, integers and strings, and floating-point digits by large integers"
source = "glibc 2.40, stdio-common/vfprintf-process-arg.c, _itoa.c, printf_fp.c"
datasets = ["log-lines", "numbers", "reals"]
units = ["format.c", "digits.c"]
headers = ["format.h"]
*/
#include "format.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 400, A_CALL = LINES / 4, WORDS = 256, LINE = 256 };

static unsigned dataset, at;
static char *words;
static const char *word[WORDS];
static long *integer;
static double *real;
static char *format[4];

static const char *const formats[3][4] = {
    {"%s[%d]: %s %s: %lu bytes\n", "%-12s %5d %s %.8s 0x%lx\n", "%s: %d: error: %s in '%s' (%lu)\n",
     "<%d>%s %s %s %lu"},
    {"%s %08d %s %s %lu\n", "%s%+d,%s%s%020lu", "%s % d %s%s %#lx\n", "%s%d %s%s%lX;"},
    {"%g %.3f %s", "%12.6g|%.2f|%s", "%e %.17g %s\n", "%.6f %g%s"},
};

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    words = malloc(4096);
    integer = malloc(LINES * sizeof *integer);
    real = malloc(2 * LINES * sizeof *real);
    if (words == NULL || integer == NULL || real == NULL)
        abort();
    support_text(seed, (unsigned char *)words, 4096);
    words[4095] = 0;
    char *at = words;
    for (unsigned i = 0; i < WORDS; i++) {
        word[i] = at;
        at += strcspn(at, " ,.\n");
        if (*at != 0)
            *at++ = 0;
        else
            at = words;
    }
    for (unsigned i = 0; i < 4; i++) { /* copied, so that no compiler sees which format meets which call */
        format[i] = malloc(64);
        if (format[i] == NULL)
            abort();
        strcpy(format[i], formats[dataset][i]);
    }
    for (unsigned i = 0; i < LINES; i++) {
        uint64_t draw = support_random(&seed);
        integer[i] = (long)(draw >> (8 + draw % 56)); /* any number of digits */
    }
    for (unsigned i = 0; i < 2 * LINES; i++) {
        uint64_t draw = support_random(&seed);
        /* Most are of everyday size, some of any. */
        uint64_t power = draw % 8 == 0 ? 1 + draw % 2045 : 1023 - 16 + draw % 36;
        uint64_t bits = power << 52 | support_random(&seed) >> 12;
        memcpy(&real[i], &bits, sizeof bits);
    }
}

/* The next quarter of the lines. */
uint64_t probe_run(void)
{
    char line[LINE];
    uint64_t sum = 0;
    if (at == LINES)
        at = 0;
    for (unsigned end = at + A_CALL, i; (i = at) < end; at++) {
        size_t n;
        const char *f = format[i & 3], *a = word[i % WORDS], *b = word[(i * 7 + 3) % WORDS];
        if (dataset == 2)
            n = hwk_format(line, sizeof line, f, real[2 * i], real[2 * i + 1], a);
        else if ((i & 3) == 3 && dataset == 0)
            n = hwk_format(line, sizeof line, f, (int)(integer[i] & 0xfffff), a, b, a, integer[i]);
        else
            n = hwk_format(line, sizeof line, f, a, (int)(integer[i] & 0xfffff), b, a, integer[i]);
        sum = support_hash(sum, line, n < sizeof line ? n : sizeof line);
    }
    return sum;
}
