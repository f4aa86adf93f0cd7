/*
 * window_sweep.h
 *		All windows of a map that meet constraints, pooled from one to the
 *		next.
 */
#ifndef INTSEARCH_WINDOW_SWEEP_H
#define INTSEARCH_WINDOW_SWEEP_H

#include "core/pooling/pool.h"

/*
 * What a window is pooled to, [stride]: its greatest codes for max, its sums
 * of powers for gem.  The other is NULL, and both are where windows are not
 * pooled together.
 */
typedef struct SweptVector
{
	float *codes;
	double *sums;
	bool is_same; /* the codes are those of the window taken before */
} SweptVector;

typedef struct WindowSweep
{
	const Codes *codes;
	const Pooler *pooler;
	bool is_pooled; /* see window_sweep_pools */
	/*
	 * [width + 2][stride]: the columns of the map over the rows at hand, then
	 * the window at hand, and a cell
	 */
	SweptVector columns;
	bool is_same; /* see SweptVector */
	/*
	 * [width * (width + 1) / 2]: for windows from the row at hand on, by their
	 * columns, the sums of powers in the order of pool_window(), [stride], as
	 * far as a row, 0 for none yet; NULL where there is no room
	 */
	double *sums;
	int *sum_ends;
	Scratch space;
	Scratch sums_space;
} WindowSweep;

/* Takes a window. */
typedef void (*SweepSink)(void *context, const Window *window,
						  const SweptVector *pooled);

/*
 * True where a sweep pools: for max, and for gem by a table of powers.  Sums
 * have integral images (codes.h).
 */
extern bool window_sweep_pools(const Pooler *pooler, const FeatureMap *map);

/*
 * Gives the sink each window of the map that meets the constraints, once, in
 * the order (y1, y2, x1, x2).  The pooler is prepared for the map.
 */
extern void
window_sweep_run(const Host *host, WindowSweep *sweep, const Codes *codes,
				 const Pooler *pooler, const WindowConstraints *constraints,
				 SweepSink sink, void *context);

/*
 * Of the window that the sink takes, for gem, the sums of powers of
 * pool_window() to the bit, [stride]; good until the next call.  NULL where
 * windows are too many.
 */
extern const double *
window_sweep_sums(const Host *host, WindowSweep *sweep, const Window *window);

/* How much there is to sweep. */
typedef struct SweepSize
{
	double windows; /* that meet the constraints */
	double cells;   /* of all of these windows together */
	/* vectors pooled on the way to them, beside one for each window */
	double vectors;
} SweepSize;

extern SweepSize
window_sweep_size(const FeatureMap *map, const WindowConstraints *constraints);

#endif
