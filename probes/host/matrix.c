/* hwtune:
title = "Matrix and vector products"
domain = "numeric"
linkage = "program"
code = ["loop", "float"]
stands_for = "a product of small single-precision matrices, dot products and scaled sums in double precision, as plain C loops"
source = "C. L. Lawson et al., Basic linear algebra subprograms for Fortran usage, 1979; shaped like the reference BLAS and whisper.cpp's ggml in C"
datasets = ["square", "tall", "vectors"]
units = ["matrix_product.c"]
headers = ["matrix.h", "program.h"]
contraction = "All values are small integers, so that every product and sum is exact however it is rounded. In code whose values are not, fused multiply-adds change last digits."
*/
#include "program.h"

#include "matrix.h"

enum { SIDE = 48, INNER = 96, WIDE = 500, MATRICES = 4, LARGEST = WIDE * SIDE };

/* What is written to begins a cache line, as libraries of linear algebra see to: otherwise the layout decides how many vectors cross one. */
enum { ALIGNED = 64 };

static unsigned dataset, next;
static float *single;
static double *real;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* aligned_alloc is not declared where a package is built as C99. */
static void *aligned(size_t size)
{
    char *memory = malloc(size + ALIGNED);
    if (memory == NULL)
        abort();
    return memory + (ALIGNED - (uintptr_t)memory % ALIGNED);
}

void probe_setup(uint64_t seed)
{
    single = aligned((MATRICES + 1) * LARGEST * sizeof *single);
    real = aligned((MATRICES + 1) * LARGEST * sizeof *real);
    for (size_t i = 0; i < (MATRICES + 1) * LARGEST; i++) {
        int value = (int)(support_random(&seed) % 128) - 64;
        single[i] = (float)value;
        real[i] = value;
    }
}

static uint64_t product(size_t rows, size_t inner, size_t columns)
{
    static _Alignas(ALIGNED) float c[SIDE * SIDE * 4];
    const float *a = single + next * LARGEST, *b = a + LARGEST / 2;
    memset(c, 0, sizeof c);
    hwk_matrix_multiply(c, a, b, rows, inner, columns);
    uint64_t sum = 0;
    for (size_t i = 0; i < rows * columns; i++)
        sum = sum * 31 + (uint64_t)(int64_t)c[i];
    return sum;
}

uint64_t probe_run(void)
{
    uint64_t sum = 0;
    next = (next + 1) % MATRICES;
    if (dataset == 0)
        return product(SIDE, SIDE, SIDE) * 31 + product(SIDE, SIDE, SIDE - 7);
    if (dataset == 1)
        return product(SIDE * 4, INNER, 12);
    static _Alignas(ALIGNED) double y[WIDE];
    memset(y, 0, sizeof y);
    const double *a = real + next * LARGEST, *x = a + 1;
    hwk_matrix_vector(y, a, x, SIDE, WIDE);
    for (size_t i = 0; i < SIDE; i++)
        hwk_vector_add(y, a + i * WIDE, x[i], WIDE);
    for (size_t i = 0; i < WIDE; i++)
        sum = sum * 31 + (uint64_t)(int64_t)y[i];
    return sum;
}
