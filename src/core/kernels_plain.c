/*
 * kernels_plain.c
 *		The kernels in plain C: the reference that every other version is tested
 *		against, written so that compilers can vectorise it.
 */
#include "kernels.h"

#include <string.h>

#include "feature_map.h"

static void
unpack(const uint8_t *bitmap, const uint8_t *codes, const uint8_t *end, int channels, int stride,
	   uint8_t *out)
{
	memset(out, 0, stride);
	for (int c = 0; c < channels; c += 8)
		for (unsigned bits = bitmap[c / 8]; bits != 0; bits &= bits - 1)
		{
			/* bits beyond the last channel, in a damaged value, fall into the padding */
			if (codes < end)
				out[c + __builtin_ctz(bits)] = *codes++;
		}
}

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
add_cells(const uint8_t *codes, size_t row_step, int rows, int columns, int stride, bool is_signed,
		  bool take_out, uint32_t *sums)
{
	uint32_t sign = take_out ? UINT32_MAX : 1;

	for (int y = 0; y < rows; y++)
		for (int x = 0; x < columns; x++)
		{
			const uint8_t *cell = codes + y * row_step + (size_t) x * stride;

			if (is_signed)
				for (int c = 0; c < stride; c++)
					sums[c] += sign * (uint32_t) (int8_t) cell[c];
			else
				for (int c = 0; c < stride; c++)
					sums[c] += sign * cell[c];
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

static void
subtract(const float *below, const float *above, int count, float *out)
{
	for (int i = 0; i < count; i++)
		out[i] = below[i] - above[i];
}

#define SELECT_LANES 8

static int
select_windows(const BoundTest *test, int width, int count, uint16_t *selected)
{
	int found = 0;

	for (int x = 0; x < count; x += SELECT_LANES)
	{
		float squares[SELECT_LANES] = {0};

		for (int k = 0; k < LEADING_DIMS; k++)
		{
			const float *left = test->strip + (size_t) k * test->stride + x;

			for (int lane = 0; lane < SELECT_LANES; lane++)
			{
				float sum = left[lane + width] - left[lane];

				squares[lane] += sum * sum;
			}
		}
		for (int lane = 0; lane < SELECT_LANES && x + lane < count; lane++)
		{
			int numerator = test->numerators[x + lane + width] - test->numerators[x + lane];
			float reach = test->slope * (float) numerator + test->offset;

			if (numerator >= test->least_numerator && reach * reach >= squares[lane])
				selected[found++] = (uint16_t) (x + lane);
		}
	}
	return found;
}

static float
sketch_square(const float *top_left, const float *top_right, const float *bottom_left,
			  const float *bottom_right, int dims)
{
	float squares[8] = {0};

	for (int k = 0; k < dims; k += 8)
		for (int lane = 0; lane < 8; lane++)
		{
			float sum = (bottom_right[k + lane] - bottom_left[k + lane]) -
						(top_right[k + lane] - top_left[k + lane]);

			squares[lane] += sum * sum;
		}
	return ((squares[0] + squares[4]) + (squares[2] + squares[6])) +
		   ((squares[1] + squares[5]) + (squares[3] + squares[7]));
}

const Kernels kernels_plain = {
	.name = "plain",
	.count_bits = count_bits,
	.unpack = unpack,
	.dot = dot,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.subtract = subtract,
	.select_windows = select_windows,
	.sketch_square = sketch_square,
};
