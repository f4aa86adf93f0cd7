/*
 * pool_sides.c
 *		Boxes of pooled vectors: their sides, in integers of 16 bits.
 *
 * For channel values that are not negative, gem grows with the window, and so
 * does max for any values.  With A the smallest window of a set and B the
 * largest, every window W of the set has
 *
 *		pooled(A) <= pooled(W) <= pooled(B)		channel by channel.
 *
 * The lower side is that of A, rounded down, and the upper one that of B,
 * rounded up, in a unit in which the squared norm of the whole map's pooled
 * vector, which is the greatest of all, fits 31 bits.
 *
 * A side of a code x is x' f / 2^16, with x' = x 2^CODE_SHIFT and the factor
 * f, which is rounded to whole numbers, down for the lower side and up for the
 * upper one.  |x'| is at most 2^15, so that moves the product by less than
 * 1/2.  Of x >= 0, the floor of the lower one and one more than the floor of
 * the upper one are sides.  Of x < 0 the factors are on the wrong side, and
 * the sides are one further out.  A code of several bytes is at most one step
 * below its rounded one.
 *
 * A sum of powers s, with a relative error below that of fill_factors(), has
 * the root s^(1/p), and its factors are so much smaller or larger.  Powers are
 * rounded up, and so the lower factors are smaller by the root of that, too. A
 * power that vanishes in a float is less than FLT_MIN.  With n of them left
 * out, the true value is, by (s + e)^(1/p) <= s^(1/p) + e^(1/p), at most (n
 * FLT_MIN)^(1/p) above that of the sum.
 *
 * Where gem is not pooled by powers, it is bounded by the greatest code m
 * among n cells:
 *
 *		m <= (sum of x^p)^(1/p) <= m n^(1/p).
 *
 * That is of use where powers vanish, as there the exponent is so large that
 * n^(1/p) is small.  It is of none where only room for powers lacks and the
 * exponent is small: such maps have no sides.
 */
#include "core/search/pool_sides.h"

#include <float.h>
#include <math.h>

/* What sides and their norm are at most, but for rounding. */
#define GREATEST_SIDE 32000
#define GREATEST_NORM (MOST_SIDE_NORM - 1340)
/* With more than this between m and m n^(1/p), there are no sides. */
#define MOST_GROWTH 2
/* What a step of codes is at most, so that its factor fits 16 bits. */
#define GREATEST_STEP 63
/* A factor that is not zero is at least this, and so an ordinary float. */
#define LEAST_FACTOR 1e-37
/* Rounding of a factor to float. */
#define FACTOR_SLACK 0x1p-20

/* Codes in a step of the bytes that a cell's lower side is made from. */
static int
cell_step(const PoolEntries *entries)
{
	if (!entries->by_powers)
		return entries->unit;
	return 1 << (8 * (entries->codes->plane_count - 1));
}

static void
fill_scales(PoolSides *sides)
{
	const FeatureMap *map = sides->entries->codes->map;
	double greatest = 0;

	for (int c = 0; c < sides->entries->stride; c++)
	{
		sides->scales[c] = c < map->channels ? channel_scale(map, c) : 0;
		greatest = sides->scales[c] > greatest ? sides->scales[c] : greatest;
	}
	/* a map of zeros has no scales at all */
	for (int c = 0; greatest > 0 && c < map->channels; c++)
		sides->scales[c] /= greatest;
}

VECTOR_CLONES static void
fill_factors(PoolSides *sides, double unit, const uint8_t *whole)
{
	const PoolEntries *entries = sides->entries;
	double of_code = unit * cell_step(entries) * (1 << (16 - CODE_SHIFT));
	double of_root = unit * entries->unit *
					 pow(entries->power_unit, -1 / entries->pooling.exponent);
	double error = sums_rounding(entries);
	double rounded =
		pow(1 + powers_rounding(entries), -1 / entries->pooling.exponent);

	sides->unit = unit;
	sides->root_kind = entries->pooling.exponent == 3 ? ROOT_CUBE : ROOT_ANY;
	if (sides->short_roots.takes_sums &&
		short_roots_set_factors(&sides->short_roots, (const uint16_t *) whole,
								of_root * rounded * (1 - error),
								of_root * (1 + error)))
		sides->root_kind = ROOT_SHORT;
	error += sides->root_kind == ROOT_CUBE ? CUBE_ROOT_ERROR : ANY_ROOT_ERROR;
	for (int c = 0; c < entries->stride; c++)
	{
		double scale = sides->scales[c];
		double root = of_root * scale;

		sides->low.of_codes[c] = (int16_t) (int) (of_code * scale);
		sides->high.of_codes[c] = (int16_t) (sides->low.of_codes[c] + 1);
		sides->low.of_roots[c] = (float) (root * rounded * (1 - error));
		root = root < LEAST_FACTOR && scale > 0 ? LEAST_FACTOR : root;
		sides->high.of_roots[c] = (float) (root * (1 + error));
	}
}

