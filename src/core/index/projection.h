/*
 * projection.h
 *		Products of a vector with the rows of a matrix, in single precision.
 *
 * The order of additions is fixed, so the results are the same everywhere:
 * eight partial sums over the column modulo 8, added like those of
 * cosine_parts in kernels.h.
 */
#ifndef INTSEARCH_PROJECTION_H
#define INTSEARCH_PROJECTION_H

#include <stddef.h>

/* out[i] = sum of rows[i][c] * vector[c], for count rows, [columns] each */
extern void project(const float *rows, int count, int columns,
					const float *vector, float *out);

/* Rows that add_rows adds together. */
#define ROWS_AT_ONCE 8

/*
 * sums[c] += sum of factors[i] * rows[i * stride + c] over ROWS_AT_ONCE rows,
 * one after the other, for each of the columns.
 */
extern void add_rows(const float *rows, size_t stride, const float *factors,
					 int columns, float *sums);

/* sum of a[c] * b[c] */
extern float inner_product(const float *a, const float *b, int columns);

#endif
