/* hwtune:
title = "Big integers"
domain = "cryptography"
linkage = "library"
code = ["loop"]
stands_for = "products, squares and Montgomery reduction as in modular powers, and conversion to decimal"
source = "D. E. Knuth, The Art of Computer Programming 2, 4.3.1; P. L. Montgomery, Modular multiplication without trial division, 1985; shaped like CPython's longobject.c and libtommath"
datasets = ["256-bit", "1024-bit", "2048-bit"]
units = ["bignum_code.c"]
headers = ["bignum.h"]
*/
#include "bignum.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64, NUMBERS = 16 };

static const size_t digits[] = {8, 32, 64};
static const unsigned steps[] = {300, 32, 8};
static unsigned dataset, at;
static uint32_t *number, modulus[MOST], inverse;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    number = malloc(NUMBERS * MOST * sizeof *number);
    if (number == NULL)
        abort();
    for (unsigned i = 0; i < NUMBERS * MOST; i++)
        number[i] = (uint32_t)support_random(&seed);
    for (unsigned i = 0; i < MOST; i++)
        modulus[i] = (uint32_t)support_random(&seed);
    modulus[0] |= 1;
    modulus[digits[dataset] - 1] |= UINT32_C(1) << 31;
    inverse = 1;
    for (unsigned i = 0; i < 5; i++) /* Newton's iteration doubles the bits that are right */
        inverse *= 2 - modulus[0] * inverse;
    inverse = 0 - inverse;
}

/* Some steps of a power: each a square and, by a bit, a product; at the end it is written in decimal. */
uint64_t probe_run(void)
{
    size_t n = digits[dataset];
    uint32_t power[MOST], product[2 * MOST + 1];
    const uint32_t *factor = number + at * MOST;
    at = (at + 1) % NUMBERS;
    memcpy(power, factor, n * sizeof *power);
    for (unsigned step = 0; step < steps[dataset]; step++) {
        hwk_square(product, power, n);
        hwk_reduce(power, product, modulus, inverse, n);
        if (factor[step % n] >> (step % 32) & 1) {
            hwk_multiply(product, power, factor, n);
            hwk_reduce(power, product, modulus, inverse, n);
        }
    }
    uint64_t sum = support_hash(0, power, n * sizeof *power);
    for (size_t left = n; left > 0; left -= power[left - 1] == 0)
        sum = sum * 31 + hwk_divide_digit(power, left, 1000000000);
    return sum;
}
