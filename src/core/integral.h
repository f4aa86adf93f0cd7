/*
 * integral.h
 *		Integral images: running sums that make them, and window sums from four
 *		of their corners.
 *
 * The integral image of a map of height x width cells is [height + 1][width +
 * 1] corners.  Corner (y, x) is the sum over the cells above row y and left of
 * column x, so row 0 and column 0 are zeros (Viola and Jones 2001, section
 * 2.1).  With a depth, each corner is [depth] such sums side by side.
 *
 * An image is made row by row: the sum of the row so far, added to the corner
 * above, is the next corner.  Integers are exact in any order.  For floating
 * point this order is part of the result.
 */
#ifndef INTSEARCH_INTEGRAL_H
#define INTSEARCH_INTEGRAL_H

#include <stddef.h>
#include <stdint.h>

#include "core/window.h"

/*
 * Defines, for one type of corners, the two functions that make an image:
 *
 * integral_step_NAME adds a cell's value to the sum of its row so far, and
 * returns the corner to its lower right, given the one above that.
 *
 * integral_row_NAME makes a whole row, [width + 1], from the values of its
 * cells, [width], and the row above.  The values may lie in the row itself,
 * from its second place on; and the row may replace the one above.
 */
#define DEFINE_INTEGRAL(NAME, TYPE)                                      \
	static inline TYPE integral_step_##NAME(TYPE *row_sum, TYPE value,   \
											TYPE above)                  \
	{                                                                    \
		*row_sum += value;                                               \
		return above + *row_sum;                                         \
	}                                                                    \
                                                                         \
	static inline void integral_row_##NAME(const TYPE *values,           \
										   const TYPE *above, int width, \
										   TYPE *row)                    \
	{                                                                    \
		TYPE row_sum = 0;                                                \
                                                                         \
		row[0] = 0;                                                      \
		for (int x = 0; x < width; x++)                                  \
			row[x + 1] =                                                 \
				integral_step_##NAME(&row_sum, values[x], above[x + 1]); \
	}

DEFINE_INTEGRAL(int32, int32_t)
DEFINE_INTEGRAL(uint32, uint32_t) /* modulo 2^32 */
DEFINE_INTEGRAL(int64, int64_t)
DEFINE_INTEGRAL(double, double)

/* Where the four corners of a window lie in an image, in elements. */
typedef struct Corners
{
	size_t top_left;
	size_t top_right;
	size_t bottom_left;
	size_t bottom_right;
} Corners;

/*
 * The corners of a window, which may be empty, in an image whose rows are
 * row_size elements apart and whose corners have depth elements.
 */
static inline Corners
window_corners(const Window *window, size_t row_size, size_t depth)
{
	size_t top = window->y1 * row_size, bottom = window->y2 * row_size;
	size_t left = window->x1 * depth, right = window->x2 * depth;

	return (Corners){top + left, top + right, bottom + left, bottom + right};
}

/*
 * The sum over a window, computed in the given type, from an image with
 * elements of any type.  A macro, as it is the same for all of them.
 */
#define CORNERS_SUM(type, image, corners)      \
	((type) (image)[(corners)->bottom_right] - \
	 (type) (image)[(corners)->bottom_left] -  \
	 (type) (image)[(corners)->top_right] +    \
	 (type) (image)[(corners)->top_left])

#endif
