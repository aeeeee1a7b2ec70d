/* hwtune:
title = "UTF-8"
domain = "strings"
linkage = "library"
code = ["branchy", "loop"]
stands_for = "validation of UTF-8 with a fast way for ASCII, decoding to characters, encoding again in another case"
source = "RFC 3629; shaped like GLib's g_utf8_validate and SQLite's sqlite3Utf8Read"
datasets = ["ascii", "european", "asian"]
units = ["utf8_code.c"]
headers = ["utf8.h"]
*/
#include "probe.h"
#include "utf8.h"

#include <stdlib.h>

enum { SIZE = 96 * 1024, PART = 24 * 1024 };

static unsigned dataset, part;
static unsigned char *text, *out;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* A letter of English-like text in the script of the data set. Some bytes in a thousand are broken. */
void probe_setup(uint64_t seed)
{
    unsigned char *plain = malloc(SIZE);
    text = malloc(SIZE + 8);
    out = malloc(2 * PART);
    if (plain == NULL || text == NULL || out == NULL)
        abort();
    support_text(seed, plain, SIZE);
    size_t at = 0;
    for (size_t i = 0; at < SIZE; i++) {
        uint64_t draw = support_random(&seed);
        uint32_t letter = plain[i % SIZE];
        if (dataset == 1 && letter >= 'a' && draw % 6 == 0)
            letter = 0xe0 + (uint32_t)(draw >> 8) % 0x60;
        if (dataset == 2 && letter >= 'a')
            letter = draw % 40 == 0 ? 0x1f600 + (uint32_t)(draw >> 8) % 64 : 0x4e00 + (uint32_t)(draw >> 8) % 0x4000;
        at += hwk_utf8_encode(letter, text + at);
        if (dataset != 0 && draw % 1999 == 0 && at < SIZE)
            text[at++] = (unsigned char)(0x80 | draw >> 58);
    }
    free(plain);
}

/* A quarter of the text is checked piece by piece, then decoded and written with its ASCII letters in upper case. */
uint64_t probe_run(void)
{
    const unsigned char *from = text + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    for (size_t at = 0; at < PART; at++) {
        size_t valid = hwk_utf8_valid(from + at, PART - at);
        sum = sum * 31 + valid;
        at += valid;
    }
    size_t written = 0;
    for (size_t at = 0; at < PART;) {
        uint32_t character;
        at += hwk_utf8_decode(from + at, PART - at, &character);
        if (character >= 'a' && character <= 'z')
            character -= 'a' - 'A';
        written += hwk_utf8_encode(character, out + written);
        if (written > 2 * PART - 8) {
            sum = support_hash(sum, out, written);
            written = 0;
        }
    }
    return support_hash(sum, out, written);
}
