/* Keywords of several languages in a closed hash, made when the first is asked for. */
#include "tokens.h"

static const char *const keywords[] = {
    "if", "else", "for", "while", "return", "static", "const", "int", "sizeof", "struct", "switch", "case", "break", "void",
    "select", "from", "where", "insert", "into", "values", "and", "or", "group", "by", "order", "limit", "left", "join", "on",
    "is", "not", "null", "true", "false", "yes", "no", "in", "the", "of", "to",
};

enum { COUNT = sizeof keywords / sizeof keywords[0], SLOTS = 128 };

static unsigned char slot[SLOTS];
static int ready;

static unsigned hash(const char *name, size_t length)
{
    unsigned first = (unsigned char)name[0] | 0x20u, last = (unsigned char)name[length - 1] | 0x20u;
    return (first * 4 ^ last * 3 ^ (unsigned)length) % SLOTS;
}

static int same(const char *name, const char *keyword, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)name[i] | 0x20) != keyword[i])
            return 0;
    return keyword[length] == 0;
}

static void prepare(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned at = hash(keywords[i], strlen(keywords[i]));
        while (slot[at] != 0)
            at = (at + 1) % SLOTS;
        slot[at] = (unsigned char)(i + 1);
    }
    ready = 1;
}

unsigned hwk_keyword(const char *name, size_t length)
{
    if (!ready)
        prepare();
    if (length < 2 || length > 6)
        return 0;
    for (unsigned at = hash(name, length); slot[at] != 0; at = (at + 1) % SLOTS)
        if (same(name, keywords[slot[at] - 1], length))
            return slot[at];
    return 0;
}
