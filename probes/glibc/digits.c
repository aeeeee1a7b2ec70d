/* Digits of a double by arithmetic on large integers, one block of nine digits a step. */
#include "format.h"

#include <string.h>

enum { LIMBS = 72, BLOCK = 1000000000 };

/* A fixed-point number: `whole` limbs of the integer part from the most significant, then the fraction's. */
struct number {
    uint32_t limb[LIMBS];
    int n;
};

/* Divides by 10^9 and returns the remainder: the lowest nine digits. */
static uint32_t divide(struct number *a)
{
    uint64_t rest = 0;
    for (int i = a->n - 1; i >= 0; i--) {
        uint64_t at = rest << 32 | a->limb[i];
        a->limb[i] = (uint32_t)(at / BLOCK);
        rest = at % BLOCK;
    }
    while (a->n > 0 && a->limb[a->n - 1] == 0)
        a->n--;
    return (uint32_t)rest;
}

/* Multiplies a fraction by 10^9 and returns what crosses the point: the next nine digits. */
static uint32_t multiply(struct number *a)
{
    uint64_t carry = 0;
    for (int i = 0; i < a->n; i++) {
        uint64_t at = (uint64_t)a->limb[i] * BLOCK + carry;
        a->limb[i] = (uint32_t)at;
        carry = at >> 32;
    }
    return (uint32_t)carry;
}

static void nine(char *to, uint32_t block)
{
    for (int i = 8; i >= 0; i--) {
        to[i] = (char)('0' + block % 10);
        block /= 10;
    }
}

/* Adds mantissa * 2^shift to a number with room for it. */
static void place(struct number *a, uint64_t mantissa, int shift)
{
    int limb = shift / 32, bit = shift % 32;
    a->limb[limb] |= (uint32_t)(mantissa << bit);
    a->limb[limb + 1] |= (uint32_t)(mantissa >> (32 - bit));
    if (bit != 0)
        a->limb[limb + 2] |= (uint32_t)(mantissa >> 32 >> (32 - bit));
}

int hwk_digits(double value, int precision, int significant, char *digits, int *count)
{
    char all[1200];
    int n = 0, exponent, wanted;
    struct number whole = {{0}, 0}, fraction = {{0}, 0};
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int power = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (power != 0)
        mantissa |= UINT64_C(1) << 52;
    else
        power = 1;
    power -= 1075;
    if (power >= 0) {
        place(&whole, mantissa, power);
    } else if (power > -53) {
        place(&whole, mantissa >> -power, 0);
        fraction.n = 2;
        uint64_t below = mantissa << (64 + power);
        fraction.limb[0] = (uint32_t)below;
        fraction.limb[1] = (uint32_t)(below >> 32);
    } else {
        fraction.n = (-power + 31) / 32;
        place(&fraction, mantissa, fraction.n * 32 + power);
    }
    whole.n = LIMBS;
    while (whole.n > 0 && whole.limb[whole.n - 1] == 0)
        whole.n--;

    char blocks[40][9];
    int used = 0;
    while (whole.n > 0)
        nine(blocks[used++], divide(&whole));
    while (used > 0) {
        memcpy(all + n, blocks[--used], 9);
        n += 9;
    }
    int lead = 0, point = n;
    while (lead < n && all[lead] == '0')
        lead++;
    /* Leading zeros of a small fraction cost a step each nine; digits stop one block after those wanted. */
    int have = n - lead, zeros = 0;
    int need = significant ? precision + 1 : have + precision + 1;
    while (have < need && n + 9 < (int)sizeof all) {
        uint32_t block = multiply(&fraction);
        if (have == 0 && block == 0 && significant && mantissa != 0) {
            zeros += 9;
            continue;
        }
        nine(all + n, block);
        n += 9;
        if (have == 0) {
            lead = n - 9;
            if (significant)
                while (lead < n && all[lead] == '0')
                    lead++;
        }
        have = n - lead;
        int empty = 1;
        for (int i = 0; i < fraction.n; i++)
            empty &= fraction.limb[i] == 0;
        if (empty)
            break;
    }
    exponent = point - lead - 1 - zeros;
    wanted = significant ? precision : exponent + 1 + precision;
    if (have == 0 || mantissa == 0) {
        wanted = significant ? precision : precision + 1;
        exponent = 0;
        for (int i = 0; i < wanted; i++)
            digits[i] = '0';
        *count = wanted;
        return 0;
    }
    if (wanted > DIGITS_MOST - 2)
        wanted = DIGITS_MOST - 2;
    for (int i = 0; i < wanted; i++)
        digits[i] = lead + i < n ? all[lead + i] : '0';
    *count = wanted;
    /* Half to even, on what lies below the last digit. */
    char next = lead + wanted < n && wanted >= 0 ? all[lead + wanted] : '0';
    int more = 0;
    for (int i = lead + wanted + 1; i < n; i++)
        more |= all[i] != '0';
    for (int i = 0; i < fraction.n; i++)
        more |= fraction.limb[i] != 0;
    int odd = wanted > 0 && ((digits[wanted - 1] - '0') & 1);
    if (next > '5' || (next == '5' && (more || odd))) {
        int i = wanted - 1;
        while (i >= 0 && digits[i] == '9')
            digits[i--] = '0';
        if (i >= 0) {
            digits[i]++;
        } else {
            memmove(digits + 1, digits, (size_t)(wanted > 0 ? wanted : 0));
            digits[0] = '1';
            exponent++;
            *count = significant ? wanted : wanted + 1;
        }
    }
    return exponent;
}
