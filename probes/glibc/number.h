/* Numbers from text. */
#ifndef HWK_NUMBER_H
#define HWK_NUMBER_H

#include <stdint.h>

/* A decimal number with point and exponent, rounded half to even; `end` is set behind it, or to `text` if there is
 * none. */
__attribute__((visibility("default"))) double hwk_to_double(const char *text, const char **end);

/* A signed integer, base 10, 8 or 16 by its prefix; saturates. */
__attribute__((visibility("default"))) int64_t hwk_to_integer(const char *text, const char **end);

enum { BIG_LIMBS = 80 };

/* A natural number, least significant limb first. */
struct hwk_big {
    uint32_t limb[BIG_LIMBS];
    int n;
};

__attribute__((visibility("hidden"))) void hwk_big_multiply_add(struct hwk_big *a, uint32_t by, uint32_t add);
__attribute__((visibility("hidden"))) void hwk_big_power_of_ten(struct hwk_big *a, unsigned power);
__attribute__((visibility("hidden"))) void hwk_big_shift(struct hwk_big *a, unsigned bits);
/* Highest 64 bits; `below` gets the number of bits under them, `more` whether any of those is set. */
__attribute__((visibility("hidden"))) uint64_t hwk_big_top(const struct hwk_big *a, int *below, int *more);
/* Quotient of at most 96 bits; the remainder stays in `a`. */
__attribute__((visibility("hidden"))) void hwk_big_divide(struct hwk_big *a, const struct hwk_big *by,
                                                         struct hwk_big *quotient);

#endif
