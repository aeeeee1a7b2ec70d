/* hwtune:
title = "Regular expressions"
domain = "interpreters"
linkage = "program"
code = ["branchy", "calls"]
stands_for = "patterns compiled to steps and matched line by line with backtracking"
source = "K. Thompson, Regular expression search algorithm, 1968; R. Cox, Regular expression matching: the virtual machine approach, 2009; shaped like PCRE2's pcre2_match.c"
datasets = ["prose", "records", "logs"]
units = ["regex_compile.c", "regex_match.c"]
headers = ["regex.h", "program.h"]
*/
#include "regex.h"

enum { SIZE = 32 * 1024, PART = 2 * 1024, PATTERNS = 5 };

static unsigned dataset, part;
static char *text;
static struct hwk_regex *regex;

static const char *const pattern[3][PATTERNS] = {
    {"[A-Z][a-z]*", "(the|that|this) [a-z]+", "[a-z]+ing", "[0-9]+", "a.*e,"},
    {"\"[a-z]+\": [0-9]+", "\"(id|time)\": ([0-9]+)", "\"state\": \"(active|idle)\"", "[0-9]+\\.[0-9]+", "null|true"},
    {"[0-9]+[a-z]?", "([a-z]+)=([a-z]+)", "(error|value|file) .*,", "^[A-Z].*\\.", "[^ ,.]+ [^ ,.]+"},
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
    text = malloc(SIZE);
    regex = malloc(PATTERNS * sizeof *regex);
    if (text == NULL || regex == NULL)
        abort();
    (dataset == 1 ? support_json : support_text)(seed, (unsigned char *)text, SIZE);
    for (unsigned i = 0; dataset == 2 && i < SIZE; i++)
        if (text[i] == ' ' && support_random(&seed) % 5 == 0)
            text[i] = '=';
    for (unsigned i = 0; i < PATTERNS; i++)
        if (!hwk_regex_compile(&regex[i], pattern[dataset][i]))
            abort();
}

/* A part of the text, line by line under each pattern. */
uint64_t probe_run(void)
{
    const char *from = text + part * PART, *stop = from + PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    while (from < stop) {
        const char *end = memchr(from, '\n', (size_t)(stop - from));
        if (end == NULL)
            end = stop;
        for (unsigned i = 0; i < PATTERNS; i++)
            for (const char *at = from; at < end; at++) {
                const char *group = at;
                long length = hwk_regex_match(&regex[i], at, end, &group);
                if (length > 0) {
                    sum = sum * 31 + (uint64_t)length * 8 + (uint64_t)(group - at);
                    at += length;
                }
                if (regex[i].code[0].step == HWK_BEGIN)
                    break;
            }
        from = end + 1;
    }
    return sum;
}
