/*
 * kernels.h
 *		The inner loops of the search, one table of them for each instruction set.
 *
 * Codes are unpacked to bytes, [cells][stride]: a plane of all codes at 8 bits,
 * one of low and one of high bytes at 16.  stride is the number of channels
 * rounded up to KERNEL_LANES; channels beyond the last are zero.
 */
#ifndef INTSEARCH_KERNELS_H
#define INTSEARCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_LANES 64

/* The test that all windows of one height and width in one pair of rows go through: see bound_scan.c. */
typedef struct BoundTest
{
	const float *strip;        /* [dims][stride]: sketch sums over the rows, left of each column */
	const int32_t *numerators; /* [stride]: the same of the numerator, in its integer units */
	int stride;
	int dims;
	int least_numerator; /* windows below it are not wanted */
	float slope; /* a window passes if (slope * numerator + offset)^2 >= its squared sketch norm */
	float offset;
} BoundTest;

typedef struct Kernels
{
	const char *name;

	/* sum of code * weight over the channels; |sum| < 2^31 is the caller's promise */
	int32_t (*dot)(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed);

	/*
	 * sums[c] = sum of the codes of channel c over rows x columns cells; a row
	 * of cells starts row_step bytes after the one before.  |sum| < 2^31 is the caller's promise.
	 */
	void (*sum_cells)(const uint8_t *codes, size_t row_step, int rows, int columns, int stride,
					  bool is_signed, int32_t *sums);

	/*
	 * numerator = sum of weights[c] * sums[c], square = sum of (scales[c] *
	 * sums[c])^2, in double precision.  The order of additions is part of the
	 * definition, so that every kernel gives the same bits: eight partial sums
	 * over c modulo 8, added as ((0+4)+(2+6)) + ((1+5)+(3+7)), no fused operations.
	 */
	void (*cosine_parts)(const double *sums, const double *weights, const double *scales,
						 int stride, double *numerator, double *square);

	/*
	 * Of the windows with columns x to x + width, x from 0 to count - 1, lists
	 * those that pass the test; returns how many.
	 */
	int (*select_windows)(const BoundTest *test, int width, int count, uint16_t *selected);
} Kernels;

extern const Kernels kernels_plain;

/* Squared norm of the sketch of the window with columns x1 to x2. */
static inline float
strip_square(const BoundTest *test, int x1, int x2)
{
	float square = 0;

	for (int k = 0; k < test->dims; k++)
	{
		float sum = test->strip[(size_t) k * test->stride + x2] -
					test->strip[(size_t) k * test->stride + x1];

		square += sum * sum;
	}
	return square;
}

#endif
