/* Values, by recursive descent. */
#include "json.h"

enum { DEEPEST = 64 };

static void space(struct hwk_json *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

static void keep(struct hwk_json *r, enum hwk_json_kind kind, uint64_t value, int scale)
{
    if (r->used == r->room) {
        r->broken = 1;
        return;
    }
    r->tape[r->used].kind = kind;
    r->tape[r->used].value = value;
    r->tape[r->used].scale = scale;
    r->used++;
}

static int take(struct hwk_json *r, unsigned char c)
{
    if (r->at == r->end || *r->at != c)
        return 0;
    r->at++;
    return 1;
}

static void number(struct hwk_json *r)
{
    int negative = take(r, '-'), scale = 0;
    uint64_t value = 0;
    const unsigned char *first = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        value = value * 10 + (uint64_t)(*r->at - '0');
    if (r->at == first)
        r->broken = 1;
    if (take(r, '.'))
        for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
            value = value * 10 + (uint64_t)(*r->at - '0');
            scale--;
        }
    if (r->at < r->end && (*r->at | 0x20) == 'e') {
        r->at++;
        int sign = take(r, '-') ? -1 : (take(r, '+'), 1), power = 0;
        for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && power < 1000; r->at++)
            power = power * 10 + (*r->at - '0');
        scale += sign * power;
    }
    keep(r, HWK_NUMBER, negative ? 0 - value : value, scale);
}

static void literal(struct hwk_json *r, const char *name, enum hwk_json_kind kind)
{
    size_t n = strlen(name);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, name, n) != 0) {
        r->broken = 1;
        return;
    }
    r->at += n;
    keep(r, kind, 0, 0);
}

static void list(struct hwk_json *r, unsigned depth, int object)
{
    size_t own = r->used;
    uint64_t count = 0;
    unsigned char close = object ? '}' : ']';
    keep(r, object ? HWK_OBJECT : HWK_ARRAY, 0, 0);
    space(r);
    if (!take(r, close))
        do {
            space(r);
            if (object) {
                if (!take(r, '"')) {
                    r->broken = 1;
                    return;
                }
                keep(r, HWK_STRING, hwk_json_string(r), 0);
                space(r);
                r->broken |= !take(r, ':');
            }
            hwk_json_value(r, depth + 1);
            count++;
            space(r);
            if (r->broken)
                return;
        } while (take(r, ',') || (r->broken |= !take(r, close)));
    r->tape[own].value = count;
    keep(r, HWK_END, own, 0);
}

void hwk_json_value(struct hwk_json *r, unsigned depth)
{
    space(r);
    if (r->broken || r->at == r->end || depth == DEEPEST) {
        r->broken = 1;
        return;
    }
    switch (*r->at) {
    case '{':
        r->at++;
        list(r, depth, 1);
        break;
    case '[':
        r->at++;
        list(r, depth, 0);
        break;
    case '"':
        r->at++;
        keep(r, HWK_STRING, hwk_json_string(r), 0);
        break;
    case 't': literal(r, "true", HWK_TRUE); break;
    case 'f': literal(r, "false", HWK_FALSE); break;
    case 'n': literal(r, "null", HWK_NULL); break;
    default: number(r);
    }
}
