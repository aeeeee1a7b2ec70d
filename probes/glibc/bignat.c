/* Natural numbers of a few dozen limbs. */
#include "number.h"

#include <string.h>

static void trim(struct hwk_big *a)
{
    while (a->n > 0 && a->limb[a->n - 1] == 0)
        a->n--;
}

void hwk_big_multiply_add(struct hwk_big *a, uint32_t by, uint32_t add)
{
    uint64_t carry = add;
    for (int i = 0; i < a->n; i++) {
        carry += (uint64_t)a->limb[i] * by;
        a->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0 && a->n < BIG_LIMBS)
        a->limb[a->n++] = (uint32_t)carry;
}

void hwk_big_power_of_ten(struct hwk_big *a, unsigned power)
{
    static const uint32_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    for (; power >= 9; power -= 9)
        hwk_big_multiply_add(a, 1000000000, 0);
    if (power != 0)
        hwk_big_multiply_add(a, tens[power], 0);
}

void hwk_big_shift(struct hwk_big *a, unsigned bits)
{
    int limbs = (int)(bits / 32);
    unsigned bit = bits % 32;
    if (a->n == 0 || a->n + limbs + 1 > BIG_LIMBS)
        return;
    for (int i = a->n; i >= 0; i--) {
        uint32_t high = i < a->n ? a->limb[i] : 0, low = i > 0 ? a->limb[i - 1] : 0;
        a->limb[i + limbs] = bit == 0 ? high : high << bit | low >> (32 - bit);
    }
    memset(a->limb, 0, (size_t)limbs * sizeof a->limb[0]);
    a->n += limbs + 1;
    trim(a);
}

uint64_t hwk_big_top(const struct hwk_big *a, int *below, int *more)
{
    uint64_t top = 0;
    int taken = 0, i = a->n - 1;
    unsigned lead = (unsigned)__builtin_clz(a->limb[i]);
    for (; i >= 0 && taken < 2; i--, taken++)
        top = top << 32 | a->limb[i];
    if (taken == 1)
        top <<= 32;
    *below = (a->n - 2) * 32 - (int)lead;
    *more = 0;
    if (lead != 0) {
        uint32_t next = i >= 0 ? a->limb[i] : 0;
        top = top << lead | next >> (32 - lead);
        if (i >= 0 && (uint32_t)(next << lead) != 0)
            *more = 1;
        i--;
    }
    for (; i >= 0; i--)
        *more |= a->limb[i] != 0;
    return top;
}

/* Schoolbook division, a limb of the quotient at a time, from estimates by the leading limbs. */
void hwk_big_divide(struct hwk_big *a, const struct hwk_big *by, struct hwk_big *quotient)
{
    struct hwk_big v = *by;
    unsigned lead = (unsigned)__builtin_clz(by->limb[by->n - 1]);
    hwk_big_shift(&v, lead);
    hwk_big_shift(a, lead);
    int n = v.n, m = a->n - n;
    if (m < 0) {
        quotient->n = 0;
        return;
    }
    if (a->n < BIG_LIMBS)
        a->limb[a->n] = 0;
    quotient->n = m + 1;
    uint32_t first = v.limb[n - 1], second = n > 1 ? v.limb[n - 2] : 0;
    for (int j = m; j >= 0; j--) {
        uint64_t numerator = (uint64_t)a->limb[j + n] << 32 | a->limb[j + n - 1];
        uint64_t digit = numerator / first, rest = numerator % first;
        while (digit >> 32 ||
               (n > 1 && digit * second > (rest << 32 | a->limb[j + n - 2]))) {
            digit--;
            rest += first;
            if (rest >> 32)
                break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (int i = 0; i < n; i++) {
            carry += digit * v.limb[i];
            int64_t t = (int64_t)a->limb[i + j] - (int64_t)(uint32_t)carry + borrow;
            a->limb[i + j] = (uint32_t)t;
            borrow = t < 0 ? -1 : 0;
            carry >>= 32;
        }
        int64_t t = (int64_t)a->limb[j + n] - (int64_t)carry + borrow;
        a->limb[j + n] = (uint32_t)t;
        if (t < 0) {
            uint64_t again = 0;
            digit--;
            for (int i = 0; i < n; i++) {
                again += (uint64_t)a->limb[i + j] + v.limb[i];
                a->limb[i + j] = (uint32_t)again;
                again >>= 32;
            }
            a->limb[j + n] += (uint32_t)again;
        }
        quotient->limb[j] = (uint32_t)digit;
    }
    a->n = n;
    trim(a);
    trim(quotient);
}
