/*
 * kernels_select.h
 *		block_slack and select_windows, on eight columns at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	KERNEL(type, member)
 *					how the function for that member of its table begins
 *	TARGET			the attribute of the functions that these call
 *	Floats, Ints	eight floats, eight integers of 32 bits
 *	Mask			eight truth values
 *	load_floats, load_ints, store_floats
 *					at any address
 *	all_lanes		a vector of one float
 *	add_floats, subtract_floats, multiply_floats, subtract_ints, floats_of
 *	square_root, absolute
 *	greater_of		the first if it is greater, else the second
 *	at_least		false where one is NaN
 *	ints_at_least	whether integers are at least one
 *	any_in_both, bits_in_both
 *					of two Masks
 */
#include "core/kernels/kernels_windows.h"

/* Sums over the rows, left of eight columns in turn. */
typedef struct LeftSums
{
	Ints numerators;
	Floats sums[BLOCK_DIMS];
} LeftSums;

TARGET static inline __attribute__((always_inline)) LeftSums
load_left_sums(const BoundTest *test, int x)
{
	LeftSums left;

	left.numerators = load_ints(test->numerators + x);
	for (int k = 0; k < BLOCK_DIMS; k++)
		left.sums[k] =
			load_floats(test->strip + (size_t) k * test->stride + x);
	return left;
}

/*
 * The numerators of the windows between these left edges and the right ones
 * from x on.
 */
TARGET static inline __attribute__((always_inline)) Ints
window_numerators(const BoundTest *test, const LeftSums *left, int x)
{
	return subtract_ints(load_ints(test->numerators + x), left->numerators);
}

/* The squared norms of their sums in the first BLOCK_DIMS. */
TARGET static inline __attribute__((always_inline)) Floats
block_squares(const BoundTest *test, const LeftSums *left, int x)
{
	Floats squares = all_lanes(0);

	for (int k = 0; k < BLOCK_DIMS; k++)
	{
		const float *right = test->strip + (size_t) k * test->stride + x;
		Floats sum = subtract_floats(load_floats(right), left->sums[k]);

		squares = add_floats(squares, multiply_floats(sum, sum));
	}
	return squares;
}

/* Sums over the rows in dimension k, left of eight columns from x on. */
TARGET static inline __attribute__((always_inline)) Floats
strip_sums(const BoundTest *test, int k, int x)
{
	size_t at = (size_t) k * test->stride + x;

	return subtract_floats(load_floats(test->below + at),
						   load_floats(test->above + at));
}

/* Adds the squares in the other dimensions of the windows from x to right. */
TARGET static inline __attribute__((always_inline)) Floats
add_other_squares(Floats squares, const BoundTest *test, int x, int right)
{
	for (int k = BLOCK_DIMS; k < LEADING_DIMS; k++)
	{
		Floats sum = subtract_floats(strip_sums(test, k, right),
									 strip_sums(test, k, x));

		squares = add_floats(squares, multiply_floats(sum, sum));
	}
	return squares;
}

KERNEL(void, block_slack)
(const BoundTest *test, float root_factor, float rounding, float *slack)
{
	Floats slope = all_lanes(test->slope);

	slack += BLOCK_WIDTHS - 1;
	for (int x = 0; x <= test->columns; x += SELECT_LANES)
	{
		int right = x + BLOCK_WIDTHS - 1;
		Floats greatest = all_lanes(0);

		for (int width = 1; width < BLOCK_WIDTHS; width++)
		{
			LeftSums left = load_left_sums(test, right - width);
			Ints numerators = window_numerators(test, &left, right);
			Floats squares = block_squares(test, &left, right);
			Floats score = multiply_floats(slope, floats_of(numerators));
			Floats root =
				multiply_floats(square_root(squares), all_lanes(root_factor));
			Floats error =
				multiply_floats(absolute(score), all_lanes(rounding));
			Floats gain = add_floats(subtract_floats(root, score), error);

			greatest = greater_of(gain, greatest);
		}
		store_floats(slack + x, greatest);
	}
}

