/* Elementary functions by table and polynomial. */
#ifndef HWK_MATHLIB_H
#define HWK_MATHLIB_H

#include <stdint.h>

enum { EXP_STEPS = 128, LOG_STEPS = 128, SINE_STEPS = 128, SINE_ENTRIES = 104 };

struct hwk_exp_entry {
    double tail;    /* relative to the scale */
    uint64_t scale; /* bits of 2^(j/128), less j in the exponent's place */
};

struct hwk_log_entry {
    double inverse, middle, log_high, log_low;
};

struct hwk_sine_entry {
    double sine, sine_low, cosine, cosine_low;
};

extern __attribute__((visibility("hidden"))) struct hwk_exp_entry hwk_exp_table[EXP_STEPS];
extern __attribute__((visibility("hidden"))) struct hwk_log_entry hwk_log_table[LOG_STEPS];
extern __attribute__((visibility("hidden"))) struct hwk_sine_entry hwk_sine_table[SINE_ENTRIES];

/* Fills the tables; built with the base flags, so that they are the same in every build. */
__attribute__((visibility("hidden"))) void hwk_math_tables(void);

__attribute__((visibility("default"))) double hwk_exp(double x);
__attribute__((visibility("default"))) double hwk_log(double x);
/* |x| up to 2^17 */
__attribute__((visibility("default"))) double hwk_sin(double x);

static inline uint64_t hwk_bits(double x)
{
    union {
        double value;
        uint64_t bits;
    } u = {x};
    return u.bits;
}

static inline double hwk_value(uint64_t bits)
{
    union {
        uint64_t bits;
        double value;
    } u = {bits};
    return u.value;
}

#endif
