/* Symbols of a block to bytes: table lookups, and copies from the output behind. As in zlib, the caller keeps room for the
 * longest match beyond the end at which it stops. */
#include "inflate.h"

int hwk_inflate_fast(struct hwk_inflate *s, unsigned literal_bits, unsigned distance_bits)
{
    const uint8_t *in = s->next_in;
    uint8_t *out = s->next_out;
    const uint8_t *last = s->end_in;
    uint8_t *begin = s->begin_out, *end = s->end_out;
    uint64_t hold = s->hold;
    unsigned bits = s->bits;
    const struct hwk_entry *literal = s->literal, *distance = s->distance;
    unsigned literal_mask = (1u << literal_bits) - 1, distance_mask = (1u << distance_bits) - 1;

    do {
        if (bits < 15) {
            hold += (uint64_t)(*in++) << bits;
            bits += 8;
            hold += (uint64_t)(*in++) << bits;
            bits += 8;
        }
        const struct hwk_entry *here = literal + (hold & literal_mask);
    literal_again:;
        unsigned op = here->bits;
        hold >>= op;
        bits -= op;
        op = here->op;
        if (op == 0) {
            *out++ = (uint8_t)here->val;
        } else if (op & 16) {
            unsigned length = here->val;
            op &= 15;
            if (op != 0) {
                if (bits < op) {
                    hold += (uint64_t)(*in++) << bits;
                    bits += 8;
                }
                length += (unsigned)hold & ((1u << op) - 1);
                hold >>= op;
                bits -= op;
            }
            if (bits < 15) {
                hold += (uint64_t)(*in++) << bits;
                bits += 8;
                hold += (uint64_t)(*in++) << bits;
                bits += 8;
            }
            here = distance + (hold & distance_mask);
        distance_again:
            op = here->bits;
            hold >>= op;
            bits -= op;
            op = here->op;
            if (op & 16) {
                unsigned back = here->val;
                op &= 15;
                if (bits < op) {
                    hold += (uint64_t)(*in++) << bits;
                    bits += 8;
                    if (bits < op) {
                        hold += (uint64_t)(*in++) << bits;
                        bits += 8;
                    }
                }
                back += (unsigned)hold & ((1u << op) - 1);
                hold >>= op;
                bits -= op;
                if (back > (unsigned)(out - begin))
                    return -1;
                const uint8_t *from = out - back;
                do {
                    *out++ = *from++;
                    *out++ = *from++;
                    *out++ = *from++;
                    length -= 3;
                } while (length > 2);
                if (length != 0) {
                    *out++ = *from++;
                    if (length > 1)
                        *out++ = *from++;
                }
            } else if ((op & 64) == 0) {
                here = distance + here->val + (hold & ((1u << op) - 1));
                goto distance_again;
            } else {
                return -1;
            }
        } else if ((op & 96) == 0) {
            here = literal + here->val + (hold & ((1u << op) - 1));
            goto literal_again;
        } else if (op & 32) {
            s->next_in = in;
            s->next_out = out;
            s->hold = hold;
            s->bits = bits;
            return 0;
        } else {
            return -1;
        }
    } while (in < last && out < end);
    s->next_in = in;
    s->next_out = out;
    s->hold = hold;
    s->bits = bits;
    return 1;
}
