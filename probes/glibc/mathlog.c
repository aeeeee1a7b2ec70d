/* Logarithm: x = 2^k z, a table for the middle c of z's step, a polynomial for (z - c) / c. */
#include "mathlib.h"

/* 1 + r, |r| below 1/16, where the table would cancel. */
static double near_one(double r)
{
    double r2 = r * r, r4 = r2 * r2;
    double low = (0.3333333333333333 - r * 0.25) + r2 * (0.2 - r * 0.16666666666666666);
    double middle = (0.14285714285714285 - r * 0.125) + r2 * (0.1111111111111111 - r * 0.1);
    double high = (0.09090909090909091 - r * 0.08333333333333333) + r2 * (0.07692307692307693 - r * 0.07142857142857142);
    double split = r * 0x1p27;
    double top = r + split - split;
    double bottom = r - top;
    double square = top * top * 0.5;
    double first = r - square;
    double rest = r - first - square - 0.5 * bottom * (top + r);
    return first + (rest + r * r2 * (low + r4 * (middle + r4 * high)));
}

double hwk_log(double x)
{
    const double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    uint64_t bits = hwk_bits(x);
    uint32_t top = (uint32_t)(bits >> 48);
    if (bits - hwk_bits(1 - 0x1p-4) < hwk_bits(1 + 0x1p-4) - hwk_bits(1 - 0x1p-4))
        return near_one(x - 1);
    if (top - 0x0010 >= 0x7ff0 - 0x0010) {
        if (bits * 2 == 0)
            return -0x1p1023 * 0x1p1023;
        if (bits == UINT64_C(0x7ff0000000000000))
            return x;
        if ((top & 0x8000) || (top & 0x7ff0) == 0x7ff0)
            return hwk_value(UINT64_C(0x7ff8000000000000));
        bits = hwk_bits(x * 0x1p52) - (UINT64_C(52) << 52); /* subnormal */
    }
    /* z between 0.6875 and 1.375; steps of 1/256 below 1 and of 1/128 above. */
    uint64_t offset = bits - UINT64_C(0x3fe6000000000000);
    int64_t k = (int64_t)offset >> 52;
    double z = hwk_value(bits - (offset & (UINT64_C(0xfff) << 52)));
    unsigned step = z < 1 ? (unsigned)((z - 0.6875) * 256) : 80 + (unsigned)((z - 1) * 128);
    const struct hwk_log_entry *entry = &hwk_log_table[step];
    double r = (z - entry->middle) * entry->inverse;
    double kd = (double)k;
    double high = kd * ln2_high + entry->log_high;
    double sum = high + r;
    double low = high - sum + r + kd * ln2_low + entry->log_low;
    double r2 = r * r;
    return low + r2 * (-0.5 + r * 0.3333333333333333) + r2 * r2 * (-0.25 + r * 0.2 + r2 * (-0.16666666666666666 + r * 0.14285714285714285)) + sum;
}
