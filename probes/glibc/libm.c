/* hwtune:
title = "Elementary functions"
code = ["float"]
stands_for = "exp, log and sin: range reduction, table look-up, polynomial"
source = "glibc 2.40, sysdeps/ieee754/dbl-64: e_exp.c, e_log.c, s_sin.c (builds without FMA; with it, x86-64 selects its own at run time)"
datasets = ["everyday", "wide", "edges"]
units = ["mathexp.c", "mathlog.c", "mathsin.c"]
setup = ["mathtables.c"]
headers = ["mathlib.h"]
bounds = ["exp", "log", "sin"]
*/
#include "mathlib.h"
#include "probe.h"

#include <stdlib.h>

enum { VALUES = 6000, A_CALL = VALUES / 4 };

static unsigned dataset, at;
static double *exponent, *positive, *angle;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* Uniform in [low, high). */
static double between(uint64_t *seed, double low, double high)
{
    return low + (double)(support_random(seed) >> 11) * 0x1p-53 * (high - low);
}

void probe_setup(uint64_t seed)
{
    hwk_math_tables();
    exponent = malloc(VALUES * sizeof *exponent);
    positive = malloc(VALUES * sizeof *positive);
    angle = malloc(VALUES * sizeof *angle);
    if (exponent == NULL || positive == NULL || angle == NULL)
        abort();
    for (unsigned i = 0; i < VALUES; i++) {
        uint64_t draw = support_random(&seed);
        int edge = dataset == 2 && draw % 4 == 0;
        double reach = dataset == 0 ? 2 : dataset == 1 ? 700 : 30;
        exponent[i] = between(&seed, -reach, reach);
        angle[i] = between(&seed, -1, 1) * (dataset == 0 ? 3.2 : dataset == 1 ? 60000 : 20);
        /* Any exponent where the data are wide, else about 1. */
        uint64_t power = dataset == 1 ? 1 + draw % 2046 : 1020 + draw % 6;
        positive[i] = hwk_value(power << 52 | support_random(&seed) >> 12);
        if (edge) {
            static const double edges[] = {0.0, -0.0, 1.0, 0x1p-30, 0x1p-1074, 0x1p-1040, 709.78, -745.1};
            exponent[i] = edges[draw / 4 % 8];
            positive[i] = edges[draw / 32 % 6];
            angle[i] = edges[draw / 256 % 6];
        }
    }
}

/* The next quarter of the values, one function after the other. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    unsigned end = at + A_CALL;
    for (unsigned i = at; i < end; i++)
        sum = (sum ^ hwk_bits(hwk_exp(exponent[i]))) * UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned i = at; i < end; i++)
        sum = (sum ^ hwk_bits(hwk_log(positive[i]))) * UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned i = at; i < end; i++)
        sum = (sum ^ hwk_bits(hwk_sin(angle[i]))) * UINT64_C(0x9e3779b97f4a7c15);
    at = end % VALUES;
    return sum ^ sum >> 31;
}

/* In the order of `bounds` above. */
void probe_values(unsigned function, const double *x, const double *y, double *results, size_t n)
{
    (void)y;
    for (size_t i = 0; i < n; i++)
        results[i] = function == 0 ? hwk_exp(x[i]) : function == 1 ? hwk_log(x[i]) : hwk_sin(x[i]);
}
