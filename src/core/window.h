/*
 * window.h
 *		Windows of a feature map, and which of them a search may return.
 */
#ifndef INTSEARCH_WINDOW_H
#define INTSEARCH_WINDOW_H

#include "core/host.h"

/* Cells y1 <= y < y2, x1 <= x < x2. */
typedef struct Window
{
	int y1;
	int x1;
	int y2;
	int x2;
} Window;

typedef struct ScoredWindow
{
	Window window;
	double score; /* cosine of the window's descriptor and the query */
} ScoredWindow;

/* What a window must satisfy; lengths in cells. */
typedef struct WindowConstraints
{
	bool any_aspect;
	double aspect;    /* wanted height / width, unless any_aspect */
	double tolerance; /* relative, of the aspect */
	int min_height;
	int max_height;
	int min_width;
	int max_width;
} WindowConstraints;

/*
 * Scores closer than this tie, and the smallest window wins: far above the
 * rounding of a score, far below what could matter.
 */
#define SCORE_RESOLUTION 0x1p-40

/* Order (y1, x1, y2, x2): negative where a comes first. */
extern int window_compare(const Window *a, const Window *b);

/* A score in SCORE_RESOLUTIONs: scores of the same rank tie. */
extern double score_rank(double score);

/*
 * True where a is the better answer: higher score, or the smaller window where
 * they tie.
 */
extern bool scored_window_better(const ScoredWindow *a, const ScoredWindow *b);

/*
 * The cells of both windows; an empty window of the coordinates 0 where there
 * are none.
 */
extern Window window_intersection(const Window *a, const Window *b);

/* Number of cells. */
static inline double
window_area(const Window *window)
{
	return (double) (window->y2 - window->y1) * (window->x2 - window->x1);
}

/* Area of the intersection over area of the union. */
extern double window_overlap(const Window *a, const Window *b);

/*
 * The least overlap that a window has with `other` if it contains `smallest`
 * and lies in `largest`, or less.
 */
extern double window_least_overlap(const Window *smallest,
								   const Window *largest, const Window *other);

/*
 * Widths that windows of the given height may have on a map of map_width:
 * *least to *most; empty where *least > *most.
 */
extern void constraint_widths(const WindowConstraints *constraints, int height,
							  int map_width, int *least, int *most);

/*
 * Refuses settings that make no sense; constraints no window meets are fine.
 */
extern bool
constraints_check(const WindowConstraints *constraints, CoreError *error);

/* Refuses a window that is empty or not inside height x width cells. */
extern bool
window_check(const Window *window, int height, int width, CoreError *error);

#endif
