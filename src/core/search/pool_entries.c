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
 * Gem is pooled as sums of powers in floats.  All terms are positive, so the
 * relative error of a sum is at most that of one addition times the number of
 * additions in a row.  The parts of a window do not overlap, so nothing is
 * subtracted.  Where the exponent is so large that powers say little, gem is
 * bounded by greatest codes; pool_sides.c has how.
 */
#include "core/search/pool_entries.h"

#include <float.h>
#include <math.h>

/* Gem is pooled by powers up to this exponent, */
#define MOST_POWERS_EXPONENT 64
/* and where the table of a map takes no more than this. */
#define MOST_POWERS_BYTES ((size_t) 256 << 20)

/*
 * Entries of floats lie so far apart that those read and written together do
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

/* A power in POWER_UNITs. */
static inline float
scale_power(double power)
{
	float scaled = (float) (power * POWER_UNIT);

	return scaled < FLT_MIN ? 0 : scaled;
}

/*
 * The powers of all codes there are, in POWER_UNITs; none where the pooler has
 * no table.
 */
static const float *
scale_powers(const Host *host, PoolEntries *entries, const Pooler *pooler)
{
	int greatest = max_code(entries->codes->map->bits, false);
	double least = pow(1.0 / greatest, pooler->pooling.exponent);
	float *powers;

	entries->has_vanished = scale_power(least) == 0;
	if (pooler->code_powers != NULL)
		return NULL;
	powers = scratch_reserve(host, &entries->powers,
							 sizeof(float) * (greatest + 1));
	for (int code = 0; code <= greatest; code++)
		powers[code] = scale_power(pooler->powers[code]);
	return powers;
}

/* The powers of the codes of all cells. */
static void
fill_cell_powers(const Host *host, const PoolEntries *entries,
				 const Pooler *pooler, const float *powers, uint8_t *cells)
{
	const Codes *codes = entries->codes;

	for (size_t i = 0; i < cell_count(codes->map); i++)
	{
		float *cell = (float *) (cells + i * entries->size);

		if (i % codes->map->width == 0)
			host_check(host);
		for (int c = 0; c < codes->stride; c++)
			cell[c] =
				powers == NULL
					? scale_power(pooler->code_powers[i * codes->stride + c])
					: powers[unpacked_code(codes, i * codes->stride + c)];
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

/* True where gem is pooled by sums of powers. */
static bool
pools_by_powers(const Codes *codes, const Pooler *pooler)
{
	size_t values = cell_count(codes->map) * codes->stride;

	return pooler->pooling.kind == POOL_GEM &&
		   pooler->pooling.exponent <= MOST_POWERS_EXPONENT &&
		   pooler_has_powers(pooler, codes->map) &&
		   values * sizeof(float) <= MOST_POWERS_BYTES;
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

	entries->codes = codes;
	entries->pooling = pooler->pooling;
	entries->stride = codes->stride;
	entries->by_powers = pools_by_powers(codes, pooler);
	entries->size =
		entries->by_powers ? stride * sizeof(float) + POWERS_PADDING : stride;
	entries->unit = entry_unit(codes->map, entries->by_powers);
	fill_cells(host, entries, pooler);
}

VECTOR_CLONES void
add_power_sums(const float *const *parts, int count, int stride, float *out)
{
	const float *first = parts[0], *second = parts[1];
	const float *third = parts[2], *fourth = parts[3];

	if (count == 1)
		for (int c = 0; c < stride; c++)
			out[c] = first[c];
	else if (count == 2)
		for (int c = 0; c < stride; c++)
			out[c] = first[c] + second[c];
	else if (count == 3)
		for (int c = 0; c < stride; c++)
			out[c] = (first[c] + second[c]) + third[c];
	else
		for (int c = 0; c < stride; c++)
			out[c] = (first[c] + second[c]) + (third[c] + fourth[c]);
}

VECTOR_CLONES void
extend_part(float *restrict row, const float *restrict cell,
			const float *restrict nearer, int stride, float *restrict out)
{
	for (int c = 0; c < stride; c++)
	{
		float sum = row[c] + cell[c];

		row[c] = sum;
		out[c] = sum + nearer[c];
	}
}
