/* Several elements a step, as libraries of linear algebra have them: a loop over single elements is so short that its address decides its
 * speed. */
#include "program.h"

#include "matrix.h"

#define ADD(j) (sum[j] += a[k] * b[k * columns + (j)])

/* Eight elements of a row, in registers. */
static void eight(float *restrict c, const float *restrict a, const float *restrict b, size_t inner, size_t columns)
{
    float sum[8] = {0};
    for (size_t k = 0; k < inner; k++)
        ADD(0), ADD(1), ADD(2), ADD(3), ADD(4), ADD(5), ADD(6), ADD(7);
    for (size_t j = 0; j < 8; j++)
        c[j] += sum[j];
}

void hwk_matrix_multiply(float *restrict c, const float *restrict a, const float *restrict b, size_t rows, size_t inner,
                         size_t columns)
{
    for (size_t i = 0; i < rows; i++, a += inner, c += columns) {
        size_t j = 0;
        for (; j + 7 < columns; j += 8)
            eight(c + j, a, b + j, inner, columns);
        for (; j < columns; j++)
            for (size_t k = 0; k < inner; k++)
                c[j] += a[k] * b[k * columns + j];
    }
}

void hwk_matrix_vector(double *restrict y, const double *restrict a, const double *restrict x, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++) {
        double sum[4] = {0}; /* four sums, as hand-written code has them: the compiler may not reorder one */
        const double *row = a + i * columns;
        for (size_t j = 0; j + 3 < columns; j += 4) {
            sum[0] += row[j] * x[j];
            sum[1] += row[j + 1] * x[j + 1];
            sum[2] += row[j + 2] * x[j + 2];
            sum[3] += row[j + 3] * x[j + 3];
        }
        y[i] += sum[0] + sum[1] + (sum[2] + sum[3]);
    }
}

void hwk_vector_add(double *restrict y, const double *restrict x, double factor, size_t n)
{
    size_t i = 0;
    for (; i + 3 < n; i += 4) {
        y[i] += factor * x[i];
        y[i + 1] += factor * x[i + 1];
        y[i + 2] += factor * x[i + 2];
        y[i + 3] += factor * x[i + 3];
    }
    for (; i < n; i++)
        y[i] += factor * x[i];
}
