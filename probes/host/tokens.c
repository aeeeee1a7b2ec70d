/* hwtune:
title = "Tokeniser"
domain = "parsing"
linkage = "program"
code = ["branchy"]
stands_for = "a hand-written scanner by character classes with a hash of keywords, as compilers and databases have one"
source = "shaped like SQLite's tokenize.c and tcc's tccpp.c"
datasets = ["program", "query", "settings"]
units = ["tokens_scan.c", "tokens_keyword.c"]
headers = ["tokens.h", "program.h"]
*/
#include "tokens.h"

enum { SIZE = 96 * 1024, PART = 24 * 1024, TEXT = 16 * 1024 };

static unsigned dataset;
static char *source;
static const char *at, *end;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

static const char *const pieces[3][24] = {
    {"if (", ") {\n    ", "return ", ";\n", " += ", "->", " == ", "[i]", "for (int i = 0; i < ", "/* ", " */\n",
     "while (", "\"%s: %d\\n\"", ", ", "0x1f", " && ", "}\n", "static const ", "sizeof ", "// ", "\n", "'\\n'", " << 3", "!"},
    {"SELECT ", " FROM ", " WHERE ", " = ", ", ", "INSERT INTO ", " VALUES (", ");\n", "'it''s'", " AND ", " OR ", " >= ",
     "count(*)", " GROUP BY ", " ORDER BY ", " LIMIT ", "-- ", "\n", " LEFT JOIN ", " ON ", ".", "42", " IS NOT NULL", "<>"},
    {"\n", " = ", "[", "]\n", "# ", "\n", "true", "1500", ", ", "\"", "\"\n", "/usr/", "/", ": ", "0.25", "-", "\n\n", "_",
     " = yes\n", "= 8080\n", ".", "${", "}", ";"},
};

void probe_setup(uint64_t seed)
{
    char *text = malloc(TEXT);
    source = malloc(SIZE + 64);
    if (text == NULL || source == NULL)
        abort();
    support_text(seed, (unsigned char *)text, TEXT);
    size_t used = 0, from = 0;
    while (used < SIZE) {
        const char *piece = pieces[dataset][support_random(&seed) % 24];
        size_t length = strlen(piece);
        memcpy(source + used, piece, length);
        used += length;
        while (text[from % TEXT] < 'A')
            from++;
        while (text[from % TEXT] >= 'A' && used < SIZE)
            source[used++] = text[from++ % TEXT];
    }
    free(text);
    at = source;
    end = source + SIZE;
}

/* A quarter of the source, to the end of a token. */
uint64_t probe_run(void)
{
    const char *stop = at + PART < end ? at + PART : end;
    uint64_t sum = 0;
    while (at < stop) {
        struct hwk_token token;
        hwk_token_next(at, end, &token);
        sum = (sum ^ token.value) * 31 + token.length * 8 + token.kind;
        at += token.length;
    }
    if (end - at < PART / 2)
        at = source;
    return sum;
}
