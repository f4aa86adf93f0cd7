/*
 * pool.c
 *		Exact pooling of one window.
 *
 * Powers for gem are taken from a table of (code / greatest code)^exponent,
 * or, at 24 bits, computed once for each code of a map.  With a large exponent
 * the powers of small codes would vanish in double precision, and with them
 * the pooled values of channels that are weak in the window; there, each power
 * is taken of the ratio to the channel's greatest code in the window, and what
 * is too small to change the sum is left out.
 */
#include "core/pooling/pool.h"

#include <math.h>
#include <string.h>

#include "core/quote.h"

/* The least power of a code is above this. */
#define LEAST_POWER 1e-280
/* The most bits of codes that there is a table for. */
#define MOST_TABLE_BITS 16
/* Powers of all codes of a map take no more than this. */
#define MOST_CODE_POWERS_BYTES ((size_t) 256 << 20)
/*
 * A power below this part of the greatest one cannot change a sum: 2^24 of
 * them together change it by no more than a rounding.
 */
#define VANISHING_POWER 0x1p-80

static const char *const pooling_names[] = {
	[POOL_SUM] = "sum",
	[POOL_MAX] = "max",
	[POOL_GEM] = "gem",
};

const char *
pooling_name(PoolingKind kind)
{
	return pooling_names[kind];
}

bool
pooling_named(const char *name, PoolingKind *kind, CoreError *error)
{
	char quoted[QUOTE_ROOM];

	for (PoolingKind known = POOL_SUM; known <= POOL_GEM; known++)
		if (strcmp(name, pooling_names[known]) == 0)
		{
			*kind = known;
			return true;
		}
	return core_error(
		error, ERROR_INVALID_PARAMETER,
		"pooling must be \"sum\", \"max\" or \"gem\", not \"%s\"",
		quote_input(name, strlen(name), quoted));
}

bool
pooling_check(const Pooling *pooling, CoreError *error)
{
	if (pooling->kind == POOL_GEM &&
		(!(pooling->exponent >= 1) || isinf(pooling->exponent)))
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "exponent must be at least 1 and finite, not %g",
						  pooling->exponent);
	return true;
}

/*
 * Refuses the first negative code of a map.  A damaged map may have codes
 * beyond its last channel, and powers are looked up for these, too.
 */
static bool
check_not_negative(const Host *host, const Codes *codes, CoreError *error)
{
	const FeatureMap *map = codes->map;

	for (size_t i = 0; i < cell_count(map); i++)
	{
		if (i % map->width == 0)
			host_check(host);
		for (int c = 0; c < codes->stride; c++)
		{
			int code = unpacked_code(codes, i * codes->stride + c);

			if (code < 0)
				return core_error(
					error, ERROR_INVALID_PARAMETER,
					"pooling \"gem\" takes no negative values: the map has %g in channel %d at (%d, %d)",
					code * (c < map->channels ? channel_scale(map, c) : 0), c,
					(int) (i / map->width), (int) (i % map->width));
		}
	}
	return true;
}

/* True where no power of a code vanishes in double precision. */
static bool
powers_fit(const FeatureMap *map, double exponent)
{
	return pow(max_code(map->bits, false), -exponent) > LEAST_POWER;
}

static void
tabulate_powers(const Host *host, Pooler *pooler, const FeatureMap *map)
{
	int greatest = max_code(map->bits, false);

	if (pooler_has_powers(pooler, map))
		return;
	pooler->powers_exponent = 0;
	pooler->powers = scratch_reserve(host, &pooler->powers_space,
									 sizeof(double) * (greatest + 1));
	for (int code = 0; code <= greatest; code++)
		pooler->powers[code] =
			pow((double) code / greatest, pooler->pooling.exponent);
	pooler->powers_bits = map->bits;
	pooler->powers_exponent = pooler->pooling.exponent;
}

static void
fill_code_powers(const Host *host, Pooler *pooler, const Codes *codes)
{
	size_t values = cell_count(codes->map) * codes->stride;
	double greatest = max_code(codes->map->bits, false);

	if (values * sizeof(double) > MOST_CODE_POWERS_BYTES)
		return;
	pooler->code_powers = scratch_reserve(host, &pooler->code_powers_space,
										  sizeof(double) * values);
	for (size_t i = 0; i < values; i++)
	{
		int code = unpacked_code(codes, i);

		if (i % codes->stride == 0)
			host_check(host);
		pooler->code_powers[i] =
			code == 0 ? 0 : pow(code / greatest, pooler->pooling.exponent);
	}
}

