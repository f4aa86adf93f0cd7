/*
 * exclusions.c
 *		The windows that overlap a result too much, one bit each.
 *
 * For a sweep, which asks for every window, and where there may be thousands
 * of results.  A result excludes windows of about its own size and place: with
 * L its length along an axis and t the overlap allowed, their lengths are at
 * most L / t, and they have at least t L in common with it.  Results overlap
 * each other by no more than t, so few of them exclude the same window, and
 * all together look at each window a few times.  Where t is 0 that is not so;
 * but then the windows of the same rows and first column that a result
 * excludes are all from some width on, and need not be looked at again.
 */
#include "core/search/exclusions.h"

#include <math.h>
#include <string.h>

/* No bits for more windows than fit this. */
#define MOST_BYTES ((size_t) 64 << 20)
/* Widens what is looked at, as overlaps are rounded. */
#define OVERLAP_SLACK 1e-9

bool
exclusions_start(const Host *host, Exclusions *exclusions, int height,
				 int width, double max_overlap)
{
	size_t cells = (size_t) height * width;
	size_t bytes = cells * cells / 8 + 1;

	if (cells > MOST_BYTES || bytes > MOST_BYTES)
		return false;
	exclusions->height = height;
	exclusions->width = width;
	exclusions->max_overlap = max_overlap;
	exclusions->bits = scratch_reserve(host, &exclusions->space, bytes);
	memset(exclusions->bits, 0, bytes);
	return true;
}

/* A result's first and last + 1 along an axis, and what overlaps it enough. */
typedef struct Axis
{
	int first;
	int last;
	int least_common; /* with such a window */
	int most_length;  /* of such a window */
	int side;         /* of the map */
} Axis;

static Axis
axis_of(int first, int last, int side, double overlap)
{
	double length = last - first;
	double longest = overlap * side > length
						 ? length / overlap * (1 + OVERLAP_SLACK)
						 : side;
	int common = (int) ceil(overlap * length * (1 - OVERLAP_SLACK));

	return (Axis){first, last, common > 1 ? common : 1, (int) longest, side};
}

/* Where the first such window begins, and the last. */
static int
least_first(const Axis *axis)
{
	int first = axis->first + axis->least_common - axis->most_length;

	return first > 0 ? first : 0;
}

static int
most_first(const Axis *axis)
{
	return axis->last - axis->least_common;
}

/* Where such windows that begin at `first` end: at least, and at most. */
static int
least_last(const Axis *axis, int first)
{
	return (first > axis->first ? first : axis->first) + axis->least_common;
}

static int
most_last(const Axis *axis, int first)
{
	int last = first + axis->most_length;

	return last < axis->side ? last : axis->side;
}

/* Excludes windows of the same rows and first column. */
static void
exclude_widths(Exclusions *exclusions, const Window *result,
			   const Axis *columns, Window window)
{
	int most = most_last(columns, window.x1);

	for (window.x2 = least_last(columns, window.x1); window.x2 <= most;
		 window.x2++)
	{
		size_t number = exclusions_number(exclusions, &window);
		uint8_t *byte = &exclusions->bits[number / 8];
		uint8_t bit = (uint8_t) (1 << number % 8);

		if (*byte & bit)
		{
			if (exclusions->max_overlap == 0)
				return;
		}
		else if (window_overlap(result, &window) > exclusions->max_overlap)
			*byte |= bit;
	}
}

void
exclusions_add(const Host *host, Exclusions *exclusions, const Window *result)
{
	double overlap = exclusions->max_overlap;
	Axis rows = axis_of(result->y1, result->y2, exclusions->height, overlap);
	Axis columns = axis_of(result->x1, result->x2, exclusions->width, overlap);

	for (int y1 = least_first(&rows); y1 <= most_first(&rows); y1++)
		for (int y2 = least_last(&rows, y1); y2 <= most_last(&rows, y1); y2++)
		{
			host_check(host);
			for (int x1 = least_first(&columns); x1 <= most_first(&columns);
				 x1++)
				exclude_widths(exclusions, result, &columns,
							   (Window){y1, x1, y2, 0});
		}
}
