/*
 * kernels_plain.c
 *		The kernels in plain C: the reference that every other version is
 *		tested against, written so that compilers can vectorise it.
 */
#include "core/kernels/kernels.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/bits.h"
#include "core/kernels/kernels_unpack_plain.h"

#define TARGET
#define unpack         unpack_plainly
#define count_set_bits count_bits

#include "core/kernels/kernels_unpack_cells.h"

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
dot_cells(const uint8_t *codes, int count, const int16_t *weights, int stride,
		  bool is_signed, int32_t *sums)
{
	for (int i = 0; i < count; i++)
		sums[i] = dot(codes + (size_t) i * stride, weights, stride, is_signed);
}

static void
dot_four(const uint8_t *codes, const int16_t *weights, int stride,
		 bool is_signed, int32_t sums[4])
{
	for (int i = 0; i < 4; i++)
		sums[i] = dot(codes, weights + (size_t) i * stride, stride, is_signed);
}

static void
add_cells(const uint8_t *codes, size_t row_step, int rows, int columns,
		  int stride, bool is_signed, bool negate, uint32_t *sums)
{
	uint32_t sign = negate ? UINT32_MAX : 1;

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
cosine_parts(const double *sums, const double *weights, const double *scales,
			 int stride, double *numerator, double *square)
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
	*numerator =
		((numerators[0] + numerators[4]) + (numerators[2] + numerators[6])) +
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

/* Windows of one width in one pair of rows, as many as lanes. */
typedef struct Lanes
{
	int32_t numerators[SELECT_LANES];
	float squares[SELECT_LANES];
} Lanes;

/* Numerators, and squares in the first BLOCK_DIMS. */
static inline void
window_sums(const BoundTest *test, int x, int width, Lanes *windows)
{
	memset(windows->squares, 0, sizeof(windows->squares));
	for (int k = 0; k < BLOCK_DIMS; k++)
	{
		const float *left = test->strip + (size_t) k * test->stride + x;

		for (int lane = 0; lane < SELECT_LANES; lane++)
		{
			float sum = left[lane + width] - left[lane];

			windows->squares[lane] += sum * sum;
		}
	}
	for (int lane = 0; lane < SELECT_LANES; lane++)
		windows->numerators[lane] =
			test->numerators[x + lane + width] - test->numerators[x + lane];
}

/* Adds the squares in the other dimensions. */
static inline void
add_other_squares(const BoundTest *test, int x, int width, Lanes *windows)
{
	for (int k = BLOCK_DIMS; k < LEADING_DIMS; k++)
	{
		const float *below = test->below + (size_t) k * test->stride + x;
		const float *above = test->above + (size_t) k * test->stride + x;

		for (int lane = 0; lane < SELECT_LANES; lane++)
		{
			float sum = (below[lane + width] - above[lane + width]) -
						(below[lane] - above[lane]);

			windows->squares[lane] += sum * sum;
		}
	}
}

static void
block_slack(const BoundTest *test, float root_factor, float rounding,
			float *slack)
{
	slack += BLOCK_WIDTHS - 1;
	for (int x = 0; x <= test->columns;
		 x += SELECT_LANES, slack += SELECT_LANES)
	{
		memset(slack, 0, sizeof(float) * SELECT_LANES);
		for (int width = 1; width < BLOCK_WIDTHS; width++)
		{
			Lanes last;

			window_sums(test, x + BLOCK_WIDTHS - 1 - width, width, &last);
			for (int lane = 0; lane < SELECT_LANES; lane++)
			{
				float score = test->slope * (float) last.numerators[lane];
				float gain = sqrtf(last.squares[lane]) * root_factor - score;

				gain += fabsf(score) * rounding;
				slack[lane] = gain > slack[lane] ? gain : slack[lane];
			}
		}
	}
}

/* True where one of the windows is short enough in the first BLOCK_DIMS. */
static bool
any_reaches(const BoundTest *test, const Lanes *windows)
{
	unsigned passed = 0;

	for (int lane = 0; lane < SELECT_LANES; lane++)
	{
		float reach =
			test->slope * (float) windows->numerators[lane] + test->offset;

		passed |= reach * reach >= windows->squares[lane];
	}
	return passed != 0;
}

/*
 * Appends those of the windows of one width from column x on that pass, and
 * whose bit is set in blocks.
 */
static SelectedWindow *
select_width(const BoundTest *test, int x, int width, unsigned blocks,
			 SelectedWindow *end)
{
	Lanes windows;

	window_sums(test, x, width, &windows);
	if (!any_reaches(test, &windows))
		return end;
	add_other_squares(test, x, width, &windows);
	for (int lane = 0;
		 lane < SELECT_LANES && x + lane + width <= test->columns; lane++)
	{
		float reach =
			test->slope * (float) windows.numerators[lane] + test->offset;

		if (windows.numerators[lane] >= test->least_numerator &&
			reach * reach >= windows.squares[lane] &&
			(blocks >> lane & 1) != 0)
			*end++ = (SelectedWindow){(uint16_t) (x + lane), (uint16_t) width};
	}
	return end;
}

/* In bit i, whether the block from column x + i on passes. */
static unsigned
passing_blocks(const BoundTest *test, int x, int widest)
{
	Lanes windows;
	unsigned passed = 0;

	window_sums(test, x, widest, &windows);
	for (int lane = 0; lane < SELECT_LANES; lane++)
	{
		float reach =
			(test->slope * (float) windows.numerators[lane] + test->offset) +
			test->slack[x + lane + widest];

		passed |= (unsigned) (reach * reach >= windows.squares[lane]) << lane;
	}
	return passed;
}

static int
select_windows(const BoundTest *test, int *x, int least, int step, int most,
			   SelectedWindow *selected)
{
	SelectedWindow *end = selected;

	for (; *x <= test->columns - least && end == selected; *x += SELECT_LANES)
	{
		int widest = test->columns - *x < most ? test->columns - *x : most;
		unsigned blocks = UINT_MAX;

		for (int width = least; width <= widest; width += step)
		{
			if (test->slack != NULL && (width - least) % BLOCK_WIDTHS == 0)
				blocks = passing_blocks(test, *x, width + BLOCK_WIDTHS - 1);
			if (blocks != 0)
				end = select_width(test, *x, width, blocks, end);
		}
	}
	return (int) (end - selected);
}

static float
sketch_square(const float *top_left, const float *top_right,
			  const float *bottom_left, const float *bottom_right, int dims)
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

static void
greatest(const uint8_t *const *rows, int count, int stride, bool is_signed,
		 uint8_t *out)
{
	if (out != rows[0])
		memcpy(out, rows[0], stride);
	for (int i = 1; i < count; i++)
	{
		const uint8_t *row = rows[i];

		if (is_signed)
			for (int c = 0; c < stride; c++)
				out[c] = (int8_t) row[c] > (int8_t) out[c] ? row[c] : out[c];
		else
			for (int c = 0; c < stride; c++)
				out[c] = row[c] > out[c] ? row[c] : out[c];
	}
}

#include "core/kernels/box_sides_plain.h"
#include "core/kernels/look_up_plain.h"
#include "core/kernels/short_sides_plain.h"
#include "core/kernels/power_sides_plain.h"
#include "core/kernels/code_dots_plain.h"
#include "core/kernels/sketch_plain.h"
#include "core/kernels/sums_square_plain.h"

const Kernels kernels_plain = {
	.name = "plain",
	.unpack_cells = unpack_cells,
	.dot_cells = dot_cells,
	.dot_four = dot_four,
	.add_cells = add_cells,
	.cosine_parts = cosine_parts,
	.cosine_parts_float = cosine_parts_float,
	.subtract = subtract,
	.block_slack = block_slack,
	.select_windows = select_windows,
	.decode_row = decode_row,
	.sketch_square = sketch_square,
	.sums_square = sums_square,
	.greatest = greatest,
	.box_parts = box_parts,
	.sides_of_codes = sides_of_codes,
	.squares_of_codes = squares_of_codes,
	.look_up_powers = look_up_powers,
	.add_powers = add_powers,
	.run_powers = run_powers,
	.sides_of_powers = sides_of_powers,
	.dot_halves = dot_halves,
	.dot_bits = dot_bits,
};
