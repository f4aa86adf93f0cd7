/*
 * pool_sides.h
 *		Boxes of pooled vectors: their sides, in integers of 16 bits.
 */
#ifndef INTSEARCH_POOL_SIDES_H
#define INTSEARCH_POOL_SIDES_H

#include "core/search/short_root_sides.h"

/* What makes a lower or an upper side of an entry, [stride] each. */
typedef struct SideFactors
{
	int16_t *of_codes;
	float *of_roots;
	int code_offset;
	int root_offset;
} SideFactors;

typedef struct PoolSides
{
	const PoolEntries *entries;
	bool has_sides; /* else they would say next to nothing */
	double unit;    /* sides are codes * scales * unit */
	double *scales; /* [stride], of the map; the greatest is 1 */
	SideFactors low;
	SideFactors high;
	RootKind root_kind; /* of sums of powers */
	ShortRoots short_roots;
	uint8_t *steps; /* [stride], of the entry at hand */
	Scratch space;
} PoolSides;

/*
 * All pooled vectors of a set of windows lie between, [stride]: in each
 * channel the value is at least low and at most high, in PoolSides.unit.
 */
typedef struct PooledBox
{
	const int16_t *low;
	const int16_t *high;
} PooledBox;

/* The norm of no vector between sides is greater. */
#define MOST_SIDE_NORM 46340

/*
 * Prepares for the entries of a map; `whole` is that of all its cells.  Where
 * it leaves has_sides false, nothing below may be called.
 */
extern void
pool_sides_prepare(const Host *host, PoolSides *sides,
				   const PoolEntries *entries, const uint8_t *whole);

/* The lower side of a cell, [stride]. */
extern void
pool_sides_of_cell(const PoolSides *sides, size_t cell, int16_t *out);

/*
 * The lower side of what up to MOST_PARTS entries together are pooled to,
 * [stride].  Parts of sums of powers must not overlap.
 */
extern void pool_sides_low(const PoolSides *sides, const uint8_t *const *parts,
						   int count, int16_t *out);

/* The upper side of that; `cells` is the number of cells that are pooled. */
extern void
pool_sides_high(const PoolSides *sides, const uint8_t *const *parts, int count,
				double cells, int16_t *out);

#endif
