/* hwtune:
title = "JSON"
domain = "parsing"
linkage = "program"
code = ["branchy", "calls"]
stands_for = "a recursive JSON parser that keeps values and unescaped strings"
source = "RFC 8259; shaped like cJSON and jq's jv_parse.c"
datasets = ["records", "nested", "strings"]
units = ["json_read.c", "json_string.c"]
headers = ["json.h", "program.h"]
*/
#include "json.h"

enum { DOCUMENTS = 8, SIZE = 12 * 1024 };

static unsigned dataset, next;
static unsigned char *document[DOCUMENTS];
static size_t length[DOCUMENTS];
static struct hwk_json reader;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static size_t put(unsigned char *to, size_t at, const char *text)
{
    size_t n = strlen(text);
    memcpy(to + at, text, n);
    return at + n;
}

/* Arrays in arrays of small numbers, as geometry is written. */
static size_t nested(uint64_t *seed, unsigned char *to)
{
    size_t at = put(to, 0, "[");
    while (at < SIZE - 256) {
        at = put(to, at, at > 1 ? ",[[" : "[[");
        for (unsigned i = 0; i < 6; i++) {
            uint64_t draw = support_random(seed);
            at = put(to, at, draw % 3 == 0 ? "-" : "");
            to[at++] = (unsigned char)('1' + draw % 9);
            for (unsigned digit = 0; digit < (draw >> 8 & 3); digit++)
                to[at++] = (unsigned char)('0' + (draw >> (16 + 4 * digit)) % 10);
            to[at++] = '.';
            for (unsigned digit = 0; digit < 6; digit++)
                to[at++] = (unsigned char)('0' + (draw >> (32 + 4 * digit)) % 10);
            at = put(to, at, i % 2 == 0 ? "," : i < 5 ? "],[" : "]]");
        }
    }
    return put(to, at, "]");
}

/* Sentences with quotes, line breaks and characters by number. */
static size_t strings(uint64_t *seed, unsigned char *to)
{
    static const char *const escapes[] = {"\\n", "\\\"", "\\u00e9", "\\\\", "\\u20ac"};
    unsigned char *text = malloc(SIZE);
    if (text == NULL)
        abort();
    support_text(support_random(seed), text, SIZE);
    size_t at = put(to, 0, "{"), from = 0;
    while (at < SIZE - 256) {
        at = put(to, at, at > 1 ? ",\"" : "\"");
        to[at] = (unsigned char)('a' + at % 26);
        at++;
        at = put(to, at, "\":\"");
        for (unsigned i = 0; i < 100; i++) {
            unsigned char c = text[from++ % SIZE];
            if (c < ' ' || support_random(seed) % 24 == 0)
                at = put(to, at, escapes[from % 5]);
            else
                to[at++] = c;
        }
        at = put(to, at, "\"");
    }
    free(text);
    return put(to, at, "}");
}

void probe_setup(uint64_t seed)
{
    reader.room = SIZE;
    reader.tape = malloc(SIZE * sizeof *reader.tape);
    reader.strings = malloc(2 * SIZE);
    if (reader.tape == NULL || reader.strings == NULL)
        abort();
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        document[i] = malloc(2 * SIZE);
        if (document[i] == NULL)
            abort();
        if (dataset == 0) {
            support_json(support_random(&seed), document[i], SIZE); /* cut off: the parser says where */
            length[i] = SIZE;
        } else {
            length[i] = (dataset == 1 ? nested : strings)(&seed, document[i]);
        }
    }
}

/* Two documents. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 2; i++) {
        reader.at = document[next];
        reader.end = document[next] + length[next];
        reader.used = reader.string_bytes = 0;
        reader.broken = 0;
        hwk_json_value(&reader, 0);
        for (size_t v = 0; v < reader.used; v++)
            sum = (sum ^ reader.tape[v].value) * 31 + (uint64_t)reader.tape[v].kind * 7 + (uint64_t)(long)reader.tape[v].scale;
        sum = support_hash(sum, reader.strings, reader.string_bytes) + (uint64_t)(reader.at - document[next]);
        next = (next + 1) % DOCUMENTS;
    }
    return sum;
}