bool
pooler_prepare(const Host *host, Pooler *pooler, const Pooling *pooling,
			   const Codes *codes, CoreError *error)
{
	pooler->pooling = *pooling;
	pooler->code_powers = NULL;
	if (pooling->kind != POOL_GEM)
		return true;
	if (codes->map->is_signed && !check_not_negative(host, codes, error))
		return false;
	if (!powers_fit(codes->map, pooling->exponent))
		return true;
	if (codes->map->bits <= MOST_TABLE_BITS)
		tabulate_powers(host, pooler, codes->map);
	else
		fill_code_powers(host, pooler, codes);
	return true;
}

void
pooler_release(const Host *host, Pooler *pooler)
{
	scratch_release(host, &pooler->powers_space);
	scratch_release(host, &pooler->code_powers_space);
	scratch_release(host, &pooler->bytes);
	pooler->powers_exponent = 0;
	pooler->code_powers = NULL;
}

/* Where the codes of a window's row begin. */
static inline size_t
row_start(const Codes *codes, const Window *window, int y)
{
	return ((size_t) y * codes->map->width + window->x1) * codes->stride;
}

/* Cells whose codes one call of the kernel goes through. */
#define CELLS_AT_ONCE 32

/* The greatest code of each channel, of codes of one byte. */
static void
pool_greatest_bytes(const Host *host, const Codes *codes, const Window *window,
					uint8_t *pooled)
{
	const uint8_t *cells[CELLS_AT_ONCE];
	int count = 0;

	cells[count++] = codes->plane[0] + row_start(codes, window, window->y1);
	for (int y = window->y1; y < window->y2; y++)
	{
		host_check(host);
		for (int x = 0; x < window->x2 - window->x1; x++)
		{
			cells[count++] = codes->plane[0] + row_start(codes, window, y) +
							 (size_t) x * codes->stride;
			if (count == CELLS_AT_ONCE)
			{
				codes->kernels->greatest(cells, count, codes->stride,
										 codes->map->is_signed, pooled);
				cells[0] = pooled;
				count = 1;
			}
		}
	}
	codes->kernels->greatest(cells, count, codes->stride,
							 codes->map->is_signed, pooled);
}

/* The same of codes of several bytes. */
VECTOR_CLONES static void
pool_greatest_codes(const Host *host, const Codes *codes, const Window *window,
					double *pooled)
{
	for (int c = 0; c < codes->stride; c++)
		pooled[c] =
			unpacked_code(codes, row_start(codes, window, window->y1) + c);
	for (int y = window->y1; y < window->y2; y++)
	{
		size_t row = row_start(codes, window, y);

		host_check(host);
		for (int x = 0; x < window->x2 - window->x1; x++)
			for (int c = 0; c < codes->stride; c++)
			{
				size_t at = row + (size_t) x * codes->stride + c;
				double code = unpacked_code(codes, at);

				pooled[c] = code > pooled[c] ? code : pooled[c];
			}
	}
}

VECTOR_CLONES static void
widen_bytes(const uint8_t *bytes, int stride, bool is_signed, double *out)
{
	if (is_signed)
		for (int c = 0; c < stride; c++)
			out[c] = (int8_t) bytes[c];
	else
		for (int c = 0; c < stride; c++)
			out[c] = bytes[c];
}

/* The greatest code of each channel. */
static void
pool_greatest(const Host *host, Pooler *pooler, const Codes *codes,
			  const Window *window, double *pooled)
{
	uint8_t *bytes;

	if (codes->plane_count > 1)
	{
		pool_greatest_codes(host, codes, window, pooled);
		return;
	}
	bytes = scratch_reserve(host, &pooler->bytes, codes->stride);
	pool_greatest_bytes(host, codes, window, bytes);
	widen_bytes(bytes, codes->stride, codes->map->is_signed, pooled);
}

/* Adds the powers of the codes of one cell. */
static void
add_powers(const Codes *codes, size_t at, const Pooler *pooler, double *sums)
{
	const uint8_t *low = codes->plane[0] + at;
	const uint8_t *high = highest_plane(codes) + at;

	if (pooler->code_powers != NULL)
		for (int c = 0; c < codes->stride; c++)
			sums[c] += pooler->code_powers[at + c];
	else if (codes->plane_count == 1)
		for (int c = 0; c < codes->stride; c++)
			sums[c] += pooler->powers[low[c]];
	else
		for (int c = 0; c < codes->stride; c++)
			sums[c] += pooler->powers[high[c] << 8 | low[c]];
}

