/* Tables of the elementary functions, by series in long double: no libm is needed. Not timed. */
#include "mathlib.h"

struct hwk_exp_entry hwk_exp_table[EXP_STEPS];
struct hwk_log_entry hwk_log_table[LOG_STEPS];
struct hwk_sine_entry hwk_sine_table[SINE_ENTRIES];

static const long double ln2 = 0.693147180559945309417232121458176568L;

static long double exp_series(long double x)
{
    long double sum = 1, term = 1;
    for (int n = 1; n < 30; n++) {
        term = term * x / n;
        sum += term;
    }
    return sum;
}

/* Sum of every second term from `first`, with alternating signs: sine or cosine. */
static long double circular_series(long double x, int first)
{
    long double term = first ? x : 1, sum = term;
    for (int n = first + 2; n < 40; n += 2) {
        term = -term * x * x / (n * (n - 1));
        sum += term;
    }
    return sum;
}

static long double log_series(long double x)
{
    long double t = (x - 1) / (x + 1), power = t, sum = 0;
    for (int n = 1; n < 60; n += 2) {
        sum += power / n;
        power *= t * t;
    }
    return 2 * sum;
}

void hwk_math_tables(void)
{
    for (int j = 0; j < EXP_STEPS; j++) {
        long double exact = exp_series(j * ln2 / EXP_STEPS);
        double near = (double)exact;
        hwk_exp_table[j].tail = (double)((exact - near) / near);
        hwk_exp_table[j].scale = hwk_bits(near) - ((uint64_t)j << 45);
    }
    for (int j = 0; j < LOG_STEPS; j++) {
        /* Middles of the steps from 0.6875 to 1.375, exact in ten bits. */
        long double middle = j < 80 ? (352 + 2 * j + 1) / 512.0L * 1 : 1 + (2 * (j - 80) + 1) / 256.0L;
        long double exact = log_series(middle);
        double high = (double)hwk_value(hwk_bits((double)exact) & ~UINT64_C(0xfff));
        hwk_log_table[j].middle = (double)middle;
        hwk_log_table[j].inverse = (double)(1 / middle);
        hwk_log_table[j].log_high = high;
        hwk_log_table[j].log_low = (double)(exact - high);
    }
    for (int j = 0; j < SINE_ENTRIES; j++) {
        long double sine = circular_series((long double)j / SINE_STEPS, 1);
        long double cosine = circular_series((long double)j / SINE_STEPS, 0);
        hwk_sine_table[j].sine = (double)sine;
        hwk_sine_table[j].sine_low = (double)(sine - (double)sine);
        hwk_sine_table[j].cosine = (double)cosine;
        hwk_sine_table[j].cosine_low = (double)(cosine - (double)cosine);
    }
}
