/* Decoding tables from code lengths: a root table and second-level tables for the codes longer than it. */
#include "inflate.h"

#include <string.h>

enum { LONGEST = 15 };

int hwk_inflate_table(enum hwk_kind kind, const uint16_t *lengths, unsigned codes, struct hwk_entry *table,
                      unsigned room, unsigned *bits, uint16_t *work)
{
    static const uint16_t length_base[31] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27, 31,
                                             35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258, 0, 0};
    static const uint8_t length_op[31] = {16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 18, 18, 18, 18,
                                          19, 19, 19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 16, 64, 64};
    static const uint16_t distance_base[32] = {1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,
                                               49,  65,  97,  129, 193, 257,  385,  513,  769,  1025, 1537,
                                               2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577, 0, 0};
    static const uint8_t distance_op[32] = {16, 16, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20, 21, 21, 22, 22,
                                            23, 23, 24, 24, 25, 25, 26, 26, 27, 27, 28, 28, 29, 29, 64, 64};
    uint16_t count[LONGEST + 1] = {0}, offset[LONGEST + 1];
    for (unsigned symbol = 0; symbol < codes; symbol++)
        count[lengths[symbol]]++;

    unsigned root = *bits, max = LONGEST, min = 1;
    while (max >= 1 && count[max] == 0)
        max--;
    if (max == 0)
        return -1;
    if (root > max)
        root = max;
    while (min < max && count[min] == 0)
        min++;
    if (root < min)
        root = min;
    int left = 1;
    for (unsigned length = 1; length <= LONGEST; length++) {
        left <<= 1;
        left -= count[length];
        if (left < 0)
            return -1;
    }
    if (left > 0 && (kind == HWK_LENGTHS || max != 1))
        return -1;

    offset[1] = 0;
    for (unsigned length = 1; length < LONGEST; length++)
        offset[length + 1] = (uint16_t)(offset[length] + count[length]);
    for (unsigned symbol = 0; symbol < codes; symbol++)
        if (lengths[symbol] != 0)
            work[offset[lengths[symbol]]++] = (uint16_t)symbol;

    unsigned huffman = 0, symbol = 0, length = min, drop = 0, current = root, low = ~0u;
    unsigned used = 1u << root, mask = used - 1;
    struct hwk_entry *next = table;
    if (used > room)
        return -1;
    for (;;) {
        struct hwk_entry here;
        unsigned value = work[symbol];
        here.bits = (uint8_t)(length - drop);
        if (kind == HWK_LENGTHS || (kind == HWK_LITERALS && value < 256)) {
            here.op = 0;
            here.val = (uint16_t)value;
        } else if (kind == HWK_LITERALS && value == 256) {
            here.op = 32;
            here.val = 0;
        } else if (kind == HWK_LITERALS) {
            here.op = length_op[value - 257];
            here.val = length_base[value - 257];
        } else {
            here.op = distance_op[value];
            here.val = distance_base[value];
        }
        unsigned step = 1u << (length - drop);
        unsigned at = 1u << current;
        do {
            at -= step;
            next[(huffman >> drop) + at] = here;
        } while (at != 0);

        step = 1u << (length - 1);
        while (huffman & step)
            step >>= 1;
        huffman = step != 0 ? (huffman & (step - 1)) + step : 0;
        symbol++;
        if (--count[length] == 0) {
            if (length == max)
                break;
            length = lengths[work[symbol]];
        }
        if (length > root && (huffman & mask) != low) {
            if (drop == 0)
                drop = root;
            next += 1u << current;
            current = length - drop;
            left = 1 << current;
            while (current + drop < max) {
                left -= count[current + drop];
                if (left <= 0)
                    break;
                current++;
                left <<= 1;
            }
            used += 1u << current;
            if (used > room)
                return -1;
            low = huffman & mask;
            table[low].op = (uint8_t)current;
            table[low].bits = (uint8_t)root;
            table[low].val = (uint16_t)(next - table);
        }
    }
    if (huffman != 0) { /* the only incomplete code: one symbol of one bit */
        struct hwk_entry invalid = {64, (uint8_t)(length - drop), 0};
        next[huffman] = invalid;
    }
    *bits = root;
    return 0;
}
