/*
 * rmac.h
 *		Regional maximum activations of convolutions: a whole map in one
 *		vector.
 *
 * The square windows of R-MAC (Tolias, Sicre, Jegou 2016, section 3).  With W
 * the shorter side of the map and L the longer one, in cells, level l = 1, 2,
 * ... has windows of
 *
 *		side = 2 W / (l + 1), rounded down,
 *
 * l of them along the shorter side and l + m - 1 along the longer one, spread
 * evenly: the i-th of n begins at i (length - side) / (n - 1), rounded down. m
 * is 1 on a square map, and else, of the numbers from 2 on, the one with which
 * the overlap of neighbours at level 1, 1 - (L - W) / ((m - 1) W) of their
 * side, is nearest to 40 %; the smaller where two are as near.
 *
 * The descriptor of the map is the sum of those of its windows, normalised.
 */
#ifndef INTSEARCH_RMAC_H
#define INTSEARCH_RMAC_H

#include "core/pooling/pool.h"
#include "core/vectors/whitening.h"
#include "core/window.h"

/* The windows of a map, level by level, each level row by row. */
typedef struct RmacWindows
{
	int height; /* of the map */
	int width;
	int levels;
	int extra_rows; /* m - 1 along the longer side, 0 along the other */
	int extra_columns;
	int level; /* of the window at hand, from 1 on */
	int row;   /* its number along the height */
	int column;
} RmacWindows;

/* Refuses levels below 1. */
extern bool rmac_windows_start(RmacWindows *windows, const FeatureMap *map,
							   int levels, CoreError *error);

/*
 * Gives the next window; false after the last, or where the next would be
 * narrower than a cell.
 */
extern bool rmac_windows_next(RmacWindows *windows, Window *window);

/*
 * descriptor = that of the map, [channels]; with a whitening, [its dims]: the
 * windows' descriptors are whitened, and normalised again, before they are
 * summed.  *found is whether there is one: windows that are all zero add
 * nothing.  Refuses what rmac_windows_start, describer_open and
 * whitening_apply refuse.
 */
extern bool rmac_descriptor(const Host *host, const Kernels *kernels,
							const FeatureMap *map, int levels,
							const Whitening *whitening, const Pooling *pooling,
							float *descriptor, bool *found, CoreError *error);

#endif
