/*
 * test_pooling.c
 *		The pooled vectors of all windows of a map, from the definition, in
 *		long double.
 */
#include "lib/test_pooling.h"

#include <math.h>

const char *
test_pooling_name(const Pooling *pooling)
{
	return pooling->kind == POOL_SUM   ? "sum"
		   : pooling->kind == POOL_MAX ? "max"
									   : "gem";
}

bool
pooling_takes(const Pooling *pooling, MapKind kind)
{
	return pooling->kind != POOL_GEM ||
		   (kind != MAP_SIGNED && kind != MAP_BALANCED);
}

/*
 * The values of the channels' cells as they are pooled: powers of their ratio
 * to the greatest.
 */
typedef struct PoolTerms
{
	const Pooling *pooling;
	int channels;
	long double *of_cell;  /* [cells][channels] */
	long double *greatest; /* [channels]; 0 where all values are */
} PoolTerms;

static void
pool_terms_start(const Host *host, PoolTerms *terms, const FeatureMap *map,
				 const Pooling *pooling)
{
	size_t cells = cell_count(map);
	double *values = exact_values(host, map);

	*terms = (PoolTerms){.pooling = pooling, .channels = map->channels};
	terms->of_cell = malloc(sizeof(long double) * cells * map->channels);
	terms->greatest = calloc(map->channels, sizeof(long double));
	for (int c = 0; c < map->channels; c++)
	{
		long double greatest = 0;

		for (size_t i = 0; i < cells; i++)
			greatest = fmaxl(greatest, values[cells * c + i]);
		terms->greatest[c] = greatest;
		for (size_t i = 0; i < cells; i++)
		{
			long double value = values[cells * c + i];

			/*
			 * a long double's range holds the powers of all codes up to
			 * exponents of a thousand
			 */
			if (pooling->kind == POOL_GEM)
				value =
					value == 0 ? 0 : powl(value / greatest, pooling->exponent);
			terms->of_cell[i * map->channels + c] = value;
		}
	}
	free(values);
}

static void
pool_terms_end(PoolTerms *terms)
{
	free(terms->of_cell);
	free(terms->greatest);
}

/* Adds one more cell, or part of a window, to a window's terms. */
static void
pool_more_terms(const PoolTerms *terms, const long double *more,
				long double *pooled)
{
	if (terms->pooling->kind == POOL_MAX)
		for (int c = 0; c < terms->channels; c++)
			pooled[c] = more[c] > pooled[c] ? more[c] : pooled[c];
	else
		for (int c = 0; c < terms->channels; c++)
			pooled[c] += more[c];
}

/* What stands for no cells. */
static void
pool_no_terms(const PoolTerms *terms, int count, long double *pooled)
{
	for (int i = 0; i < count * terms->channels; i++)
		pooled[i] = terms->pooling->kind == POOL_MAX ? -HUGE_VALL : 0;
}

/* The pooled values from a window's terms. */
static void
pool_finish(const PoolTerms *terms, const long double *sums,
			long double *pooled)
{
	for (int c = 0; c < terms->channels; c++)
		pooled[c] = terms->pooling->kind == POOL_GEM && sums[c] > 0
						? terms->greatest[c] *
							  powl(sums[c], 1 / terms->pooling->exponent)
						: sums[c];
}

void
pool_all_windows(const Host *host, const FeatureMap *map,
				 const Pooling *pooling, PooledWindowSink sink, void *context)
{
	size_t channels = map->channels;
	PoolTerms terms;
	/*
	 * of the rows from y1 on, column by column; of a window; and its pooled
	 * values
	 */
	long double *columns =
		malloc(sizeof(long double) * channels * (map->width + 2));
	long double *sums = columns + channels * map->width;
	long double *pooled = sums + channels;

	pool_terms_start(host, &terms, map, pooling);
	for (int y1 = 0; y1 < map->height; y1++)
	{
		pool_no_terms(&terms, map->width, columns);
		for (int y2 = y1 + 1; y2 <= map->height; y2++)
		{
			for (int x = 0; x < map->width; x++)
				pool_more_terms(&terms,
								terms.of_cell +
									((size_t) (y2 - 1) * map->width + x) *
										channels,
								columns + x * channels);
			for (int x1 = 0; x1 < map->width; x1++)
			{
				pool_no_terms(&terms, 1, sums);
				for (int x2 = x1 + 1; x2 <= map->width; x2++)
				{
					pool_more_terms(&terms, columns + (x2 - 1) * channels,
									sums);
					pool_finish(&terms, sums, pooled);
					sink(context, &(Window){y1, x1, y2, x2}, pooled);
				}
			}
		}
	}
	pool_terms_end(&terms);
	free(columns);
}

size_t
window_count(const FeatureMap *map)
{
	return (size_t) map->height * (map->height + 1) / 2 *
		   ((size_t) map->width * (map->width + 1) / 2);
}

size_t
window_number(const FeatureMap *map, const Window *window)
{
	size_t rows = (size_t) window->y2 * (window->y2 - 1) / 2 + window->y1;
	size_t columns = (size_t) window->x2 * (window->x2 - 1) / 2 + window->x1;

	return rows * ((size_t) map->width * (map->width + 1) / 2) + columns;
}
