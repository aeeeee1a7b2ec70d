/* hwtune:
title = "String routines in C"
stands_for = "strlen and memchr by the word, strcspn, strspn and strtok_r by table, strstr by hashed pairs, strcasecmp, strverscmp"
source = "glibc 2.40, string/: strlen.c, memchr.c, strcspn.c, strspn.c, strtok_r.c, strstr.c, strcasecmp.c, strverscmp.c (where x86-64 has assembly, its generic C)"
datasets = ["text", "json", "versions"]
units = ["scan.c", "compare.c"]
headers = ["bytes.h"]
*/
#include "probe.h"
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT = 24 * 1024, TOKENS = 8192, NEEDLES = 6, SLACK = 16 };

static unsigned dataset;
static char *fresh, *work, *needle[NEEDLES];
static const char *delimiters;
static const char **token;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static void versions(uint64_t seed, char *to, size_t n)
{
    static const char *const names[] = {"lib", "core-", "python3.", "Linux-", "v", "gcc-", "Lib"};
    size_t at = 0;
    while (at + 40 < n) {
        uint64_t draw = support_random(&seed);
        const char *name = names[draw % 7];
        size_t length = strlen(name);
        memcpy(to + at, name, length);
        at += length;
        for (unsigned part = 0; part < 3; part++) {
            draw = support_random(&seed);
            uint64_t value = draw % 3 == 0 ? draw / 8 % 20 : draw / 8 % 3000;
            for (uint64_t scale = 1000; scale != 0; scale /= 10)
                if (value >= scale || scale == 1)
                    to[at++] = (char)('0' + value / scale % 10);
            to[at++] = part == 2 ? '\n' : '.';
        }
    }
    memset(to + at, ' ', n - at);
}

void probe_setup(uint64_t seed)
{
    fresh = calloc(TEXT + SLACK, 1);
    work = calloc(TEXT + SLACK, 1);
    token = calloc(TOKENS, sizeof *token);
    if (fresh == NULL || work == NULL || token == NULL)
        abort();
    if (dataset == 0)
        support_text(seed, (unsigned char *)fresh, TEXT);
    else if (dataset == 1)
        support_json(seed, (unsigned char *)fresh, TEXT);
    else
        versions(seed, fresh, TEXT);
    static const char *const sets[] = {" ,.\n", " \n\t,:{}[]\"", "\n"};
    char *copy = malloc(32);
    if (copy == NULL)
        abort();
    strcpy(copy, sets[dataset]);
    delimiters = copy;
    for (unsigned i = 0; i < NEEDLES; i++) { /* from late in the text, the last one altered so that it is not there */
        size_t length = 3 + i * 5;
        needle[i] = calloc(length + SLACK, 1);
        if (needle[i] == NULL)
            abort();
        memcpy(needle[i], fresh + TEXT / 2 + support_random(&seed) % (TEXT / 2 - 64), length);
        if (i + 1 == NEEDLES)
            needle[i][length - 1] = '\x01';
    }
}

uint64_t probe_run(void)
{
    uint64_t sum = 0;
    size_t tokens = 0, lines = 0;
    memcpy(work, fresh, TEXT + 1);
    for (unsigned i = 0; i < NEEDLES; i++) {
        const char *found = hwk_find_string(work, needle[i]);
        sum = sum * 31 + (found == NULL ? 1 : (uint64_t)(found - work));
    }
    for (const char *at = work, *end = work + TEXT; at < end; lines++) {
        const char *newline = hwk_find_byte(at, '\n', (size_t)(end - at));
        if (newline == NULL)
            break;
        sum = sum * 31 + (uint64_t)(newline - at);
        at = newline + 1;
    }
    char *rest = work;
    for (char *t = hwk_token(work, delimiters, &rest); t != NULL && tokens < TOKENS;
         t = hwk_token(NULL, delimiters, &rest)) {
        token[tokens++] = t;
        sum += hwk_length(t) << (tokens & 7);
    }
    for (size_t i = 1; i < tokens; i++) {
        int a = hwk_compare_nocase(token[i - 1], token[i]);
        int b = hwk_compare_version(token[i - 1], token[i]);
        sum = sum * 31 + (uint64_t)((a > 0) - (a < 0) + 3 * ((b > 0) - (b < 0)) + 4);
    }
    return sum + lines;
}
