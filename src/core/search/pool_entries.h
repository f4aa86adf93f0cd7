/*
 * pool_entries.h
 *		Pooled vectors as a pool table keeps them.
 *
 * An entry is what the cells of a window are pooled to, for max or gem.  Its
 * form depends on map and pooling: greatest codes, in bytes, or sums of
 * powers, in 16 bits (see kernels.h).
 */
#ifndef INTSEARCH_POOL_ENTRIES_H
#define INTSEARCH_POOL_ENTRIES_H

#include "core/pooling/pool.h"

/* The form of the entries of a map, and those of its cells. */
typedef struct PoolEntries
{
	const Codes *codes;
	Pooling pooling;
	int stride;        /* of codes */
	bool by_powers;    /* entries are sums of powers, else greatest codes */
	bool has_vanished; /* powers of small codes have become 0 */
	size_t size;       /* bytes of an entry, [stride] and padding */
	/*
	 * number of codes in a step of a value: of bytes 1 at 8 bits only; of
	 * powers the greatest code
	 */
	int unit;
	int dropped;          /* bits of the powers' floats */
	double power_unit;    /* what stands for the power of the greatest code */
	const uint8_t *cells; /* [height * width] entries */
	Scratch cells_space;
	Scratch powers; /* [greatest code + 1] of uint16_t, up to 16 bits */
} PoolEntries;

/* Prepares for a map; the pooler is prepared for it, and is max or gem. */
extern void pool_entries_prepare(const Host *host, PoolEntries *entries,
								 const Codes *codes, const Pooler *pooler);

/* The power of the least code but 0, as a part of that of the greatest. */
extern double least_power(const PoolEntries *entries);

/*
 * By which part of itself a sum of powers of a part of a window may be too
 * great, as powers are rounded up.
 */
extern double powers_rounding(const PoolEntries *entries);

/*
 * By which part of itself a sum of a window may be off beside that, as it is
 * added up in single precision.
 */
extern double sums_rounding(const PoolEntries *entries);

/* The most entries that make a window. */
#define MOST_PARTS 4

/*
 * Pools up to MOST_PARTS entries to one; out may be one of them.  Parts of
 * sums of powers must not overlap.
 */
extern void
pool_entries_combine(const PoolEntries *entries, const uint8_t *const *parts,
					 int count, uint8_t *out);

/*
 * Pools `count` entries, `step` bytes one after the other, each with all those
 * before: the first i + 1 of them to out + i * out_step.  Nothing is done for
 * the first alone.
 */
extern void
pool_entries_run(const PoolEntries *entries, const uint8_t *pieces,
				 ptrdiff_t step, int count, uint8_t *out, ptrdiff_t out_step);

#endif
