/*
 * score.c
 *		Exact scores.
 */
#include "score.h"

#include <math.h>

bool
scorer_prepare(const Host *host, Scorer *scorer, const FeatureMap *map, int stride,
			   const float *query, int query_length, CoreError *error)
{
	double square = 0, norm;

	if (query_length != map->channels)
		return core_error(error, ERROR_CHANNELS,
						  "different numbers of channels: map has %d, query has %d", map->channels,
						  query_length);
	for (int c = 0; c < query_length; c++)
	{
		if (!isfinite(query[c]))
			return core_error(error, ERROR_NOT_FINITE, "query has %s at position %d",
							  isnan(query[c]) ? "NaN" : "an infinite value", c + 1);
		square += (double) query[c] * query[c];
	}
	if (square == 0)
		return core_error(error, ERROR_INVALID_PARAMETER,
						  "query vector of %d zeros has no direction", query_length);
	norm = sqrt(square);
	scorer->unit = scratch_reserve(host, &scorer->space, sizeof(double) * 4 * stride);
	scorer->scales = scorer->unit + stride;
	scorer->weights = scorer->scales + stride;
	scorer->sums = scorer->weights + stride;
	scorer->greatest_scale = 0;
	for (int c = 0; c < stride; c++)
	{
		scorer->unit[c] = c < map->channels ? query[c] / norm : 0;
		scorer->scales[c] = c < map->channels ? channel_scale(map, c) : 0;
		scorer->weights[c] = scorer->unit[c] * scorer->scales[c];
		scorer->greatest_scale = fmax(scorer->greatest_scale, scorer->scales[c]);
	}
	return true;
}

bool
scorer_score(const Host *host, Scorer *scorer, Codes *codes, const Window *window, double *score)
{
	double numerator, square;

	codes_sum_window(host, codes, window, scorer->sums);
	codes->kernels->cosine_parts(scorer->sums, scorer->weights, scorer->scales, codes->stride,
								 &numerator, &square);
	if (square == 0)
		return false;
	*score = numerator / sqrt(square);
	/* rounding may pass the ends by a few units in the last place */
	*score = *score > 1 ? 1 : *score < -1 ? -1 : *score;
	return true;
}

double
score_distance(double score)
{
	return sqrt(2 - 2 * score);
}
