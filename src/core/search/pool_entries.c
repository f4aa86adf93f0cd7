/*
 * pool_entries.c
 *		Pooled vectors as a pool table keeps them.
 *
 * For channel values that are not negative, gem grows with the window, and so
 * does max for any values.  With A the smallest window of a set and B the
 * largest, every window W of the set has
 *
 *		pooled(A) <= pooled(W) <= pooled(B)		channel by channel.
 *
 * Max is pooled over codes of one byte.  Codes of more are rounded up to one
 * byte, in steps of `unit` codes: a step k stands for codes above (k - 1) unit
 * and at most k unit, and so does the greatest of many, k being the greatest
 * step.
 *
 * Gem is pooled as sums of powers.  All terms are positive, so the relative
 * error of a sum is at most that of one addition times the number of additions
 * in a row.  The parts of a window do not overlap, so nothing is subtracted.
 * Where the exponent is so large that powers say little, gem is bounded by
 * greatest codes; pool_sides.c has how.
 *
 * Tables of sums are larger than the cache that is near, and so they are kept
 * in 16 bits: floats without their last bits, rounded up.  A sum that is made
 * of such ones is never less than that of exact powers, but for additions. And
 * each time it is put into a table it grows by at most one unit in its last
 * place, 2^-(23 - dropped) of itself: three times for a part of a window, as
 * power of a cell, as a run of a column and as one of a row.  (The extents of
 * blocks are rounded more often, but only bound from above.)
 *
 * As few bits are dropped as the range of all sums of a map allows.  Sums are
 * in units that bring the greatest one near to the end of that.
 */
#include "core/search/pool_entries.h"

#include <float.h>
#include <math.h>

#include "core/bits.h"

/* Gem is pooled by powers up to this exponent, */
#define MOST_POWERS_EXPONENT 64
/* and where the table of a map takes no more than this. */
#define MOST_POWERS_BYTES ((size_t) 256 << 20)

/*
 * Entries of powers lie so far apart that those read and written together do
 * not share the lower bits of their addresses.
 */
#define POWERS_PADDING 64 /* a cache line */

/* Entries of cells -------------------------------------------------------- */

/* Some codes of several bytes in steps of unit, rounded up. */
VECTOR_CLONES static void
round_codes_up(const Codes *codes, size_t at, size_t count, int unit,
			   uint8_t *steps)
{
	for (size_t i = at; i < at + count; i++)
	{
		int code = unpacked_code(codes, i);

		/*
		 * division rounds towards zero, and so up where the code is negative
		 */
		steps[i] = (uint8_t) ((code > 0 ? code + unit - 1 : code) / unit);
	}
}

/* All codes of several bytes in steps of entries->unit. */
static void
fill_steps(const Host *host, const PoolEntries *entries, uint8_t *steps)
{
	const FeatureMap *map = entries->codes->map;
	size_t row_size = (size_t) map->width * entries->stride;

	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		round_codes_up(entries->codes, y * row_size, row_size, entries->unit,
					   steps);
	}
}

/*
 * The unit of powers such that the sum of a whole map fits, with this number
 * of bits dropped, however its additions are rounded.
 */
static double
unit_of_powers(const FeatureMap *map, int dropped)
{
	int limit = dropped < MOST_DROPPED ? (1 << (dropped - 7)) - 127 : 128;

	return ldexp(1, limit - 3 - ilogb((double) cell_count(map)));
}

/* What is kept of a power. */
static inline uint16_t
scale_power(const PoolEntries *entries, double power)
{
	float scaled = (float) (power * entries->power_unit);

	if (scaled < FLT_MIN)
		return 0;
	return (uint16_t) ((float_bits(scaled) + (1u << entries->dropped) - 1) >>
					   entries->dropped);
}

double
least_power(const PoolEntries *entries)
{
	return pow(1.0 / max_code(entries->codes->map->bits, false),
			   entries->pooling.exponent);
}

/* Chooses the form of powers. */
static void
choose_form(PoolEntries *entries)
{
	const FeatureMap *map = entries->codes->map;
	double least = least_power(entries);

	entries->dropped = FEWEST_DROPPED;
	while (entries->dropped < MOST_DROPPED &&
		   least * unit_of_powers(map, entries->dropped) < FLT_MIN)
		entries->dropped++;
	entries->power_unit = unit_of_powers(map, entries->dropped);
	entries->has_vanished = scale_power(entries, least) == 0;
}

/*
 * The powers of all codes there are; none where the pooler has no table.
 */
static const uint16_t *
scale_powers(const Host *host, PoolEntries *entries, const Pooler *pooler)
{
	int greatest = max_code(entries->codes->map->bits, false);
	uint16_t *powers;

	choose_form(entries);
	if (pooler->code_powers != NULL)
		return NULL;
	powers = scratch_reserve(host, &entries->powers,
							 sizeof(uint16_t) * (greatest + 1));
	for (int code = 0; code <= greatest; code++)
		powers[code] = scale_power(entries, pooler->powers[code]);
	return powers;
}

