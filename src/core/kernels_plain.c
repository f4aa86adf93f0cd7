/*
 * kernels_plain.c
 *		The kernels in plain C: the reference that every other version is tested
 *		against, written so that compilers can vectorise it.
 */
#include "kernels.h"

#include <string.h>

static int32_t
dot(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed)
{
	int32_t sum = 0;

	if (is_signed)
		for (int c = 0; c < stride; c++)
			sum += (int8_t) codes[c] * weights[c];
	else
		for (int c = 0; c < stride; c++)
			sum += codes[c] * weights[c];
	return sum;
}

static void
sum_cells(const uint8_t *codes, size_t row_step, int rows, int columns, int stride, bool is_signed,
		  int32_t *sums)
{
	memset(sums, 0, sizeof(int32_t) * stride);
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < columns; x++)
		{
			const uint8_t *cell = codes + y * row_step + (size_t) x * stride;

			if (is_signed)
				for (int c = 0; c < stride; c++)
					sums[c] += (int8_t) cell[c];
			else
				for (int c = 0; c < stride; c++)
					sums[c] += cell[c];
		}
}

static void
cosine_parts(const double *sums, const double *weights, const double *scales, int stride,
			 double *numerator, double *square)
{
	double numerators[8] = {0};
	double squares[8] = {0};

	for (int c = 0; c < stride; c += 8)
		for (int lane = 0; lane < 8; lane++)
		{
			double value = scales[c + lane] * sums[c + lane];

			numerators[lane] += weights[c + lane] * sums[c + lane];
			squares[lane] += value * value;
		}
	*numerator = ((numerators[0] + numerators[4]) + (numerators[2] + numerators[6])) +
				 ((numerators[1] + numerators[5]) + (numerators[3] + numerators[7]));
	*square = ((squares[0] + squares[4]) + (squares[2] + squares[6])) +
			  ((squares[1] + squares[5]) + (squares[3] + squares[7]));
}

#define SELECT_LANES 16

static int
select_windows(const BoundTest *test, int width, int count, uint16_t *selected)
{
	int found = 0;
	int x = 0;

	for (; x + SELECT_LANES <= count; x += SELECT_LANES)
	{
		float squares[SELECT_LANES] = {0};

		for (int k = 0; k < test->dims; k++)
		{
			const float *left = test->strip + (size_t) k * test->stride + x;

			for (int lane = 0; lane < SELECT_LANES; lane++)
			{
				float sum = left[lane + width] - left[lane];

				squares[lane] += sum * sum;
			}
		}
		for (int lane = 0; lane < SELECT_LANES; lane++)
		{
			int numerator = test->numerators[x + lane + width] - test->numerators[x + lane];
			float reach = test->slope * (float) numerator + test->offset;

			if (numerator >= test->least_numerator && reach * reach >= squares[lane])
				selected[found++] = (uint16_t) (x + lane);
		}
	}
	for (; x < count; x++)
	{
		int numerator = test->numerators[x + width] - test->numerators[x];
		float reach = test->slope * (float) numerator + test->offset;

		if (numerator >= test->least_numerator && reach * reach >= strip_square(test, x, x + width))
			selected[found++] = (uint16_t) x;
	}
	return found;
}

const Kernels kernels_plain = {
	.name = "plain",
	.dot = dot,
	.sum_cells = sum_cells,
	.cosine_parts = cosine_parts,
	.select_windows = select_windows,
};
