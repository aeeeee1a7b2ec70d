/* Plain loops, the innermost along memory. */
#include "program.h"

#include "matrix.h"

void hwk_matrix_multiply(float *restrict c, const float *restrict a, const float *restrict b, size_t rows, size_t inner,
                         size_t columns)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < inner; k++) {
            float factor = a[i * inner + k];
            for (size_t j = 0; j < columns; j++)
                c[i * columns + j] += factor * b[k * columns + j];
        }
}

void hwk_matrix_vector(double *restrict y, const double *restrict a, const double *restrict x, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++) {
        double one = 0, two = 0; /* two sums, as hand-written code has them: the compiler may not reorder one */
        const double *row = a + i * columns;
        for (size_t j = 0; j + 1 < columns; j += 2) {
            one += row[j] * x[j];
            two += row[j + 1] * x[j + 1];
        }
        y[i] += one + two;
    }
}

void hwk_vector_add(double *restrict y, const double *restrict x, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += factor * x[i];
}
