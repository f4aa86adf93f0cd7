/*
 * pool_table.c
 *		Bounds of the pooled values of a set of windows, for max and gem.
 *
 * For channel values that are not negative, gem grows with the window, and so
 * does max for any values: with A the smallest window of a set and B the
 * largest, every window W of the set has
 *
 *		pooled(A) <= pooled(W) <= pooled(B)		channel by channel.
 *
 * Max is pooled over codes of one byte.  Codes of 16 bits are rounded up to
 * one byte, in steps of `unit` codes: a step k stands for codes above (k - 1)
 * unit and at most k unit, and so do the greatest of many, k being the
 * greatest step.
 *
 * Gem is pooled as sums of powers in floats.  All terms are positive, so that
 * the relative error of a sum is at most that of one addition times the number
 * of additions in a row; the parts of a window do not overlap, so that nothing
 * is subtracted.  A power that vanishes in a float is less than FLT_MIN; with
 * n of them left out, the true value is, by (s + e)^(1/p) <= s^(1/p) +
 * e^(1/p), at most (n FLT_MIN)^(1/p) above that of the sum.  Where the
 * exponent is so large that this says little, gem is bounded by the greatest
 * code m among n cells:
 *
 *		m <= (sum of x^p)^(1/p) <= m n^(1/p).
 */
#include "core/search/pool_table.h"

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
#define POWERS_PADDING 96

/*
 * Puts the span of first to last behind the *count listed; returns its number,
 * -1 if it is empty.
 */
static int
add_span(Span *spans, int *count, int first, int last)
{
	if (first > last)
		return -1;
	spans[*count] =
		(Span){.first = first, .centre = (first + last + 1) / 2, .last = last};
	return (*count)++;
}

void
list_spans(Span *spans, int length)
{
	int count = 0;

	/* breadth first */
	add_span(spans, &count, 0, length - 1);
	for (int i = 0; i < count; i++)
	{
		spans[i].before =
			add_span(spans, &count, spans[i].first, spans[i].centre - 1);
		spans[i].behind =
			add_span(spans, &count, spans[i].centre + 1, spans[i].last);
	}
}

