/* From a pattern to steps, by recursive descent. */
#include "regex.h"

struct reader {
    const char *at;
    struct hwk_regex *regex;
    int broken;
};

static int emit(struct reader *r, enum hwk_regex_step step, int byte)
{
    struct hwk_regex *x = r->regex;
    if (x->used == 96) {
        r->broken = 1;
        return 0;
    }
    x->code[x->used].step = (unsigned char)step;
    x->code[x->used].byte = (unsigned char)byte;
    x->code[x->used].first = x->code[x->used].second = (short)(x->used + 1);
    return x->used++;
}

/* Makes room for a step before those from `at` on. */
static void insert(struct reader *r, int at)
{
    struct hwk_regex *x = r->regex;
    emit(r, HWK_GO, 0);
    if (r->broken)
        return;
    for (int i = x->used - 1; i > at; i--) {
        x->code[i] = x->code[i - 1];
        if (x->code[i].first >= at)
            x->code[i].first++;
        if (x->code[i].second >= at)
            x->code[i].second++;
    }
}

static void class(struct reader *r)
{
    struct hwk_regex *x = r->regex;
    if (x->classes == 6) {
        r->broken = 1;
        return;
    }
    unsigned char *in = x->class[x->classes];
    int other = *r->at == '^';
    memset(in, other, 256);
    for (r->at += other; *r->at != 0 && *r->at != ']'; r->at++) {
        unsigned char low = (unsigned char)*r->at, high = low;
        if (r->at[1] == '-' && r->at[2] != 0 && r->at[2] != ']') {
            high = (unsigned char)r->at[2];
            r->at += 2;
        }
        for (unsigned c = low; c <= high; c++)
            in[c] = (unsigned char)!other;
    }
    if (*r->at == ']')
        r->at++;
    emit(r, HWK_CLASS, x->classes++);
}

static void alternatives(struct reader *r);

static void atom(struct reader *r)
{
    char c = *r->at++;
    switch (c) {
    case '.': emit(r, HWK_ANY, 0); break;
    case '[': class(r); break;
    case '^': emit(r, HWK_BEGIN, 0); break;
    case '(':
        emit(r, HWK_SAVE, 0);
        alternatives(r);
        if (*r->at == ')')
            r->at++;
        else
            r->broken = 1;
        break;
    case '\\': c = *r->at != 0 ? *r->at++ : c; /* fall through */
    default: emit(r, HWK_BYTE, c);
    }
}

static void sequence(struct reader *r)
{
    struct hwk_regex *x = r->regex;
    while (*r->at != 0 && *r->at != '|' && *r->at != ')' && !r->broken) {
        int start = x->used;
        atom(r);
        char c = *r->at;
        if (c != '*' && c != '+' && c != '?')
            continue;
        r->at++;
        if (c == '+') {
            int split = emit(r, HWK_SPLIT, 0);
            x->code[split].first = (short)start;
            continue;
        }
        insert(r, start);
        if (c == '*') {
            int back = emit(r, HWK_GO, 0);
            x->code[back].first = (short)start;
        }
        if (r->broken)
            return;
        x->code[start].step = HWK_SPLIT;
        x->code[start].first = (short)(start + 1);
        x->code[start].second = (short)x->used;
    }
}

static void alternatives(struct reader *r)
{
    struct hwk_regex *x = r->regex;
    int start = x->used;
    sequence(r);
    if (*r->at != '|' || r->broken)
        return;
    r->at++;
    insert(r, start);
    int out = emit(r, HWK_GO, 0);
    if (r->broken)
        return;
    x->code[start].step = HWK_SPLIT;
    x->code[start].first = (short)(start + 1);
    x->code[start].second = (short)x->used;
    alternatives(r);
    x->code[out].first = (short)x->used;
}

int hwk_regex_compile(struct hwk_regex *regex, const char *pattern)
{
    struct reader reader = {pattern, regex, 0};
    regex->used = regex->classes = 0;
    alternatives(&reader);
    emit(&reader, HWK_MATCH, 0);
    return !reader.broken && *reader.at == 0;
}
