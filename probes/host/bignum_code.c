/* The methods of long multiplication and division by a digit. */
#include "bignum.h"

#include <string.h>

/* r[0..n) += a * digit; returns the carry. */
static uint32_t add_product(uint32_t *r, const uint32_t *a, size_t n, uint32_t digit)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) {
        carry += (uint64_t)a[i] * digit + r[i];
        r[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return (uint32_t)carry;
}

void hwk_multiply(uint32_t *r, const uint32_t *a, const uint32_t *b, size_t n)
{
    memset(r, 0, 2 * n * sizeof *r);
    for (size_t i = 0; i < n; i++)
        r[i + n] = add_product(r + i, a, n, b[i]);
}

void hwk_square(uint32_t *r, const uint32_t *a, size_t n)
{
    memset(r, 0, 2 * n * sizeof *r);
    for (size_t i = 0; i + 1 < n; i++)
        r[i + n] = add_product(r + 2 * i + 1, a + i + 1, n - i - 1, a[i]);
    uint32_t top = 0;
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) { /* twice the products of different digits, and the squares */
        uint64_t own = (uint64_t)a[i] * a[i];
        uint32_t low = r[2 * i], high = r[2 * i + 1];
        carry += (uint64_t)(uint32_t)(low << 1 | top) + (uint32_t)own;
        r[2 * i] = (uint32_t)carry;
        carry = (carry >> 32) + (uint32_t)(high << 1 | low >> 31) + (own >> 32);
        r[2 * i + 1] = (uint32_t)carry;
        carry >>= 32;
        top = high >> 31;
    }
}

void hwk_reduce(uint32_t *r, uint32_t *t, const uint32_t *m, uint32_t inverse, size_t n)
{
    t[2 * n] = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t carry = add_product(t + i, m, n, t[i] * inverse);
        for (size_t at = i + n; carry != 0 && at <= 2 * n; at++) {
            carry += t[at];
            t[at] = (uint32_t)carry;
            carry >>= 32;
        }
    }
    /* Less the modulus where it is not below it. */
    uint64_t borrow = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t difference = (uint64_t)t[n + i] - m[i] - borrow;
        r[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    if (borrow > t[2 * n])
        memcpy(r, t + n, n * sizeof *r);
}

uint32_t hwk_divide_digit(uint32_t *a, size_t n, uint32_t divisor)
{
    uint64_t rest = 0;
    for (size_t i = n; i-- > 0;) {
        rest = rest << 32 | a[i];
        a[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}
