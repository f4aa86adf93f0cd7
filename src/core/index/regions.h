/*
 * regions.h
 *		The few windows of a map that stand for all of them in an index.
 *
 * The candidates are the windows of a dense grid: squares of 1, 0.7, 0.5,
 * 0.35, 0.25, 0.17 and 0.12 of the map's shorter side, about half overlapping.
 * Chosen are, one after the other, those that lower
 *
 *		sum over the grid's windows w of (1 - greatest cos(w, chosen))^2
 *
 * most: greedy facility location (Nemhauser, Wolsey and Fisher 1978).
 */
#ifndef INTSEARCH_REGIONS_H
#define INTSEARCH_REGIONS_H

#include "core/pooling/pool.h"

/* What an index has of each map, unless it is told otherwise. */
#define REGIONS_DEFAULT 32
/* The most it can have. */
#define REGIONS_MOST 1024

/* Zero it, then set host and kernels.  Keeps its memory from map to map. */
typedef struct RegionChooser
{
	const Host *host;
	const Kernels *kernels;

	/* what region_chooser_run leaves, until the next run */
	int count;
	Window *windows; /* [count], the most useful first */
	float *vectors;  /* [count][channels]: their descriptors, unit vectors */

	Codes codes;
	Pooler pooler;
	Scratch window_space;
	Scratch vector_space;
	Scratch pooled_space;
	Scratch sketch_space;
	Scratch grid_space;
	Scratch choice_space;
} RegionChooser;

/*
 * Chooses at most `most` windows, 1 to REGIONS_MOST; fewer where all windows
 * of the grid are covered well, none where the map is zero.  Refuses what
 * codes_unpack and pooler_prepare refuse: damaged cells, negative values where
 * the pooling is gem.
 */
extern bool
region_chooser_run(RegionChooser *chooser, const FeatureMap *map,
				   const Pooling *pooling, int most, CoreError *error);

/* Gives all memory back. */
extern void region_chooser_release(RegionChooser *chooser);

#endif