/* out may be the first of the rows. */
VECTOR_CLONES static void
add_rows(const float *const *rows, int count, int stride, float *out)
{
	const float *first = rows[0], *second = rows[1], *third = rows[2],
				*fourth = rows[3];

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

/* Pools up to MOST_PARTS entries to one; out may be the first of them. */
#define MOST_PARTS 4

static inline void
combine(const PoolTable *table, const uint8_t *const *entries, int count,
		uint8_t *out)
{
	if (table->by_powers)
		add_rows((const float *const *) entries, count, table->stride,
				 (float *) out);
	else
		table->codes->kernels->greatest(entries, count, table->stride,
										table->codes->map->is_signed, out);
}

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

/* All codes of 16 bits in steps of table->unit. */
static void
fill_steps(const Host *host, const PoolTable *table, uint8_t *steps)
{
	size_t row_size = (size_t) table->codes->map->width * table->stride;

	for (int y = 0; y < table->codes->map->height; y++)
	{
		host_check(host);
		round_codes_up(table->codes, y * row_size, row_size, table->unit,
					   steps);
	}
}

/* The powers of all codes, in SUM_UNITs. */
static void
fill_powers(const Host *host, PoolTable *table, const Pooler *pooler,
			float *cells)
{
	const Codes *codes = table->codes;
	int greatest = max_code(codes->map->bits, false);
	float *powers =
		scratch_reserve(host, &table->powers, sizeof(float) * (greatest + 1));
	for (int code = 0; code <= greatest; code++)
	{
		powers[code] = (float) (pooler->powers[code] * SUM_UNIT);
		powers[code] = powers[code] < FLT_MIN ? 0 : powers[code];
	}
	table->has_vanished = powers[1] == 0;
	for (size_t i = 0; i < cell_count(codes->map); i++)
	{
		float *cell = (float *) ((uint8_t *) cells + i * table->entry);

		if (i % codes->map->width == 0)
			host_check(host);
		for (int c = 0; c < codes->stride; c++)
			cell[c] = powers[unpacked_code(codes, i * codes->stride + c)];
	}
}

/*
 * Pools each block's extent from its centre and the two halves of a span,
 * first along rows, then along columns.
 */
static void
fill_extents(const Host *host, PoolTable *table, const Span *row_spans,
			 const Span *column_spans)
{
	int height = table->codes->map->height;
	int width = table->codes->map->width;
	size_t entry = table->entry;

	host_copy(host, table->extents, table->cells,
			  (size_t) height * width * entry);
	for (int y = 0; y < height; y++)
	{
		uint8_t *row = table->extents + (size_t) y * width * entry;

		host_check(host);
		for (int i = width - 1; i >= 0; i--)
		{
			const Span *span = &column_spans[i];
			const uint8_t *parts[MOST_PARTS] = {row + span->centre * entry};
			int count = 1;

			if (span->before >= 0)
				parts[count++] =
					row + column_spans[span->before].centre * entry;
			if (span->behind >= 0)
				parts[count++] =
					row + column_spans[span->behind].centre * entry;
			combine(table, parts, count, row + span->centre * entry);
		}
	}
	for (int i = height - 1; i >= 0; i--)
	{
		const Span *span = &row_spans[i];

		host_check(host);
		for (int x = 0; x < width; x++)
		{
			uint8_t *column = table->extents + x * entry;
			const uint8_t *parts[MOST_PARTS] = {
				column + (size_t) span->centre * width * entry};
			int count = 1;

			if (span->before >= 0)
				parts[count++] =
					column +
					(size_t) row_spans[span->before].centre * width * entry;
			if (span->behind >= 0)
				parts[count++] =
					column +
					(size_t) row_spans[span->behind].centre * width * entry;
			combine(table, parts, count,
					column + (size_t) span->centre * width * entry);
		}
	}
}

/* Room for the vectors of a map; see PoolTable. */
static void
reserve_vectors(const Host *host, PoolTable *table)
{
	size_t stride = table->stride;
	size_t kept = KEPT_VECTORS * table->entry;
	uint8_t *vectors =
		scratch_reserve(host, &table->vectors,
						2 * sizeof(float) * stride + 2 * kept + table->entry);

	table->low_values = (float *) vectors;
	table->high_values = table->low_values + stride;
	table->kept_smallest.vectors = (uint8_t *) (table->high_values + stride);
	table->kept_largest.vectors = table->kept_smallest.vectors + kept;
	table->row = table->kept_largest.vectors + kept;
}

void
pool_table_prepare(const Host *host, PoolTable *table, const Codes *codes,
				   const Pooler *pooler, const Span *row_spans,
				   const Span *column_spans)
{
	const FeatureMap *map = codes->map;
	size_t values = cell_count(map) * codes->stride;
	bool by_powers = pooler->pooling.kind == POOL_GEM &&
					 pooler->pooling.exponent <= MOST_POWERS_EXPONENT &&
					 pooler_has_powers(pooler, map) &&
					 values * sizeof(float) <= MOST_POWERS_BYTES;
	bool has_own_cells = by_powers || map->bits == 16;
	uint8_t *planes;

	table->codes = codes;
	table->pooling = pooler->pooling;
	table->stride = codes->stride;
	table->by_powers = by_powers;
	table->entry = by_powers ? codes->stride * sizeof(float) + POWERS_PADDING
							 : (size_t) codes->stride;
	/*
	 * the greatest code in so many steps that they fit a byte: 32767 is less
	 * than 127 * 259
	 */
	table->unit = by_powers        ? max_code(map->bits, false)
				  : map->bits == 8 ? 1
				  : map->is_signed ? 259
								   : 257;
	planes = scratch_reserve(host, &table->planes,
							 cell_count(map) * table->entry *
								 (has_own_cells ? 2 : 1));
	table->extents = planes;
	table->cells =
		has_own_cells ? planes + cell_count(map) * table->entry : codes->low;
	if (by_powers)
		fill_powers(host, table, pooler, (float *) table->cells);
	else if (has_own_cells)
		fill_steps(host, table, (uint8_t *) table->cells);
	reserve_vectors(host, table);
	fill_extents(host, table, row_spans, column_spans);
}

double
pool_table_error(const PoolTable *table)
{
	const FeatureMap *map = table->codes->map;

	/*
	 * additions along a row, then along a column, then of four parts, and
	 * rounding the powers
	 */
	return table->by_powers
			   ? (map->height + map->width + 8) * 0x1p-24 + ROOT_ERROR
			   : 0;
}

VECTOR_CLONES static void
subtract_step(uint8_t *steps, int count, bool is_signed)
{
	if (is_signed)
		for (int c = 0; c < count; c++)
			steps[c] =
				(uint8_t) ((int8_t) steps[c] > -128 ? (int8_t) steps[c] - 1
													: -128);
	else
		for (int c = 0; c < count; c++)
			steps[c] = steps[c] > 0 ? steps[c] - 1 : 0;
}

/*
 * The logarithm and the power of two, each by a polynomial that interpolates
 * it at Chebyshev's points: of (log2(1 + u)) / u and of 2^f, u and f from 0 to
 * 1.
 */
VECTOR_CLONES void
approximate_roots(const float *sums, int count, double exponent, float *out)
{
	float inverse = (float) (1 / exponent);

	for (int c = 0; c < count; c++)
	{
		int32_t bits, mantissa_bits, power_bits;
		float mantissa, square, logarithm, rest, power;
		int whole;

		memcpy(&bits, &sums[c], sizeof(bits));
		mantissa_bits = (bits & 0x007fffff) | 0x3f800000;
		memcpy(&mantissa, &mantissa_bits, sizeof(mantissa));
		mantissa -= 1;
		square = mantissa * mantissa;
		logarithm =
			(1.442692983f - 0.721144092f * mantissa) +
			square * ((0.477496364f - 0.338377198f * mantissa) +
					  square * ((0.213943212f - 0.094626810f * mantissa) +
								square * 0.020016650f));
		logarithm =
			((float) ((bits >> 23) - 227) + logarithm * mantissa) * inverse;
		/* the floor: logarithms are above -256 */
		whole = (int) (logarithm + 256) - 256;
		rest = logarithm - (float) whole;
		square = rest * rest;
		power = (1.000003493f + 0.692972922f * rest) +
				square * ((0.241604357f + 0.051744998f * rest) +
						  square * 0.013670309f);
		memcpy(&power_bits, &power, sizeof(power_bits));
		power_bits += whole * (1 << 23);
		/* the root of zero is zero */
		power_bits &= -(bits != 0);
		memcpy(&out[c], &power_bits, sizeof(power));
	}
}

/* Widens greatest codes to values, times the factor. */
VECTOR_CLONES static void
scale_codes(const PoolTable *table, const uint8_t *codes, float factor,
			float *out)
{
	for (int c = 0; c < table->stride; c++)
		out[c] =
			factor * (float) (table->codes->map->is_signed ? (int8_t) codes[c]
														   : codes[c]);
}

VECTOR_CLONES static void
raise_values(const float *values, int count, double by, float *out)
{
	for (int c = 0; c < count; c++)
		out[c] = values[c] + (float) (by * (1 + 0x1p-20));
}

/*
 * The vector of an entry: its roots, made in room, or the greatest codes
 * themselves.
 */
static const uint8_t *
pooled_vector(const PoolTable *table, const uint8_t *entry, uint8_t *room)
{
	if (!table->by_powers)
		return entry;
	approximate_roots((const float *) entry, table->stride,
					  table->pooling.exponent, (float *) room);
	return room;
}

/*
 * The box between two vectors, of windows of which the largest has so many
 * cells.
 */
static PooledBox
make_box(PoolTable *table, const uint8_t *low, const uint8_t *high,
		 double cells)
{
	if (table->by_powers)
	{
		if (table->has_vanished)
		{
			raise_values((const float *) high, table->stride,
						 pow(cells * ((double) FLT_MIN / SUM_UNIT),
							 1 / table->pooling.exponent),
						 table->high_values);
			high = (const uint8_t *) table->high_values;
		}
		return (PooledBox){.low_values = (const float *) low,
						   .high_values = (const float *) high};
	}
	if (table->unit > 1)
	{
		memcpy(table->row, low, table->stride);
		subtract_step(table->row, table->stride, table->codes->map->is_signed);
		low = table->row;
	}
	if (table->pooling.kind == POOL_MAX)
		return (PooledBox){.low_codes = low, .high_codes = high};
	scale_codes(table, low, 1, table->low_values);
	scale_codes(table, high,
				(float) (pow(cells, 1 / table->pooling.exponent) *
						 (1 + 0x1p-20)),
				table->high_values);
	return (PooledBox){.low_values = table->low_values,
					   .high_values = table->high_values};
}

/* The vector of a cell: of one value the root of the power is the value. */
VECTOR_CLONES static const uint8_t *
cell_vector(PoolTable *table, size_t cell)
{
	const Codes *codes = table->codes;
	size_t at = cell * codes->stride;

	if (!table->by_powers)
		return table->cells + cell * table->entry;
	for (int c = 0; c < codes->stride; c++)
		table->low_values[c] =
			(float) unpacked_code(codes, at + c) / (float) table->unit;
	return (const uint8_t *) table->low_values;
}

PooledBox
pool_table_whole(PoolTable *table, const Span *rows, const Span *columns)
{
	size_t centre =
		(size_t) rows->centre * table->codes->map->width + columns->centre;
	const uint8_t *low = cell_vector(table, centre);
	const uint8_t *high =
		pooled_vector(table, table->extents + centre * table->entry,
					  (uint8_t *) table->high_values);

	return make_box(table, low, high,
					(double) (rows->last - rows->first + 1) *
						(columns->last - columns->first + 1));
}

/* The part of the block at hand that reaches from a cell to the centre. */
static inline uint8_t *
part(const PoolTable *table, int y, int x)
{
	size_t columns = table->area.x2 - table->area.x1;

	return table->parts +
		   ((y - table->area.y1) * columns + (x - table->area.x1)) *
			   table->entry;
}

/*
 * Fills one row of one quadrant: cells x = from, from + step, ... to `to`.  A
 * part is that of the row so far and of the part above or below that is nearer
 * to the centre. Where a cell may count twice, it is that of three parts, and
 * the row's need not be kept.
 */
static void
fill_row(PoolTable *table, int y, int nearer_y, int from, int to, int step)
{
	for (int x = from; x != to + step; x += step)
	{
		const uint8_t *cell =
			table->cells +
			((size_t) y * table->codes->map->width + x) * table->entry;
		const uint8_t *parts[MOST_PARTS];
		int count = 0;

		if (x != from)
			parts[count++] =
				table->by_powers ? table->row : part(table, y, x - step);
		parts[count++] = cell;
		if (table->by_powers)
		{
			combine(table, parts, count, table->row);
			parts[0] = table->row;
			count = 1;
		}
		if (nearer_y != y)
			parts[count++] = part(table, nearer_y, x);
		combine(table, parts, count, part(table, y, x));
	}
}

/* Fills the rows from `from` to `to`, away from the centre. */
static void
fill_rows(const Host *host, PoolTable *table, int from, int to, int step)
{
	int centre = table->centre_x;
	int nearer = from;

	for (int y = from; y != to + step; y += step)
	{
		host_check(host);
		fill_row(table, y, nearer, centre, table->area.x1, -1);
		if (centre + 1 < table->area.x2)
			fill_row(table, y, nearer, centre + 1, table->area.x2 - 1, 1);
		nearer = y;
	}
}

void
pool_table_enter(const Host *host, PoolTable *table, int centre_y,
				 int centre_x, const Window *area)
{
	table->centre_y = centre_y;
	table->centre_x = centre_x;
	table->area = *area;
	memset(table->kept_smallest.windows, 0,
		   sizeof(table->kept_smallest.windows));
	memset(table->kept_largest.windows, 0,
		   sizeof(table->kept_largest.windows));
	table->parts = scratch_reserve(host, &table->block,
								   (size_t) window_area(area) * table->entry);
	fill_rows(host, table, centre_y, area->y1, -1);
	if (centre_y + 1 < area->y2)
		fill_rows(host, table, centre_y + 1, area->y2 - 1, 1);
}

/* Pools a window of the block at hand. */
static void
pool_parts(const PoolTable *table, const Window *window, uint8_t *out)
{
	bool has_below = window->y2 - 1 > table->centre_y;
	bool has_right = window->x2 - 1 > table->centre_x;
	const uint8_t *parts[MOST_PARTS] = {part(table, window->y1, window->x1)};
	int count = 1;

	if (has_right)
		parts[count++] = part(table, window->y1, window->x2 - 1);
	if (has_below)
		parts[count++] = part(table, window->y2 - 1, window->x1);
	if (has_below && has_right)
		parts[count++] = part(table, window->y2 - 1, window->x2 - 1);
	combine(table, parts, count, out);
}

/*
 * The vector of a window of the block at hand, from those that are kept if it
 * is among them.
 */
static const uint8_t *
window_vector(PoolTable *table, const Window *window, KeptVectors *kept)
{
	unsigned number = (window->y1 * 5u + window->x1 * 23u + window->y2 * 91u +
					   window->x2 * 149u) %
					  KEPT_VECTORS;
	uint8_t *vector = kept->vectors + number * table->entry;

	if (window_compare(&kept->windows[number], window) != 0)
	{
		uint8_t *entry = table->by_powers ? table->row : vector;

		pool_parts(table, window, entry);
		pooled_vector(table, entry, vector);
		kept->windows[number] = *window;
	}
	return vector;
}

PooledBox
pool_table_between(PoolTable *table, const Window *smallest,
				   const Window *largest)
{
	const uint8_t *low = window_vector(table, smallest, &table->kept_smallest);
	const uint8_t *high =
		window_compare(smallest, largest) == 0
			? low
			: window_vector(table, largest, &table->kept_largest);

	return make_box(table, low, high, window_area(largest));
}
