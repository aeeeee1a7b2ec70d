/* hwtune:
title = "Character-set conversion"
code = ["loop", "branchy"]
stands_for = "gconv steps through UCS-4 in blocks: UTF-8 decoding and encoding, UTF-16, an 8-bit set by table"
source = "glibc 2.40, iconv/gconv_simple.c, iconv/skeleton.c, iconvdata/8bit-gap.c, wcsmbs/mbrtowc.c"
datasets = ["ascii", "latin", "mixed-scripts"]
units = ["gconv.c"]
headers = ["gconv.h"]
*/
#include "gconv.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT = 24 * 1024, CALLS = 4, BLOCK = 8160, OUTPUT = 4 * BLOCK };

static unsigned dataset;
static unsigned char *input, *middle, *output;
static size_t cut[CALLS + 1]; /* ends of the chunks, between two characters */
static unsigned chunk;
static uint8_t high[256];

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static unsigned char *encode(unsigned char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (unsigned char)c;
    } else if (c < 0x800) {
        *to++ = (unsigned char)(0xc0 | c >> 6);
        *to++ = (unsigned char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (unsigned char)(0xe0 | c >> 12);
        *to++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (unsigned char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (unsigned char)(0xf0 | c >> 18);
        *to++ = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (unsigned char)(0x80 | (c & 0x3f));
    }
    return to;
}

void probe_setup(uint64_t seed)
{
    unsigned char *text = malloc(INPUT), *at = input = malloc(4 * INPUT);
    middle = malloc(4 * BLOCK);
    output = malloc(OUTPUT);
    if (text == NULL || input == NULL || middle == NULL || output == NULL)
        abort();
    support_text(seed, text, INPUT);
    for (unsigned i = 0; i < 256; i++)
        high[i] = (uint8_t)(i < 0x80 ? 0x80 + i : i % 5 == 0 ? 0x80 + i % 32 : 0);
    /* Runs of another script, as words of one language stand in a text. */
    unsigned script = 0;
    for (size_t i = 0; i < INPUT; i++) {
        uint64_t draw = support_random(&seed);
        if (text[i] <= ' ') {
            script = (unsigned)(draw % 8);
            *at++ = text[i];
        } else if (dataset == 1 && draw % 9 == 0) {
            at = encode(at, 0xc0 + (uint32_t)(draw >> 8) % 0xb0);
        } else if (dataset == 2 && script >= 3) {
            static const uint32_t bases[] = {0x0410, 0x03b1, 0x4e00, 0x3042, 0x1f300};
            at = encode(at, bases[script - 3] + (uint32_t)(draw >> 8) % 48);
        } else {
            *at++ = text[i];
        }
    }
    size_t length = (size_t)(at - input);
    for (unsigned i = 1; i <= CALLS; i++)
        for (cut[i] = length * i / CALLS; cut[i] < length && (input[cut[i]] & 0xc0) == 0x80;)
            cut[i]++;
    free(text);
}

/* Both steps over one chunk of the input, a block of the middle at a time. */
static uint64_t convert(const struct hwk_step *first, const struct hwk_step *second)
{
    const unsigned char *in = input + cut[chunk], *end = input + cut[chunk + 1];
    uint64_t sum = 0;
    while (in < end) {
        unsigned char *middle_end = middle;
        enum hwk_result result = first->convert(first, &in, end, &middle_end, middle + BLOCK);
        const unsigned char *from = middle;
        while (from < middle_end) {
            unsigned char *to = output;
            second->convert(second, &from, middle_end, &to, output + OUTPUT);
            sum = support_hash(sum, output, (size_t)(to - output));
        }
        if (result == HWK_ILLEGAL || result == HWK_INCOMPLETE)
            in++;
    }
    return sum;
}

uint64_t probe_run(void)
{
    struct hwk_step decode = {hwk_from_utf8, NULL};
    struct hwk_step second[] = {{hwk_to_utf16, NULL}, {hwk_to_utf8, NULL}, {hwk_to_table, high}};
    uint64_t sum = 0;
    for (unsigned i = 0; i < 3; i++)
        sum = sum * 31 + convert(&decode, &second[i]);
    chunk = (chunk + 1) % CALLS;
    return sum;
}
