/* Natural numbers in digits of 32 bits, the lowest first. */
#ifndef HWK_BIGNUM_H
#define HWK_BIGNUM_H

#include <stddef.h>
#include <stdint.h>

/* r[0..2n) = a * b, each of n digits. */
void hwk_multiply(uint32_t *r, const uint32_t *a, const uint32_t *b, size_t n);
/* r[0..2n) = a * a. */
void hwk_square(uint32_t *r, const uint32_t *a, size_t n);
/* Montgomery reduction of t, of 2n digits and one more, by an odd m of n digits. */
void hwk_reduce(uint32_t *r, uint32_t *t, const uint32_t *m, uint32_t inverse, size_t n);
/* Divides by a digit in place, and returns the rest. */
uint32_t hwk_divide_digit(uint32_t *a, size_t n, uint32_t divisor);

#endif