/* slope * numerator + offset */
TARGET static inline __attribute__((always_inline)) Floats
reach_of(const BoundTest *test, Ints numerators)
{
	return add_floats(multiply_floats(all_lanes(test->slope),
									  floats_of(numerators)),
					  all_lanes(test->offset));
}

/*
 * The windows of one width from column x on that pass.  The first BLOCK_DIMS
 * rule out most vectors.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_windows(const BoundTest *test, const LeftSums *left, int x, int width)
{
	int right = x + width;
	Ints numerators = window_numerators(test, left, right);
	Mask wanted = ints_at_least(numerators, test->least_numerator);
	Floats reach = reach_of(test, numerators);
	Floats squares = block_squares(test, left, right);

	reach = multiply_floats(reach, reach);
	if (!any_in_both(at_least(reach, squares), wanted))
		return 0;
	squares = add_other_squares(squares, test, x, right);
	return bits_in_both(at_least(reach, squares), wanted) &
		   windows_within(test, x, width);
}

/*
 * The blocks from column x on, of the widths from this one on, that pass.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_blocks(const BoundTest *test, const LeftSums *left, int x, int width)
{
	int right = x + width + BLOCK_WIDTHS - 1;
	Ints numerators = window_numerators(test, left, right);
	Floats reach = add_floats(reach_of(test, numerators),
							  load_floats(test->slack + right));
	Floats squares = block_squares(test, left, right);
	Mask passed = at_least(multiply_floats(reach, reach), squares);

	return bits_in_both(passed, passed) & windows_within(test, x, width);
}

/*
 * Tests the windows one by one.  Not inlined: next to select_by_block, few
 * widths took 6 % longer, for want of registers.
 */
TARGET static __attribute__((noinline)) SelectedWindow *
select_by_width(const BoundTest *test, int x, int least, int step, int most,
				SelectedWindow *end)
{
	LeftSums left = load_left_sums(test, x);

	for (int width = least; width <= most; width += step)
	{
		unsigned passed = passing_windows(test, &left, x, width);

		if (passed != 0)
			end = append_windows(end, passed, x, width);
	}
	return end;
}

/* The blocks from this width on that pass. */
typedef struct PassedBlocks
{
	uint16_t width;
	uint16_t passed;
} PassedBlocks;

/*
 * Tests all blocks first, without a branch, and then the windows of those that
 * pass.
 */
TARGET static __attribute__((noinline)) SelectedWindow *
select_by_block(const BoundTest *test, int x, int least, int most,
				SelectedWindow *end)
{
	LeftSums left = load_left_sums(test, x);
	PassedBlocks blocks[MOST_COLUMNS / BLOCK_WIDTHS];
	int count = 0;

	for (int width = least; width <= most; width += BLOCK_WIDTHS)
	{
		unsigned passed = passing_blocks(test, &left, x, width);

		blocks[count] = (PassedBlocks){(uint16_t) width, (uint16_t) passed};
		count += passed != 0;
	}
	for (int i = 0; i < count; i++)
		for (int width = blocks[i].width;
			 width < blocks[i].width + BLOCK_WIDTHS && width <= most; width++)
		{
			unsigned passed =
				passing_windows(test, &left, x, width) & blocks[i].passed;

			if (passed != 0)
				end = append_windows(end, passed, x, width);
		}
	return end;
}

KERNEL(int, select_windows)
(const BoundTest *test, int *x, int least, int step, int most,
 SelectedWindow *selected)
{
	SelectedWindow *end = selected;

	for (; *x <= test->columns - least && end == selected; *x += SELECT_LANES)
	{
		int widest = test->columns - *x < most ? test->columns - *x : most;

		end = test->slack != NULL
				  ? select_by_block(test, *x, least, widest, end)
				  : select_by_width(test, *x, least, step, widest, end);
	}
	return (int) (end - selected);
}