/* At least (number of cells)^(1 / exponent). */
static double
growth(const PoolEntries *entries, double cells)
{
	if (entries->pooling.kind != POOL_GEM || entries->by_powers)
		return 1;
	return pow(cells, 1 / entries->pooling.exponent) * (1 + FACTOR_SLACK);
}

/*
 * Upper sides of all windows, [stride], in the unit at hand; of bytes, those
 * of the greatest of either sign, which a step of several codes may lower by
 * one.
 */
static void
fill_greatest_sides(PoolSides *sides, const uint8_t *whole, int16_t *greatest)
{
	const PoolEntries *entries = sides->entries;
	double cells = (double) cell_count(entries->codes->map);
	double byte = 256 * cell_step(entries) * growth(entries, cells);

	if (entries->by_powers)
		pool_sides_high(sides, &whole, 1, cells, greatest);
	else
		for (int c = 0; c < entries->stride; c++)
			greatest[c] =
				(int16_t) ceil(byte * sides->scales[c] * sides->unit);
}

/*
 * How much greater the unit may be, so that all sides still fit.  Each is
 * rounded by at most 3 and, if it grows then, by 1 once more; so the norm is
 * by sqrt(stride) times that.
 */
static double
room_for_sides(const int16_t *greatest, int stride, double growth_of_whole)
{
	double rounding = growth_of_whole > 1 ? 3 * growth_of_whole + 1 : 3;
	double square = 0, most = 0;

	for (int c = 0; c < stride; c++)
	{
		double side = greatest[c];

		square += side * side;
		most = side > most ? side : most;
	}
	return fmin((GREATEST_NORM - rounding * sqrt(stride)) / sqrt(square),
				GREATEST_SIDE / most);
}

/* A unit in which all sides fit 16 bits, whatever the map. */
static double
first_unit(const PoolEntries *entries)
{
	double cells = (double) cell_count(entries->codes->map);

	if (!entries->by_powers)
		return 8.0 / cell_step(entries);
	return GREATEST_SIDE / 2.0 / entries->unit /
		   pow(cells, 1 / entries->pooling.exponent);
}

/* The greatest unit in which the squared norm of all sides fits. */
static void
choose_unit(PoolSides *sides, const uint8_t *whole, int16_t *greatest)
{
	const PoolEntries *entries = sides->entries;
	double cells = (double) cell_count(entries->codes->map);
	double room;

	fill_factors(sides, first_unit(entries), whole);
	fill_greatest_sides(sides, whole, greatest);
	room = room_for_sides(greatest, entries->stride, growth(entries, cells));
	/* a map of zeros leaves all the room there is */
	fill_factors(sides,
				 fmin(sides->unit * room,
					  (double) GREATEST_STEP / cell_step(entries)),
				 whole);
}

void
pool_sides_prepare(const Host *host, PoolSides *sides,
				   const PoolEntries *entries, const uint8_t *whole)
{
	size_t stride = entries->stride;
	bool is_signed = entries->codes->map->is_signed;
	int16_t *greatest;

	sides->entries = entries;
	sides->scales =
		scratch_reserve(host, &sides->space,
						stride * (sizeof(double) + 2 * sizeof(float) +
								  3 * sizeof(int16_t) + sizeof(uint8_t)));
	sides->low.of_roots = (float *) (sides->scales + stride);
	sides->high.of_roots = sides->low.of_roots + stride;
	sides->low.of_codes = (int16_t *) (sides->high.of_roots + stride);
	sides->high.of_codes = sides->low.of_codes + stride;
	greatest = sides->high.of_codes + stride;
	sides->steps = (uint8_t *) (greatest + stride);
	sides->low.code_offset = is_signed ? -1 : 0;
	sides->high.code_offset = is_signed ? 2 : 1;
	sides->low.root_offset = 0;
	sides->high.root_offset = 1;
	sides->has_sides =
		growth(entries, (double) cell_count(entries->codes->map)) <=
		MOST_GROWTH;
	fill_scales(sides);
	short_roots_prepare(host, &sides->short_roots, entries, sides->scales);
	if (sides->has_sides)
		choose_unit(sides, whole, greatest);
}

