/* Coefficients are written out: under -frounding-math, which glibc is built with, 1.0 / 6 would be divided at run time.
 */
/* Exponential: x = k ln2/128 + r, a table for 2^(k/128), a polynomial for r. */
#include "mathlib.h"

static double special(double scaled, uint64_t bits, uint64_t k)
{
    if ((k & UINT64_C(0x80000000)) == 0) { /* k > 0: the exponent may have overflowed */
        double scale = hwk_value(bits - (UINT64_C(1009) << 52));
        return 0x1p1009 * (scale + scale * scaled);
    }
    double scale = hwk_value(bits + (UINT64_C(1022) << 52));
    return 0x1p-1022 * (scale + scale * scaled);
}

double hwk_exp(double x)
{
    const double steps = 0x1.71547652b82fep0 * EXP_STEPS, shift = 0x1.8p52;
    const double ln2_high = 0x1.62e42fefa0000p-8, ln2_low = 0x1.cf79abc9e3b39p-47;
    uint32_t top = (uint32_t)(hwk_bits(x) >> 52) & 0x7ff;
    int near_limit = 0;
    if (top - 0x3c9 >= 0x408 - 0x3c9) {
        if (top < 0x3c9)
            return 1 + x;
        if (top >= 0x409) {
            if (top == 0x7ff)
                return hwk_bits(x) == UINT64_C(0xfff0000000000000) ? 0 : 1 + x;
            return hwk_bits(x) >> 63 ? 0 : 0x1p1023 * 0x1p1023;
        }
        near_limit = 1;
    }
    double kd = x * steps + shift;
    uint64_t k = hwk_bits(kd);
    kd -= shift;
    double r = x - kd * ln2_high - kd * ln2_low;
    const struct hwk_exp_entry *entry = &hwk_exp_table[k % EXP_STEPS];
    uint64_t bits = entry->scale + (k << 45);
    double r2 = r * r;
    double tail = entry->tail + r + r2 * (0.5 + r * 0.16666666666666666) + r2 * r2 * (0.041666666666666664 + r * 0.008333333333333333);
    if (near_limit)
        return special(tail, bits, k);
    double scale = hwk_value(bits);
    return scale + scale * tail;
}
