/*
 * kernels_select.h
 *		block_slack and select_windows, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	LANES			floats in a vector: SELECT_LANES, or twice as many
 *	Floats			LANES floats, with the operators + - *
 *	Ints			LANES integers of 32 bits
 *	Mask			LANES truth values
 *	load_floats, load_ints, store_floats
 *					take the set of lanes to touch; they may touch all LANES
 *					if that is no more than SELECT_LANES
 *	all_lanes		a vector of one float
 *	subtract_ints, floats_of
 *	square_root, absolute
 *	greater_of		the second where one is NaN
 *	at_least		false where one is NaN
 *	ints_at_least	anything outside of the set of lanes
 *	any_in_both, bits_in_both
 *					of two Masks
 */
#include "core/kernels/kernels_windows.h"

/* Sums over the rows, left of LANES columns in turn. */
typedef struct LeftSums
{
	Ints numerators;
	Floats sums[LEADING_DIMS];
} LeftSums;

TARGET static inline __attribute__((always_inline)) LeftSums
load_left_sums(const BoundTest *test, int x, unsigned lanes)
{
	LeftSums left;

	left.numerators = load_ints(test->numerators + x, lanes);
	for (int k = 0; k < LEADING_DIMS; k++)
		left.sums[k] =
			load_floats(test->strip + (size_t) k * test->stride + x, lanes);
	return left;
}

/*
 * The numerators of the windows between these left edges and the right ones
 * from x on.
 */
TARGET static inline __attribute__((always_inline)) Ints
window_numerators(const BoundTest *test, const LeftSums *left, int x,
				  unsigned lanes)
{
	return subtract_ints(load_ints(test->numerators + x, lanes),
						 left->numerators);
}

/* Adds the squares of their sums in dimensions first to end - 1. */
TARGET static inline __attribute__((always_inline)) Floats
add_squares(Floats squares, const BoundTest *test, const LeftSums *left, int x,
			unsigned lanes, int first, int end)
{
	for (int k = first; k < end; k++)
	{
		const float *right = test->strip + (size_t) k * test->stride + x;
		Floats sum = load_floats(right, lanes) - left->sums[k];

		squares += sum * sum;
	}
	return squares;
}

TARGET static void
block_slack(const BoundTest *test, float root_factor, float rounding,
			float *slack)
{
	Floats slope = all_lanes(test->slope);

	slack += BLOCK_WIDTHS - 1;
	for (int x = 0; x <= test->columns; x += LANES)
	{
		unsigned lanes = first_lanes(test->columns + 1 - x, LANES);
		int right = x + BLOCK_WIDTHS - 1;
		Floats greatest = all_lanes(0);

		for (int width = 1; width < BLOCK_WIDTHS; width++)
		{
			LeftSums left = load_left_sums(test, right - width, lanes);
			Ints numerators = window_numerators(test, &left, right, lanes);
			Floats squares = add_squares(all_lanes(0), test, &left, right,
										 lanes, 0, BLOCK_DIMS);
			Floats score = slope * floats_of(numerators);
			Floats root = square_root(squares) * all_lanes(root_factor);
			Floats error = absolute(score) * all_lanes(rounding);

			greatest = greater_of((root - score) + error, greatest);
		}
		store_floats(slack + x, lanes, greatest);
	}
}

/* slope * numerator + offset */
TARGET static inline __attribute__((always_inline)) Floats
reach_of(const BoundTest *test, Ints numerators)
{
	return all_lanes(test->slope) * floats_of(numerators) +
		   all_lanes(test->offset);
}

/*
 * The windows of one width from column x on that pass.  The first half of the
 * dimensions rules out most vectors.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_windows(const BoundTest *test, const LeftSums *left, int x, int width)
{
	int right = x + width;
	unsigned lanes = windows_within(test, x, width, LANES);
	Ints numerators = window_numerators(test, left, right, lanes);
	Mask wanted = ints_at_least(numerators, test->least_numerator, lanes);
	Floats reach = reach_of(test, numerators);
	Floats squares = add_squares(all_lanes(0), test, left, right, lanes, 0,
								 LEADING_DIMS / 2);

	reach = reach * reach;
	if (!any_in_both(at_least(reach, squares), wanted))
		return 0;
	squares = add_squares(squares, test, left, right, lanes, LEADING_DIMS / 2,
						  LEADING_DIMS);
	return bits_in_both(at_least(reach, squares), wanted) & lanes;
}

/*
 * The blocks from column x on, of the widths from this one on, that pass.
 */
