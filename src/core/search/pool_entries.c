/*
 * pool_entries.c
 *		Pooled vectors as a pool table keeps them, and boxes between two.
 *
 * For channel values that are not negative, gem grows with the window, and so
 * does max for any values.  With A the smallest window of a set and B the
 * largest, every window W of the set has
 *
 *		pooled(A) <= pooled(W) <= pooled(B)		channel by channel.
 *
 * Max is pooled over codes of one byte.  Codes of 16 bits are rounded up to
 * one byte, in steps of `unit` codes: a step k stands for codes above (k - 1)
 * unit and at most k unit, and so does the greatest of many, k being the
 * greatest step.
 *
 * Gem is pooled as sums of powers in floats.  All terms are positive, so the
 * relative error of a sum is at most that of one addition times the number of
 * additions in a row.  The parts of a window do not overlap, so nothing is
 * subtracted.  A power that vanishes in a float is less than FLT_MIN.  With n
 * of them left out, the true value is, by (s + e)^(1/p) <= s^(1/p) + e^(1/p),
 * at most (n FLT_MIN)^(1/p) above that of the sum.  Where the exponent is so
 * large that this says little, gem is bounded by the greatest code m among n
 * cells:
 *
 *		m <= (sum of x^p)^(1/p) <= m n^(1/p).
 */
#include "core/search/pool_entries.h"

#include <float.h>
#include <math.h>

#include "core/search/approximate_roots.h"

/* Gem is pooled by powers up to this exponent, */
#define MOST_POWERS_EXPONENT 64
/* and where the table of a map takes no more than this. */
#define MOST_POWERS_BYTES ((size_t) 256 << 20)

/*
 * Entries of floats lie so far apart that those read and written together do
 * not share the lower bits of their addresses.
 */
#define POWERS_PADDING 96

/*
 * Codes in a step of a byte, so that all codes of 16 bits fit one: 32767 is
 * less than 127 * 259, and 65535 is 255 * 257.
 */
#define SIGNED_UNIT   259
#define UNSIGNED_UNIT 257

/* Rounding of a factor or a summand to float. */
#define FACTOR_SLACK 0x1p-20

/* Entries of cells -------------------------------------------------------- */

/* Some codes of 16 bits in steps of unit, rounded up. */
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

/* All codes of 16 bits in steps of entries->unit. */
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

/* The powers of all codes there are, in SUM_UNITs. */
static const float *
scale_powers(const Host *host, PoolEntries *entries, const Pooler *pooler)
{
	int greatest = max_code(entries->codes->map->bits, false);
	float *powers = scratch_reserve(host, &entries->powers,
									sizeof(float) * (greatest + 1));

	for (int code = 0; code <= greatest; code++)
	{
		float power = (float) (pooler->powers[code] * SUM_UNIT);

		powers[code] = power < FLT_MIN ? 0 : power;
	}
	entries->has_vanished = powers[1] == 0;
	return powers;
}