/* Cells whose powers are added before a sum is put back. */
#define POWERS_AT_ONCE 4
/* Codes of a cell that are read at once; KERNEL_LANES are a multiple. */
#define CODES_AT_ONCE 8

static inline uint64_t
load_codes(const uint8_t *codes)
{
	uint64_t word;

	memcpy(&word, codes, sizeof(word));
	return word;
}

/*
 * Adds the powers of the codes, of one byte, of POWERS_AT_ONCE cells of a row,
 * one cell after the other.
 */
static void
add_powers_at_once(const uint8_t *codes, int stride, const double *powers,
				   double *sums)
{
	for (int c = 0; c < stride; c += CODES_AT_ONCE, codes += CODES_AT_ONCE)
	{
		uint64_t first = load_codes(codes);
		uint64_t second = load_codes(codes + stride);
		uint64_t third = load_codes(codes + 2 * stride);
		uint64_t fourth = load_codes(codes + 3 * stride);

		for (int i = 0; i < CODES_AT_ONCE; i++)
		{
			double sum = sums[c + i];

			sum += powers[(uint8_t) (first >> 8 * i)];
			sum += powers[(uint8_t) (second >> 8 * i)];
			sum += powers[(uint8_t) (third >> 8 * i)];
			sum += powers[(uint8_t) (fourth >> 8 * i)];
			sums[c + i] = sum;
		}
	}
}

void
pool_add_powers(const Host *host, const Pooler *pooler, const Codes *codes,
				const Window *rows, double *sums)
{
	int width = rows->x2 - rows->x1;
	int at_once =
		codes->plane_count == 1 ? width / POWERS_AT_ONCE * POWERS_AT_ONCE : 0;

	for (int y = rows->y1; y < rows->y2; y++)
	{
		size_t row = row_start(codes, rows, y);

		host_check(host);
		for (int x = 0; x < at_once; x += POWERS_AT_ONCE)
			add_powers_at_once(codes->plane[0] + row +
								   (size_t) x * codes->stride,
							   codes->stride, pooler->powers, sums);
		for (int x = at_once; x < width; x++)
			add_powers(codes, row + (size_t) x * codes->stride, pooler, sums);
	}
}

void
pool_root_sums(const Pooler *pooler, const Codes *codes, const double *sums,
			   double *pooled)
{
	double greatest = max_code(codes->map->bits, false);
	double inverse = 1 / pooler->pooling.exponent;

	for (int c = 0; c < codes->stride; c++)
		pooled[c] = sums[c] == 0 ? 0 : greatest * pow(sums[c], inverse);
}

static void
pool_powers(const Host *host, const Pooler *pooler, const Codes *codes,
			const Window *window, double *pooled)
{
	memset(pooled, 0, sizeof(double) * codes->stride);
	pool_add_powers(host, pooler, codes, window, pooled);
	pool_root_sums(pooler, codes, pooled, pooled);
}

/*
 * Sum of the powers of the ratios to the greatest code, over the cells of a
 * channel.
 */
static double
sum_large_powers(const Host *host, const Codes *codes, const Window *window,
				 int channel, double greatest, double exponent)
{
	double least = greatest * pow(VANISHING_POWER, 1 / exponent);
	double sum = 0;

	for (int y = window->y1; y < window->y2; y++)
	{
		host_check(host);
		for (int x = 0; x < window->x2 - window->x1; x++)
		{
			double code =
				unpacked_code(codes, row_start(codes, window, y) +
										 (size_t) x * codes->stride + channel);

			if (code >= least)
				sum += pow(code / greatest, exponent);
		}
	}
	return sum;
}

static void
pool_large_powers(const Host *host, Pooler *pooler, const Codes *codes,
				  const Window *window, double *pooled)
{
	double exponent = pooler->pooling.exponent;

	pool_greatest(host, pooler, codes, window, pooled);
	for (int c = 0; c < codes->stride; c++)
		if (pooled[c] > 0)
			pooled[c] *= pow(sum_large_powers(host, codes, window, c,
											  pooled[c], exponent),
							 1 / exponent);
}

void
pool_window(const Host *host, Pooler *pooler, Codes *codes,
			const Window *window, double *pooled)
{
	host_check(host);
	switch (pooler->pooling.kind)
	{
		case POOL_SUM:
			codes_sum_window(host, codes, window, pooled);
			break;
		case POOL_MAX:
			pool_greatest(host, pooler, codes, window, pooled);
			break;
		case POOL_GEM:
			if (pooler_has_powers(pooler, codes->map))
				pool_powers(host, pooler, codes, window, pooled);
			else
				pool_large_powers(host, pooler, codes, window, pooled);
			break;
	}
}
