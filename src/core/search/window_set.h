/*
 * window_set.h
 *		Sets of windows: each edge anywhere in an interval.
 */
#ifndef INTSEARCH_WINDOW_SET_H
#define INTSEARCH_WINDOW_SET_H

#include <stdint.h>

#include "core/window.h"

typedef enum Edge
{
	EDGE_Y1,
	EDGE_X1,
	EDGE_Y2,
	EDGE_X2
} Edge;

#define EDGES 4

/*
 * All windows with least[e] <= edge e <= most[e]; all of them contain a cell
 * in common.
 */
typedef struct WindowSet
{
	int16_t least[EDGES];
	int16_t most[EDGES];
	float bound;  /* of the scores of its windows */
	float length; /* where its bound was found; see subwindow_bound.c */
} WindowSet;

/* Which widths go with which heights; see constraint_widths. */
typedef struct SetConstraints
{
	bool is_free; /* any width goes with any height */
	/* [height + 1]; above most_width where no window has the height */
	int16_t *least_width;
	int16_t *most_width; /* [height + 1] */
	Scratch space;
} SetConstraints;

extern void
set_constraints_fill(const Host *host, SetConstraints *set_constraints,
					 const WindowConstraints *constraints, int height,
					 int width);

/* True where windows of a height may have some width. */
static inline bool
set_constraints_allow(const SetConstraints *constraints, int height)
{
	return constraints->least_width[height] <= constraints->most_width[height];
}

/*
 * Narrows the intervals to what windows of the set that meet the constraints
 * have; false if none does.  All of a set of one window meet them.
 */
extern bool
window_set_narrow(WindowSet *set, const SetConstraints *constraints);

/*
 * The window that all of the set contain, and the window that contains them
 * all.
 */
static inline Window
window_set_smallest(const WindowSet *set)
{
	return (Window){set->most[EDGE_Y1], set->most[EDGE_X1],
					set->least[EDGE_Y2], set->least[EDGE_X2]};
}

static inline Window
window_set_largest(const WindowSet *set)
{
	return (Window){set->least[EDGE_Y1], set->least[EDGE_X1],
					set->most[EDGE_Y2], set->most[EDGE_X2]};
}

static inline bool
window_set_is_single(const WindowSet *set)
{
	for (int edge = 0; edge < EDGES; edge++)
		if (set->least[edge] != set->most[edge])
			return false;
	return true;
}

#endif
