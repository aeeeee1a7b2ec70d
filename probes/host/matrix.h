/* Products of matrices and vectors. */
#ifndef HWK_MATRIX_H
#define HWK_MATRIX_H

#include <stddef.h>

/* c += a * b, of rows * inner and inner * columns. */
void hwk_matrix_multiply(float *restrict c, const float *restrict a, const float *restrict b, size_t rows, size_t inner,
                         size_t columns);
/* y += a * x, row by row. */
void hwk_matrix_vector(double *restrict y, const double *restrict a, const double *restrict x, size_t rows, size_t columns);
/* y += factor * x. */
void hwk_vector_add(double *restrict y, const double *restrict x, double factor, size_t n);

#endif
