/*
 * pool_entries.h
 *		Pooled vectors as a pool table keeps them, and boxes between two.
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
	 * number of codes in a step of a value: of bytes above 1 at 16 bits only;
	 * of floats the greatest code
	 */
	int unit;
	const uint8_t *cells; /* [height * width] entries */
	/* sides of the box last made, [stride] each, where it needs new ones */
	float *low_values;
	float *high_values;
	uint8_t *low_steps;
	Scratch cells_space;
	Scratch sides_space;
	Scratch powers; /* [greatest code + 1] of float */
} PoolEntries;

/*
 * A bound of pooled vectors, [stride], in steps of `unit` codes: bytes, or
 * values where low_codes is NULL.
 */
typedef struct PooledBox
{
	const uint8_t *low_codes;
	const uint8_t *high_codes;
	const float *low_values;
	const float *high_values;
} PooledBox;

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
 * The pooled vector of an entry, [stride] of bytes or floats: its roots, made
 * in room, or the greatest codes themselves.
 */
extern const uint8_t *pool_entries_vector(const PoolEntries *entries,
										  const uint8_t *entry, uint8_t *room);

/* The pooled vector of one cell; good until the next call or box. */
extern const uint8_t *
pool_entries_cell_vector(PoolEntries *entries, size_t cell);

/*
 * The box of all windows between two, from their pooled vectors; `cells` is
 * the area of the larger one.  Good until the next box, and as long as the
 * vectors are.
 */
extern PooledBox pool_entries_box(PoolEntries *entries, const uint8_t *low,
								  const uint8_t *high, double cells);

/*
 * Relative error of the values in a box: the true ones may be this much below
 * low and above high.
 */
extern double pool_entries_error(const PoolEntries *entries);

#endif
