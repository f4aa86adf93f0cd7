/*
 * pool_entries.h
 *		Pooled vectors as a pool table keeps them.
 *
 * An entry is what the cells of a window are pooled to, for max or gem.  Its
 * form depends on map and pooling: greatest codes, in bytes, or sums of
 * powers, in floats.
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
	 * floats the greatest code
	 */
	int unit;
	const uint8_t *cells; /* [height * width] entries */
	Scratch cells_space;
	Scratch powers; /* [greatest code + 1] of float, up to 16 bits */
} PoolEntries;

/*
 * Sums of powers are in this unit, so that small powers do not vanish in a
 * float.
 */
#define POWER_UNIT 0x1p100

/* Prepares for a map; the pooler is prepared for it, and is max or gem. */
extern void pool_entries_prepare(const Host *host, PoolEntries *entries,
								 const Codes *codes, const Pooler *pooler);

/* The most entries that pool_entries_combine takes. */
#define MOST_PARTS 4

/* Sums up to MOST_PARTS vectors, [count][stride]; out may be the first. */
extern void
add_power_sums(const float *const *parts, int count, int stride, float *out);

/*
 * Pools up to MOST_PARTS entries to one; out may be the first of them.  Parts
 * of sums of powers must not overlap.
 */
static inline void
pool_entries_combine(const PoolEntries *entries, const uint8_t *const *parts,
					 int count, uint8_t *out)
{
	if (entries->by_powers)
		add_power_sums((const float *const *) parts, count, entries->stride,
					   (float *) out);
	else
		entries->codes->kernels->greatest(parts, count, entries->stride,
										  entries->codes->map->is_signed, out);
}

/*
 * Adds a cell to a row of cells, and puts the sum of that and of the part
 * nearer to the centre in out; sums of powers, [stride].
 */
extern void
extend_part(float *restrict row, const float *restrict cell,
			const float *restrict nearer, int stride, float *restrict out);

#endif