TARGET static inline __attribute__((always_inline)) unsigned
passing_blocks(const BoundTest *test, const LeftSums *left, int x, int width)
{
	int right = x + width + BLOCK_WIDTHS - 1;
	unsigned lanes = windows_within(test, x, width, LANES);
	Ints numerators = window_numerators(test, left, right, lanes);
	Floats reach =
		reach_of(test, numerators) + load_floats(test->slack + right, lanes);
	Floats squares =
		add_squares(all_lanes(0), test, left, right, lanes, 0, BLOCK_DIMS);
	Mask passed = at_least(reach * reach, squares);

	return bits_in_both(passed, passed) & lanes;
}

/* Which of the windows of one width pass, or of the blocks from it on. */
typedef struct PassedWidth
{
	uint16_t width;
	uint16_t passed;
} PassedWidth;

/* The windows that pass beyond the first SELECT_LANES columns. */
typedef struct LaterWindows
{
	int count;
	PassedWidth widths[MOST_COLUMNS];
} LaterWindows;

/*
 * Appends the windows from the first SELECT_LANES columns, and keeps the
 * others.
 */
static inline __attribute__((always_inline)) SelectedWindow *
append_width(SelectedWindow *end, unsigned passed, int x, int width,
			 LaterWindows *later)
{
	unsigned others = passed >> SELECT_LANES;

	if (LANES > SELECT_LANES && others != 0)
		later->widths[later->count++] =
			(PassedWidth){(uint16_t) width, (uint16_t) others};
	return append_windows(end, passed & ((1u << SELECT_LANES) - 1), x, width);
}

/*
 * Tests the windows one by one.  Not inlined: next to select_by_block, few
 * widths took 6 % longer, for want of registers.
 */
TARGET static __attribute__((noinline)) SelectedWindow *
select_by_width(const BoundTest *test, int x, int least, int step, int most,
				SelectedWindow *end, LaterWindows *later)
{
	LeftSums left =
		load_left_sums(test, x, windows_within(test, x, least, LANES));

	for (int width = least; width <= most; width += step)
	{
		unsigned passed = passing_windows(test, &left, x, width);

		if (passed != 0)
			end = append_width(end, passed, x, width, later);
	}
	return end;
}

/*
 * Tests all blocks first, without a branch, and then the windows of those that
 * pass.
 */
TARGET static __attribute__((noinline)) SelectedWindow *
select_by_block(const BoundTest *test, int x, int least, int most,
				SelectedWindow *end, LaterWindows *later)
{
	LeftSums left =
		load_left_sums(test, x, windows_within(test, x, least, LANES));
	PassedWidth blocks[MOST_COLUMNS / BLOCK_WIDTHS];
	int count = 0;

	for (int width = least; width <= most; width += BLOCK_WIDTHS)
	{
		unsigned passed = passing_blocks(test, &left, x, width);

		blocks[count] = (PassedWidth){(uint16_t) width, (uint16_t) passed};
		count += passed != 0;
	}
	for (int i = 0; i < count; i++)
		for (int width = blocks[i].width;
			 width < blocks[i].width + BLOCK_WIDTHS && width <= most; width++)
		{
			unsigned passed =
				passing_windows(test, &left, x, width) & blocks[i].passed;

			if (passed != 0)
				end = append_width(end, passed, x, width, later);
		}
	return end;
}

/* Appends them, x being the first column beyond. */
static inline SelectedWindow *
append_later(SelectedWindow *end, const LaterWindows *later, int x)
{
	for (int i = 0; i < later->count; i++)
		end = append_windows(end, later->widths[i].passed, x,
							 later->widths[i].width);
	return end;
}

/*
 * LANES columns are tested together.  If the first SELECT_LANES of them have
 * any windows, the others are left to the next call, which may have a higher
 * threshold.
 */
TARGET static int
select_windows(const BoundTest *test, int *x, int least, int step, int most,
			   SelectedWindow *selected)
{
	SelectedWindow *end = selected;
	LaterWindows later;

	for (; *x <= test->columns - least && end == selected; *x += SELECT_LANES)
	{
		int widest = test->columns - *x < most ? test->columns - *x : most;

		later.count = 0;
		end =
			test->slack != NULL
				? select_by_block(test, *x, least, widest, end, &later)
				: select_by_width(test, *x, least, step, widest, end, &later);
		if (LANES > SELECT_LANES && end == selected)
		{
			*x += SELECT_LANES;
			end = append_later(end, &later, *x);
		}
	}
	return (int) (end - selected);
}
