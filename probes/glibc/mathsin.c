/* Sine: a multiple of pi/2 taken off in three parts, then a table and short polynomials. */
#include "mathlib.h"

/* Sine or cosine of x + y, |x| <= pi/4, y far smaller. */
static double at(double x, double y, int cosine)
{
    const double big = 0x1.8p45; /* rounds to multiples of 1/128 */
    int negative = x < 0;
    if (negative) {
        x = -x;
        y = -y;
    }
    double u = x + big;
    unsigned step = (unsigned)hwk_bits(u) & 0x1ff;
    x -= u - big;
    const struct hwk_sine_entry *e = &hwk_sine_table[step];
    double x2 = x * x;
    double s = x + (y + x * x2 * (-0.16666666666666666 + x2 * 0.008333333333333333));
    double c = x * y + x2 * (0.5 + x2 * (-0.041666666666666664 + x2 * 0.001388888888888889));
    if (cosine)
        return e->cosine + ((e->cosine_low - s * e->sine_low) - e->cosine * c - e->sine * s);
    double value = e->sine + ((e->sine_low + s * e->cosine_low) - e->sine * c + e->cosine * s);
    return negative ? -value : value;
}

double hwk_sin(double x)
{
    const double two_over_pi = 0x1.45f306dc9c883p-1, shift = 0x1.8p52;
    const double part1 = 0x1.921fb58000000p0, part2 = -0x1.dde973c000000p-27, part3 = -0x1.cb3b398000000p-55,
                 part4 = -0x1.d747f23e32ed7p-83;
    uint32_t top = (uint32_t)(hwk_bits(x) >> 32) & 0x7fffffff;
    if (top < 0x3e500000) /* below 2^-26 */
        return x;
    if (top < 0x3fe921fb)
        return at(x, 0, 0);
    if (top >= 0x40f00000 + 0x100000)
        return x - x;
    double turns = x * two_over_pi + shift;
    unsigned quadrant = (unsigned)hwk_bits(turns) & 3;
    turns -= shift;
    double high = (x - turns * part1) - turns * part2;
    double small = turns * part3;
    double reduced = high - small;
    double rest = (high - reduced) - small;
    small = turns * part4;
    double final = reduced - small;
    rest += (reduced - final) - small;
    double value = at(final, rest, quadrant & 1);
    return quadrant & 2 ? -value : value;
}
