#include "lzma.h"
#include <stdio.h>
int main(void)
{
    double values[4] = { 1, 2, 3, 4 };
    return printf("%g\n", lzma_sum(values, 4)) != 3;
}
