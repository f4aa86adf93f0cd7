/*
 * window.c
 *		Order, overlap and constraints of windows.
 */
#include "core/window.h"

#include <math.h>

int
window_compare(const Window *a, const Window *b)
{
	if (a->y1 != b->y1)
		return a->y1 < b->y1 ? -1 : 1;
	if (a->x1 != b->x1)
		return a->x1 < b->x1 ? -1 : 1;
	if (a->y2 != b->y2)
		return a->y2 < b->y2 ? -1 : 1;
	return (a->x2 > b->x2) - (a->x2 < b->x2);
}

double
score_rank(double score)
{
	/* rounding to a grid, and not a difference, makes the order transitive */
	return rint(score / SCORE_RESOLUTION);
}

bool
scored_window_better(const ScoredWindow *a, const ScoredWindow *b)
{
	double a_rank = score_rank(a->score);
	double b_rank = score_rank(b->score);

	if (a_rank != b_rank)
		return a_rank > b_rank;
	return window_compare(&a->window, &b->window) < 0;
}

Window
window_intersection(const Window *a, const Window *b)
{
	Window common = {
		a->y1 > b->y1 ? a->y1 : b->y1,
		a->x1 > b->x1 ? a->x1 : b->x1,
		a->y2 < b->y2 ? a->y2 : b->y2,
		a->x2 < b->x2 ? a->x2 : b->x2,
	};

	if (common.y1 >= common.y2 || common.x1 >= common.x2)
		return (Window){0};
	return common;
}

double
window_overlap(const Window *a, const Window *b)
{
	Window common = window_intersection(a, b);
	double area = window_area(&common);

	return area == 0 ? 0 : area / (window_area(a) + window_area(b) - area);
}

double
window_least_overlap(const Window *smallest, const Window *largest,
					 const Window *other)
{
	Window inner = window_intersection(smallest, other);
	Window outer = window_intersection(largest, other);

	return window_area(&inner) /
		   (window_area(largest) + window_area(other) - window_area(&outer));
}

static bool
aspect_fits(const WindowConstraints *constraints, int height, int width)
{
	double ratio = (double) height / width / constraints->aspect;

	return ratio > 1 - constraints->tolerance &&
		   ratio < 1 + constraints->tolerance;
}

void
constraint_widths(const WindowConstraints *constraints, int height,
				  int map_width, int *least, int *most)
{
	*least = constraints->min_width;
	*most = constraints->max_width < map_width ? constraints->max_width
											   : map_width;
	if (constraints->any_aspect)
		return;
	/*
	 * the ratio decreases with the width, so the widths that fit are one run,
	 * and these are near its ends
	 */
	*least = (int) fmax(*least,
						fmin(*most, height / (constraints->aspect *
											  (1 + constraints->tolerance)) -
										1));
	if (constraints->tolerance < 1)
		*most = (int) fmin(*most, height / (constraints->aspect *
											(1 - constraints->tolerance)) +
									  2);
	while (*least <= *most && !aspect_fits(constraints, height, *least))
		(*least)++;
	while (*least <= *most && !aspect_fits(constraints, height, *most))
		(*most)--;
}

/* The least and the greatest height or width, in cells. */
static bool
sizes_check(const char *side, int least, int greatest, CoreError *error)
{
	if (least < 1)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "min_%s must be at least 1, not %d", side, least);
	if (greatest < least)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "max_%s %d is less than min_%s %d", side, greatest,
						  side, least);
	return true;
}

bool
constraints_check(const WindowConstraints *constraints, CoreError *error)
{
	if (!constraints->any_aspect &&
		!(constraints->aspect > 0 && isfinite(constraints->aspect)))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "aspect must be greater than 0 and finite, not %g",
						  constraints->aspect);
	if (!(constraints->tolerance > 0 && isfinite(constraints->tolerance)))
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"tolerance must be greater than 0 and finite, not %g",
			constraints->tolerance);
	return sizes_check("height", constraints->min_height,
					   constraints->max_height, error) &&
		   sizes_check("width", constraints->min_width, constraints->max_width,
					   error);
}

bool
window_check(const Window *window, int height, int width, CoreError *error)
{
	if (window->y1 < 0 || window->x1 < 0 || window->y2 > height ||
		window->x2 > width || window->y1 >= window->y2 ||
		window->x1 >= window->x2)
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"window (%d, %d, %d, %d) is empty or not inside the map of %d x %d cells",
			window->y1, window->x1, window->y2, window->x2, height, width);
	return true;
}
