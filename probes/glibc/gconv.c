/* One step each: UTF-8 to UCS-4, UCS-4 to UTF-8, to UTF-16, to an 8-bit set by table. */
#include "gconv.h"

#include <string.h>

enum hwk_result hwk_from_utf8(const struct hwk_step *step, const unsigned char **from, const unsigned char *from_end,
                              unsigned char **to, unsigned char *to_end)
{
    const unsigned char *in = *from;
    unsigned char *out = *to;
    enum hwk_result result = HWK_DONE;
    (void)step;
    while (in != from_end) {
        if (to_end - out < 4) {
            result = HWK_FULL;
            break;
        }
        uint32_t c = *in;
        if (c < 0x80) {
            in++;
        } else {
            unsigned count;
            if (c >= 0xc2 && c < 0xe0) {
                count = 2;
                c &= 0x1f;
            } else if ((c & 0xf0) == 0xe0) {
                count = 3;
                c &= 0x0f;
            } else if ((c & 0xf8) == 0xf0 && c <= 0xf4) {
                count = 4;
                c &= 0x07;
            } else {
                result = HWK_ILLEGAL;
                break;
            }
            if ((size_t)(from_end - in) < count) {
                result = HWK_INCOMPLETE;
                break;
            }
            unsigned i;
            for (i = 1; i < count; i++) {
                uint32_t byte = in[i];
                if ((byte & 0xc0) != 0x80)
                    break;
                c = c << 6 | (byte & 0x3f);
            }
            /* Longer than need be, a surrogate, or beyond Unicode. */
            if (i < count || (count > 2 && c >> (5 * count - 4) == 0) || c > 0x10ffff || (c & 0x1ff800) == 0xd800) {
                result = HWK_ILLEGAL;
                break;
            }
            in += count;
        }
        memcpy(out, &c, 4);
        out += 4;
    }
    *from = in;
    *to = out;
    return result;
}

static uint32_t take(const unsigned char *in)
{
    uint32_t c;
    memcpy(&c, in, 4);
    return c;
}

enum hwk_result hwk_to_utf8(const struct hwk_step *step, const unsigned char **from, const unsigned char *from_end,
                            unsigned char **to, unsigned char *to_end)
{
    const unsigned char *in = *from;
    unsigned char *out = *to;
    enum hwk_result result = HWK_DONE;
    (void)step;
    for (; from_end - in >= 4; in += 4) {
        uint32_t c = take(in);
        if (c < 0x80) {
            if (out >= to_end) {
                result = HWK_FULL;
                break;
            }
            *out++ = (unsigned char)c;
            continue;
        }
        int count = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (to_end - out < count) {
            result = HWK_FULL;
            break;
        }
        unsigned char *end = out + count;
        for (int i = count - 1; i > 0; i--) {
            out[i] = (unsigned char)(0x80 | (c & 0x3f));
            c >>= 6;
        }
        out[0] = (unsigned char)(((0xff00 >> count) & 0xff) | c);
        out = end;
    }
    *from = in;
    *to = out;
    return result;
}

enum hwk_result hwk_to_utf16(const struct hwk_step *step, const unsigned char **from, const unsigned char *from_end,
                             unsigned char **to, unsigned char *to_end)
{
    const unsigned char *in = *from;
    unsigned char *out = *to;
    enum hwk_result result = HWK_DONE;
    (void)step;
    for (; from_end - in >= 4; in += 4) {
        uint32_t c = take(in);
        if (c < 0x10000) {
            uint16_t unit = (uint16_t)c;
            if (to_end - out < 2) {
                result = HWK_FULL;
                break;
            }
            memcpy(out, &unit, 2);
            out += 2;
        } else {
            uint16_t unit[2] = {(uint16_t)(0xd7c0 + (c >> 10)), (uint16_t)(0xdc00 + (c & 0x3ff))};
            if (to_end - out < 4) {
                result = HWK_FULL;
                break;
            }
            memcpy(out, unit, 4);
            out += 4;
        }
    }
    *from = in;
    *to = out;
    return result;
}

enum hwk_result hwk_to_table(const struct hwk_step *step, const unsigned char **from, const unsigned char *from_end,
                             unsigned char **to, unsigned char *to_end)
{
    const unsigned char *in = *from;
    unsigned char *out = *to;
    enum hwk_result result = HWK_DONE;
    for (; from_end - in >= 4; in += 4) {
        uint32_t c = take(in);
        if (out >= to_end) {
            result = HWK_FULL;
            break;
        }
        if (c < 0x80)
            *out++ = (unsigned char)c;
        else if (c < 0x180 && step->high[c - 0x80] != 0)
            *out++ = step->high[c - 0x80];
        else
            *out++ = '?';
    }
    *from = in;
    *to = out;
    return result;
}
