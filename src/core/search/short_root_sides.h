/*
 * short_root_sides.h
 *		Sides of boxes from sums of powers by integers of 16 bits.
 */
#ifndef INTSEARCH_SHORT_ROOT_SIDES_H
#define INTSEARCH_SHORT_ROOT_SIDES_H

#include "core/search/pool_entries.h"

/* What makes lower sides, or upper ones; see kernels/short_roots.h. */
typedef struct ShortSides
{
	uint8_t corrections[LOG_CELLS];
	uint16_t *starts; /* [stride] */
} ShortSides;

typedef struct ShortRoots
{
	bool takes_sums; /* of the map at hand; else nothing below is set */
	int stride;
	uint16_t slope;
	/* what the slope lacks makes logarithms less by this, at most */
	double shortage;
	double unit;        /* a binary order of sums, on their scale */
	uint16_t base;      /* logarithms are less by this */
	bool has_room;      /* no logarithm is above half of 2^16 */
	double *logarithms; /* [stride], log2 of the channels' scales, not of 0 */
	ShortSides low;
	ShortSides high;
	Scratch space;
} ShortRoots;

/*
 * Prepares for the sums of a map whose channels have these scales, [stride],
 * where short roots take them, and take less time than roots in floats.
 */
extern void
short_roots_prepare(const Host *host, ShortRoots *roots,
					const PoolEntries *entries, const double *scales);

/*
 * Sets the starts for sides that are roots times the channels' scales, times
 * low or, for upper sides, high; `whole`, [stride], are the sums of all cells.
 * Returns false where short roots do not take such a range of scales.
 */
extern bool short_roots_set_factors(ShortRoots *roots, const uint16_t *whole,
									double low, double high);

#endif
