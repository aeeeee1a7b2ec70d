#include "lzma.h"
/* A loop that -march changes. */
double lzma_sum(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i] * values[i] + 1;
    return sum;
}