double
powers_rounding(const PoolEntries *entries)
{
	return pow(1 + ldexp(1, entries->dropped - 23), 3) - 1;
}

/*
 * Additions along a row, then along a column, then of four parts, rounding the
 * powers to floats, and what is computed with a sum.
 */
double
sums_rounding(const PoolEntries *entries)
{
	const FeatureMap *map = entries->codes->map;

	return (map->height + map->width + 12) * 0x1p-24;
}

/* The powers of the codes of a cell, of which the first is number `at`. */
static void
fill_cell(const PoolEntries *entries, const Pooler *pooler,
		  const uint16_t *powers, size_t at, uint16_t *cell)
{
	const Codes *codes = entries->codes;

	if (powers == NULL)
		for (int c = 0; c < codes->stride; c++)
			cell[c] = scale_power(entries, pooler->code_powers[at + c]);
	else if (codes->plane_count == 1)
		codes->kernels->look_up_powers(codes->plane[0] + at, powers,
									   codes->stride, cell);
	else
		for (int c = 0; c < codes->stride; c++)
			cell[c] = powers[unpacked_code(codes, at + c)];
}

/* The powers of the codes of all cells. */
static void
fill_cell_powers(const Host *host, const PoolEntries *entries,
				 const Pooler *pooler, const uint16_t *powers, uint8_t *cells)
{
	const Codes *codes = entries->codes;

	for (size_t i = 0; i < cell_count(codes->map); i++)
	{
		if (i % codes->map->width == 0)
			host_check(host);
		fill_cell(entries, pooler, powers, i * codes->stride,
				  (uint16_t *) (cells + i * entries->size));
	}
}

static void
fill_cells(const Host *host, PoolEntries *entries, const Pooler *pooler)
{
	const Codes *codes = entries->codes;
	uint8_t *cells;

	if (!entries->by_powers && codes->map->bits == 8)
	{
		/* the codes themselves */
		entries->cells = codes->plane[0];
		return;
	}
	cells = scratch_reserve(host, &entries->cells_space,
							cell_count(codes->map) * entries->size);
	if (entries->by_powers)
		fill_cell_powers(host, entries, pooler,
						 scale_powers(host, entries, pooler), cells);
	else
		fill_steps(host, entries, cells);
	entries->cells = cells;
}

/* True where gem is pooled by sums of powers, in entries of that size. */
static bool
pools_by_powers(const Codes *codes, const Pooler *pooler, size_t size)
{
	return pooler->pooling.kind == POOL_GEM &&
		   pooler->pooling.exponent <= MOST_POWERS_EXPONENT &&
		   pooler_has_powers(pooler, codes->map) &&
		   cell_count(codes->map) * size <= MOST_POWERS_BYTES;
}

/* See PoolEntries. */
static int
entry_unit(const FeatureMap *map, bool by_powers)
{
	int step = max_code(8, map->is_signed);

	if (by_powers)
		return max_code(map->bits, false);
	/* the least with which all codes fit a byte */
	return (max_code(map->bits, map->is_signed) + step - 1) / step;
}

void
pool_entries_prepare(const Host *host, PoolEntries *entries,
					 const Codes *codes, const Pooler *pooler)
{
	size_t stride = codes->stride;
	size_t powers_size = stride * sizeof(uint16_t) + POWERS_PADDING;

	entries->codes = codes;
	entries->pooling = pooler->pooling;
	entries->stride = codes->stride;
	entries->by_powers = pools_by_powers(codes, pooler, powers_size);
	entries->size = entries->by_powers ? powers_size : stride;
	entries->unit = entry_unit(codes->map, entries->by_powers);
	fill_cells(host, entries, pooler);
}

void
pool_entries_combine(const PoolEntries *entries, const uint8_t *const *parts,
					 int count, uint8_t *out)
{
	const Kernels *kernels = entries->codes->kernels;

	if (entries->by_powers)
		kernels->add_powers((const uint16_t *const *) parts, count,
							entries->dropped, entries->stride,
							(uint16_t *) out);
	else
		kernels->greatest(parts, count, entries->stride,
						  entries->codes->map->is_signed, out);
}

/* pool_entries_run() of greatest codes. */
static void
run_greatest(const PoolEntries *entries, const uint8_t *pieces, ptrdiff_t step,
			 int count, uint8_t *out, ptrdiff_t out_step)
{
	const uint8_t *parts[MOST_PARTS] = {pieces};

	for (int i = 1; i < count; i++)
	{
		parts[1] = pieces + i * step;
		pool_entries_combine(entries, parts, 2, out + i * out_step);
		parts[0] = out + i * out_step;
	}
}

void
pool_entries_run(const PoolEntries *entries, const uint8_t *pieces,
				 ptrdiff_t step, int count, uint8_t *out, ptrdiff_t out_step)
{
	ptrdiff_t size = sizeof(uint16_t);

	if (entries->by_powers)
		entries->codes->kernels->run_powers((const uint16_t *) pieces,
											step / size, count,
											entries->dropped, entries->stride,
											(uint16_t *) out, out_step / size);
	else
		run_greatest(entries, pieces, step, count, out, out_step);
}
