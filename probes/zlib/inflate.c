/* Block headers of a DEFLATE stream; the symbols are left to the fast loop. */
#include "inflate.h"

HWK_MACRO unsigned take(struct hwk_inflate *s, unsigned n)
{
    while (s->bits < n) {
        s->hold |= (uint64_t)(s->next_in < s->end_in ? *s->next_in++ : 0) << s->bits;
        s->bits += 8;
    }
    unsigned value = (unsigned)s->hold & ((1u << n) - 1);
    s->hold >>= n;
    s->bits -= n;
    return value;
}

static int tables(struct hwk_inflate *s, unsigned *literal_bits, unsigned *distance_bits)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint16_t lengths[320] = {0}, work[320];
    struct hwk_entry codes[128];
    unsigned literals = 257 + take(s, 5), distances = 1 + take(s, 5), orders = 4 + take(s, 4);
    if (literals > 286 || distances > 30)
        return -1;
    for (unsigned i = 0; i < orders; i++)
        lengths[order[i]] = (uint16_t)take(s, 3);
    unsigned root = 7;
    if (hwk_inflate_table(HWK_LENGTHS, lengths, 19, codes, 128, &root, work) != 0)
        return -1;
    for (unsigned have = 0; have < literals + distances;) {
        while (s->bits < 16) {
            s->hold |= (uint64_t)(s->next_in < s->end_in ? *s->next_in++ : 0) << s->bits;
            s->bits += 8;
        }
        struct hwk_entry here = codes[s->hold & ((1u << root) - 1)];
        s->hold >>= here.bits;
        s->bits -= here.bits;
        if (here.val < 16) {
            lengths[have++] = here.val;
            continue;
        }
        unsigned repeat, value = 0;
        if (here.val == 16) {
            if (have == 0)
                return -1;
            value = lengths[have - 1];
            repeat = 3 + take(s, 2);
        } else {
            repeat = here.val == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
        }
        if (have + repeat > literals + distances)
            return -1;
        while (repeat-- != 0)
            lengths[have++] = (uint16_t)value;
    }
    *literal_bits = LITERAL_BITS;
    *distance_bits = DISTANCE_BITS;
    if (hwk_inflate_table(HWK_LITERALS, lengths, literals, s->literal, LITERAL_TABLE, literal_bits, work) != 0)
        return -1;
    return hwk_inflate_table(HWK_DISTANCES, lengths + literals, distances, s->distance, DISTANCE_TABLE,
                             distance_bits, work);
}

void hwk_inflate_begin(struct hwk_inflate *s, const uint8_t *from, uint32_t n, uint8_t *to)
{
    s->next_in = from;
    s->end_in = from + n;
    s->next_out = s->begin_out = to;
    s->hold = 0;
    s->bits = 0;
    s->in_block = s->last = 0;
}

int hwk_inflate(struct hwk_inflate *s, uint8_t *end)
{
    s->end_out = end;
    while (s->next_out < end) {
        if (!s->in_block) {
            if (s->last)
                return 1;
            s->last = (int)take(s, 1);
            if (take(s, 2) != 2 || tables(s, &s->literal_bits, &s->distance_bits) != 0)
                return -1;
        }
        int result = hwk_inflate_fast(s, s->literal_bits, s->distance_bits);
        if (result < 0 || s->next_in >= s->end_in)
            return -1;
        s->in_block = result;
        /* Whole bytes in hand go back, as after the real fast loop. */
        unsigned whole = s->bits >> 3;
        s->next_in -= whole;
        s->bits -= whole << 3;
        s->hold &= (UINT64_C(1) << s->bits) - 1;
    }
    return 0;
}