/* The powers of the codes of all cells. */
static void
fill_cell_powers(const Host *host, const PoolEntries *entries,
				 const float *powers, uint8_t *cells)
{
	const Codes *codes = entries->codes;

	for (size_t i = 0; i < cell_count(codes->map); i++)
	{
		float *cell = (float *) (cells + i * entries->size);

		if (i % codes->map->width == 0)
			host_check(host);
		for (int c = 0; c < codes->stride; c++)
			cell[c] = powers[unpacked_code(codes, i * codes->stride + c)];
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
		entries->cells = codes->low;
		return;
	}
	cells = scratch_reserve(host, &entries->cells_space,
							cell_count(codes->map) * entries->size);
	if (entries->by_powers)
		fill_cell_powers(host, entries, scale_powers(host, entries, pooler),
						 cells);
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
	if (by_powers)
		return max_code(map->bits, false);
	if (map->bits == 8)
		return 1;
	return map->is_signed ? SIGNED_UNIT : UNSIGNED_UNIT;
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
	entries->low_values =
		scratch_reserve(host, &entries->sides_space,
						(2 * sizeof(float) + sizeof(uint8_t)) * stride);
	entries->high_values = entries->low_values + stride;
	entries->low_steps = (uint8_t *) (entries->high_values + stride);
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

/* Vectors ----------------------------------------------------------------- */

const uint8_t *
pool_entries_vector(const PoolEntries *entries, const uint8_t *entry,
					uint8_t *room)
{
	if (!entries->by_powers)
		return entry;
	approximate_roots((const float *) entry, entries->stride,
					  entries->pooling.exponent, (float *) room);
	return room;
}

/* The root of one power is the value itself. */
VECTOR_CLONES const uint8_t *
pool_entries_cell_vector(PoolEntries *entries, size_t cell)
{
	const Codes *codes = entries->codes;
	size_t at = cell * codes->stride;

	if (!entries->by_powers)
		return entries->cells + cell * entries->size;
	for (int c = 0; c < codes->stride; c++)
		entries->low_values[c] =
			(float) unpacked_code(codes, at + c) / (float) entries->unit;
	return (const uint8_t *) entries->low_values;
}

/* Boxes ------------------------------------------------------------------- */

/* The lower ends of steps. */
VECTOR_CLONES static void
lower_steps(const uint8_t *steps, int count, bool is_signed, uint8_t *out)
{
	if (is_signed)
		for (int c = 0; c < count; c++)
			out[c] = (uint8_t) (steps[c] - ((int8_t) steps[c] > INT8_MIN));
	else
		for (int c = 0; c < count; c++)
			out[c] = steps[c] > 0 ? steps[c] - 1 : 0;
}

/* Widens greatest codes to values, times the factor. */
VECTOR_CLONES static void
scale_codes(const uint8_t *codes, int count, bool is_signed, float factor,
			float *out)
{
	for (int c = 0; c < count; c++)
		out[c] = factor * (float) (is_signed ? (int8_t) codes[c] : codes[c]);
}

VECTOR_CLONES static void
raise_values(const float *values, int count, double by, float *out)
{
	for (int c = 0; c < count; c++)
		out[c] = values[c] + (float) (by * (1 + FACTOR_SLACK));
}

static PooledBox
box_of_powers(PoolEntries *entries, const float *low, const float *high,
			  double cells)
{
	if (entries->has_vanished)
	{
		raise_values(high, entries->stride,
					 pow(cells * ((double) FLT_MIN / SUM_UNIT),
						 1 / entries->pooling.exponent),
					 entries->high_values);
		high = entries->high_values;
	}
	return (PooledBox){.low_values = low, .high_values = high};
}

/* The box of gem by the greatest codes. */
static PooledBox
box_of_large_powers(PoolEntries *entries, const uint8_t *low,
					const uint8_t *high, double cells)
{
	double growth = pow(cells, 1 / entries->pooling.exponent);
	bool is_signed = entries->codes->map->is_signed;

	scale_codes(low, entries->stride, is_signed, 1, entries->low_values);
	scale_codes(high, entries->stride, is_signed,
				(float) (growth * (1 + FACTOR_SLACK)), entries->high_values);
	return (PooledBox){.low_values = entries->low_values,
					   .high_values = entries->high_values};
}

PooledBox
pool_entries_box(PoolEntries *entries, const uint8_t *low, const uint8_t *high,
				 double cells)
{
	if (entries->by_powers)
		return box_of_powers(entries, (const float *) low,
							 (const float *) high, cells);
	if (entries->unit > 1)
	{
		lower_steps(low, entries->stride, entries->codes->map->is_signed,
					entries->low_steps);
		low = entries->low_steps;
	}
	if (entries->pooling.kind == POOL_GEM)
		return box_of_large_powers(entries, low, high, cells);
	return (PooledBox){.low_codes = low, .high_codes = high};
}

double
pool_entries_error(const PoolEntries *entries)
{
	const FeatureMap *map = entries->codes->map;

	if (!entries->by_powers)
		return 0;
	/*
	 * additions along a row, then along a column, then of four parts, and
	 * rounding the powers
	 */
	return (map->height + map->width + 8) * 0x1p-24 + ROOT_ERROR;
}
