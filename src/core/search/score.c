/*
 * score.c
 *		Exact scores.
 */
#include "core/search/score.h"

#include <math.h>

/*
 * Normalises the query to scorer->unit, [stride], unless it is the same as
 * last time, on this map or another.
 */
static void
normalise_query(const Host *host, Scorer *scorer, const float *query,
				int length)
{
	int stride = scorer->stride;
	double square = 0, norm;
	float *copy;

	if (scorer->length == length &&
		memcmp(scorer->query.block, query, sizeof(float) * length) == 0)
		return;
	scorer->length = 0;
	for (int c = 0; c < length; c++)
		square += (double) query[c] * query[c];
	norm = sqrt(square);
	scorer->unit =
		scratch_reserve(host, &scorer->unit_space, sizeof(double) * stride);
	for (int c = 0; c < stride; c++)
		scorer->unit[c] = c < length ? query[c] / norm : 0;
	copy = scratch_reserve(host, &scorer->query, sizeof(float) * length);
	memcpy(copy, query, sizeof(float) * length);
	scorer->length = length;
}

void
scorer_open(const Host *host, Scorer *scorer, const FeatureMap *map,
			int stride)
{
	double greatest = 0;

	scorer->channels = map->channels;
	scorer->stride = stride;
	scorer->scales =
		scratch_reserve(host, &scorer->space, sizeof(double) * 3 * stride);
	scorer->weights = scorer->scales + stride;
	scorer->pooled = scorer->weights + stride;
	for (int c = 0; c < stride; c++)
	{
		scorer->scales[c] = c < map->channels ? channel_scale(map, c) : 0;
		greatest = scorer->scales[c] > greatest ? scorer->scales[c] : greatest;
	}
	scorer->greatest_scale = greatest;
}

VECTOR_CLONES static void
weigh_channels(Scorer *scorer)
{
	for (int c = 0; c < scorer->stride; c++)
		scorer->weights[c] = scorer->unit[c] * scorer->scales[c];
}

bool
scorer_set_query(const Host *host, Scorer *scorer, const float *query,
				 int query_length, CoreError *error)
{
	if (query_length != scorer->channels)
		return core_error(
			error, ERROR_CHANNELS,
			"different numbers of channels: map has %d, query has %d",
			scorer->channels, query_length);
	normalise_query(host, scorer, query, query_length);
	weigh_channels(scorer);
	return true;
}

bool
scorer_score(const Host *host, Scorer *scorer, Pooler *pooler, Codes *codes,
			 const Window *window, double *score)
{
	pool_window(host, pooler, codes, window, scorer->pooled);
	return scorer_score_pooled(scorer, codes->kernels, scorer->pooled, score);
}

bool
scorer_score_pooled(const Scorer *scorer, const Kernels *kernels,
					const double *pooled, double *score)
{
	double numerator, square;

	kernels->cosine_parts(pooled, scorer->weights, scorer->scales,
						  scorer->stride, &numerator, &square);
	if (square == 0)
		return false;
	*score = numerator / sqrt(square);
	/* rounding may pass the ends by a few units in the last place */
	if (*score > 1)
		*score = 1;
	else if (*score < -1)
		*score = -1;
	return true;
}

/*
 * With e the relative error of the values, the vectors differ by at most e
 * times their norm, and so they do after normalisation, twice.  A sum over the
 * channels has stride / 8 + 3 additions in a row; the numerator's is off by
 * that many roundings of the product of the norms, and that of the squares by
 * as many of itself.  Both scores have both.
 */
double
scorer_error(const Scorer *scorer, double pooled_error)
{
	int additions = scorer->stride / 8 + 8;

	return 2.01 * pooled_error + 4 * additions * 0x1p-53;
}

double
score_distance(double score)
{
	return sqrt(2 - 2 * score);
}
