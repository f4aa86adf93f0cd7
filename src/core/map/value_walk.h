/*
 * value_walk.h
 *		The non-zero values of a map, one cell after the other, as many times
 *		as wanted.
 *
 * The first walk decodes the codes and keeps them as values, so that later
 * walks only read.
 */
#ifndef INTSEARCH_VALUE_WALK_H
#define INTSEARCH_VALUE_WALK_H

#include "core/map/code_walk.h"

/* Values beyond this many are not kept, but decoded in each walk. */
#define VALUE_WALK_KEPT ((size_t) 1 << 21)

/*
 * Between value_walk_start and value_walk_end; channel and value are those of
 * the cell that value_walk_next has read.
 *
 * A value is code * scale / unit.  The unit is a power of two, so that the
 * values are exact as floats, and no less than any of them.  Where 24 bits of
 * a code and the 8 of a scale do not fit one, the channel comes twice: its
 * value is the sum of both.  Channels whose scale is too small for that,
 * relative to the greatest, count as zero.
 */
typedef struct ValueWalk
{
	const FeatureMap *map;
	double unit;
	/* [count], ascending, then those that come again */
	const uint16_t *channel;
	const float *value; /* [count] */
	int count;

	CodeWalk codes;        /* source of the values that are not kept */
	CellReader after_kept; /* at the first cell that is not kept */
	float *scales;         /* [channels], in units */
	/* cell by cell, with room after them for a cell that is not kept */
	uint16_t *kept_channels;
	float *kept_values;
	int *kept_counts; /* [height * width] */
	size_t kept_cells;
	size_t cell;     /* number of the next cell */
	size_t position; /* its place in kept_channels and kept_values */
} ValueWalk;

extern void
value_walk_start(ValueWalk *walk, const Host *host, const FeatureMap *map);

/*
 * Reads the next cell; false and an error where the map is damaged there.
 * Answers interrupts.
 */
extern bool value_walk_next(ValueWalk *walk, CoreError *error);

/* Goes back to the start: the next cell is the first one. */
extern void value_walk_rewind(ValueWalk *walk);

extern void value_walk_end(ValueWalk *walk);

#endif
