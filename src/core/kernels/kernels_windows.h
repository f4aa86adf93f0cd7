/*
 * kernels_windows.h
 *		Lists of windows that pass a BoundTest, for the kernels of any
 *		processor.  Sets of windows that start in consecutive columns are
 *		bitmaps: bit i is the window from column x + i on.
 */
#ifndef INTSEARCH_KERNELS_WINDOWS_H
#define INTSEARCH_KERNELS_WINDOWS_H

#include "core/kernels/kernels.h"

/*
 * Of the SELECT_LANES windows of one width from column x on, those that end
 * within the map.
 */
static inline unsigned
windows_within(const BoundTest *test, int x, int width)
{
	int count = test->columns - width + 1 - x;

	return count < SELECT_LANES ? (1u << count) - 1 : (1u << SELECT_LANES) - 1;
}

/* Appends the windows of one width whose bit is set. */
static inline SelectedWindow *
append_windows(SelectedWindow *end, unsigned passed, int x, int width)
{
	for (; passed != 0; passed &= passed - 1)
		*end++ = (SelectedWindow){(uint16_t) (x + __builtin_ctz(passed)),
								  (uint16_t) width};
	return end;
}

#endif
