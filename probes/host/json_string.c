/* Strings with their escapes. */
#include "json.h"

static unsigned hexadecimal(struct hwk_json *r)
{
    unsigned value = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (r->at == r->end) {
            r->broken = 1;
            return 0;
        }
        unsigned char c = *r->at++;
        unsigned digit = c <= '9' ? c - 48u : (c | 0x20u) - 'a' + 10u;
        r->broken |= digit > 15;
        value = value << 4 | (digit & 15);
    }
    return value;
}

static unsigned char *character(unsigned char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (unsigned char)c;
    } else if (c < 0x800) {
        *to++ = (unsigned char)(0xc0 | c >> 6);
        *to++ = (unsigned char)(0x80 | (c & 63));
    } else {
        *to++ = (unsigned char)(0xe0 | c >> 12);
        *to++ = (unsigned char)(0x80 | (c >> 6 & 63));
        *to++ = (unsigned char)(0x80 | (c & 63));
    }
    return to;
}

uint64_t hwk_json_string(struct hwk_json *r)
{
    unsigned char *to = r->strings + r->string_bytes, *start = to;
    for (;;) {
        if (r->at == r->end) {
            r->broken = 1;
            break;
        }
        unsigned char c = *r->at++;
        if (c == '"')
            break;
        if (c != '\\' || r->at == r->end) {
            *to++ = c;
            continue;
        }
        c = *r->at++;
        switch (c) {
        case 'n': *to++ = '\n'; break;
        case 't': *to++ = '\t'; break;
        case 'r': *to++ = '\r'; break;
        case 'b': *to++ = '\b'; break;
        case 'f': *to++ = '\f'; break;
        case 'u': to = character(to, hexadecimal(r)); break;
        default: *to++ = c;
        }
    }
    *to++ = 0;
    r->string_bytes = (size_t)(to - r->strings);
    return (uint64_t)(start - r->strings);
}