/* Sides ------------------------------------------------------------------- */

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

static void
side_of_codes(const PoolSides *sides, const SideFactors *factors,
			  const uint8_t *codes, int16_t *out)
{
	const PoolEntries *entries = sides->entries;

	entries->codes->kernels->sides_of_codes(codes, factors->of_codes,
											factors->code_offset,
											entries->stride,
											entries->codes->map->is_signed,
											out);
}

static void
side_of_powers(const PoolSides *sides, const SideFactors *factors,
			   const ShortSides *short_sides, const uint8_t *const *parts,
			   int count, int16_t *out)
{
	const PoolEntries *entries = sides->entries;
	PowerSides of_powers = {
		.kind = sides->root_kind,
		.dropped = entries->dropped,
		.offset = factors->root_offset,
		.inverse = (float) (1 / entries->pooling.exponent),
		.factors = factors->of_roots,
		/* upper sides round sums up, lower ones down */
		.below = factors->root_offset * ((1 << entries->dropped) - 1),
		.slope = sides->short_roots.slope,
		.base = sides->short_roots.base,
		.corrections = short_sides->corrections,
		.starts = short_sides->starts,
	};

	entries->codes->kernels->sides_of_powers((const uint16_t *const *) parts,
											 count, &of_powers,
											 entries->stride, out);
}

/* What up to MOST_PARTS entries of bytes are pooled to. */
static const uint8_t *
greatest_of_parts(const PoolSides *sides, const uint8_t *const *parts,
				  int count)
{
	if (count == 1)
		return parts[0];
	pool_entries_combine(sides->entries, parts, count, sides->steps);
	return sides->steps;
}

/* Raises upper sides by what powers that vanished may have added. */
static void
raise_sides(const PoolSides *sides, double cells, int16_t *out)
{
	const PoolEntries *entries = sides->entries;
	double by = pow(cells * FLT_MIN, 1 / entries->pooling.exponent) *
				(1 + FACTOR_SLACK);

	for (int c = 0; c < entries->stride; c++)
		if (sides->scales[c] > 0)
			out[c] =
				(int16_t) (out[c] + (int) (by * sides->high.of_roots[c]) + 1);
}

/* Multiplies upper sides by at least 1. */
VECTOR_CLONES static void
multiply_sides(double by, int stride, int16_t *out)
{
	for (int c = 0; c < stride; c++)
		out[c] = (int16_t) ceil(out[c] * by);
}

void
pool_sides_of_cell(const PoolSides *sides, size_t cell, int16_t *out)
{
	const PoolEntries *entries = sides->entries;
	const Codes *codes = entries->codes;
	const uint8_t *entry = entries->cells + cell * entries->size;

	/* the root of one power is the code itself */
	if (entries->by_powers)
		side_of_codes(sides, &sides->low,
					  highest_plane(codes) + cell * codes->stride, out);
	else
		pool_sides_low(sides, &entry, 1, out);
}

void
pool_sides_low(const PoolSides *sides, const uint8_t *const *parts, int count,
			   int16_t *out)
{
	const PoolEntries *entries = sides->entries;
	const uint8_t *codes;

	if (entries->by_powers)
	{
		side_of_powers(sides, &sides->low, &sides->short_roots.low, parts,
					   count, out);
		return;
	}
	codes = greatest_of_parts(sides, parts, count);
	if (entries->unit > 1)
	{
		lower_steps(codes, entries->stride, entries->codes->map->is_signed,
					sides->steps);
		codes = sides->steps;
	}
	side_of_codes(sides, &sides->low, codes, out);
}

void
pool_sides_high(const PoolSides *sides, const uint8_t *const *parts, int count,
				double cells, int16_t *out)
{
	const PoolEntries *entries = sides->entries;

	if (entries->by_powers)
	{
		side_of_powers(sides, &sides->high, &sides->short_roots.high, parts,
					   count, out);
		if (entries->has_vanished)
			raise_sides(sides, cells, out);
		return;
	}
	side_of_codes(sides, &sides->high, greatest_of_parts(sides, parts, count),
				  out);
	if (entries->pooling.kind == POOL_GEM)
		multiply_sides(growth(entries, cells), entries->stride, out);
}
