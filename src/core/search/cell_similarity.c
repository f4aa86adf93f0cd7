/*
 * cell_similarity.c
 *		The cosine of a query with each cell of a map.
 *
 * All in double precision: a value has at most 32 bits and a float's exponent,
 * so that neither products nor sums of squares leave the range.
 */
#include "core/search/cell_similarity.h"

#include <math.h>

#include "core/map/code_walk.h"

/* The query's length. */
static double
norm_of(const float *query, int length)
{
	double sum = 0;

	for (int c = 0; c < length; c++)
		sum += (double) query[c] * query[c];
	return sqrt(sum);
}

/* Of one cell and a query of this norm. */
static float
cosine(const CodeWalk *cell, const double *scales, const float *query,
	   double query_norm)
{
	double product = 0, square = 0;

	for (int n = 0; n < cell->count; n++)
	{
		int c = cell->channel[n];
		double value = cell->code[n] * scales[c];

		product += value * query[c];
		square += value * value;
	}
	if (square == 0)
		return NAN;
	return (float) fmax(-1, fmin(1, product / (sqrt(square) * query_norm)));
}

static double *
all_scales(const Host *host, const FeatureMap *map)
{
	double *scales = host_new(host, double, map->channels);

	for (int c = 0; c < map->channels; c++)
		scales[c] = channel_scale(map, c);
	return scales;
}

bool
cell_similarities(const Host *host, const FeatureMap *map, const float *query,
				  int length, float *similarities, CoreError *error)
{
	double query_norm = norm_of(query, length);
	size_t cells = cell_count(map);
	double *scales;
	CodeWalk walk;
	bool done = true;

	if (length != map->channels)
		return core_error(
			error, ERROR_CHANNELS,
			"different numbers of channels: map has %d, query has %d",
			map->channels, length);
	scales = all_scales(host, map);
	code_walk_start(&walk, host, map);
	for (size_t i = 0; done && i < cells; i++)
	{
		done = code_walk_next(&walk, error);
		if (done)
			similarities[i] = cosine(&walk, scales, query, query_norm);
	}
	code_walk_end(&walk);
	host_free(host, scales);
	return done;
}
