/*
 * products.c
 *		The product of a query, rounded to 16 bits, with each cell of a map.
 *
 * The query, times the scale of each channel, is rounded to 16 bits, so that a
 * product with the codes of a cell is an exact integer, whichever kernel
 * computes it.  direction_error says how far the rounding may move the query.
 */
#include "core/search/products.h"

#include <math.h>

/*
 * Partial sums over the channels, so that the compiler may vectorise the loops
 * without a change of order; a stride is a multiple.
 */
#define PARTS 8

static double
sum_of_parts(const double parts[PARTS])
{
	return ((parts[0] + parts[4]) + (parts[2] + parts[6])) +
		   ((parts[1] + parts[5]) + (parts[3] + parts[7]));
}

VECTOR_CLONES double
round_weights(const double *weights, int stride, int channels, double most,
			  int16_t *rounded)
{
	double greatest = 0, factor;
	double totals[PARTS] = {0};

	for (int c = 0; c < stride; c += PARTS)
		for (int i = 0; i < PARTS; i++)
			totals[i] += fabs(weights[c + i]);
	for (int c = 0; c < stride; c++)
		greatest = fabs(weights[c]) > greatest ? fabs(weights[c]) : greatest;
	/* sum of |rounded| <= factor * total + channels / 2 */
	factor = fmin(INT16_MAX / greatest,
				  (most - channels / 2.0) / sum_of_parts(totals));
	if (!isfinite(factor))
		factor = 0;
	/* rounded by truncation, which compilers vectorise */
	for (int c = 0; c < stride; c++)
		rounded[c] =
			(int16_t) ((int) (weights[c] * factor + (0x8000 + 0.5)) - 0x8000);
	return factor;
}

/*
 * At least |query - what the rounded weights stand for|.  A channel without a
 * scale is zero everywhere, and its weight is, too.
 */
VECTOR_CLONES static double
direction_error(const Scorer *scorer, const int16_t *rounded, double factor)
{
	double squares[PARTS] = {0};

	/* nothing of the query is left, which has the norm 1 */
	if (factor == 0)
		return 1 + 2 * DOUBLE_SLACK;
	for (int c = 0; c < scorer->stride; c += PARTS)
		for (int i = 0; i < PARTS; i++)
		{
			double scale = scorer->scales[c + i];
			double units = scorer->weights[c + i] * factor - rounded[c + i];
			double error = units / (factor * (scale == 0 ? 1 : scale));

			squares[i] += error * error;
		}
	return sqrt(sum_of_parts(squares)) * (1 + DOUBLE_SLACK) + DOUBLE_SLACK;
}

/*
 * What weights may add up to, so that the products of all cells of a map add
 * up to less than 2^63.  A cell takes a byte at least for 8 channels, so of a
 * map that fits a value it is at least 64 for each channel.
 */
static double
most_weights(const FeatureMap *map)
{
	return fmin(MOST_WEIGHTS, ldexp(1, 63 - map->bits) / cell_count(map));
}

void
products_fill(const Host *host, Products *products, const Codes *codes,
			  const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	int16_t *rounded = scratch_reserve(host, &products->rounded,
									   sizeof(int16_t) * codes->stride);

	products->factor =
		round_weights(scorer->weights, codes->stride, map->channels,
					  most_weights(map), rounded);
	products->direction_error =
		direction_error(scorer, rounded, products->factor);
	products->of_cell = scratch_reserve(host, &products->space,
										sizeof(int64_t) * cell_count(map));
	for (size_t i = 0; i < cell_count(map); i++)
	{
		int64_t product = 0;

		if (i % map->width == 0)
			host_check(host);
		for (int k = codes->plane_count - 1; k >= 0; k--)
			product = product * 256 +
					  codes->kernels->dot(codes->plane[k] + i * codes->stride,
										  rounded, codes->stride,
										  plane_is_signed(codes, k));
		products->of_cell[i] = product;
	}
}
