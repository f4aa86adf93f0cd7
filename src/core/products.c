/*
 * products.c
 *		The product of a query, rounded to 16 bits, with each cell of a map.
 *
 * The query, times the scale of each channel, is rounded to 16 bits, so that a
 * product with the codes of a cell is an exact integer, whichever kernel
 * computes it.  What the rounding moved is told as direction_error.
 */
#include "products.h"

#include <math.h>

/*
 * Rounds the query's weights so that no product with one byte of a cell's codes passes 31
 * bits.  Returns the factor between weights and rounded ones, 0 where there are none.
 */
VECTOR_CLONES static double
round_weights(const Scorer *scorer, int stride, int channels, int16_t *rounded,
			  double *direction_error)
{
	double greatest = 0, total = 0, factor, error_square = 0;

	for (int c = 0; c < stride; c++)
	{
		double weight = fabs(scorer->weights[c]);

		greatest = weight > greatest ? weight : greatest;
		total += weight;
	}
	/* sum of |rounded| <= factor * total + channels / 2, times a byte */
	factor = fmin(INT16_MAX / greatest, ((1 << 23) - 1 - channels / 2.0) / total);
	if (!isfinite(factor))
		factor = 0;
	for (int c = 0; c < stride; c++)
	{
		double error;

		/* to nearest by truncation, which vectorises; any rounding is right that error tells */
		rounded[c] = (int16_t) ((int) (scorer->weights[c] * factor + (0x8000 + 0.5)) - 0x8000);
		error = rounded[c] == 0 ? scorer->unit[c]
								: scorer->unit[c] - rounded[c] / (factor * scorer->scales[c]);
		/* a channel without a scale is zero everywhere */
		error_square += scorer->scales[c] == 0 ? 0 : error * error;
	}
	*direction_error = sqrt(error_square) * (1 + DOUBLE_SLACK) + DOUBLE_SLACK;
	return factor;
}

void
products_fill(const Host *host, Products *products, const Codes *codes, const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	int16_t *rounded = scratch_reserve(host, &products->rounded, sizeof(int16_t) * codes->stride);
	bool low_signed = map->is_signed && map->bits == 8;

	products->factor =
		round_weights(scorer, codes->stride, map->channels, rounded, &products->direction_error);
	products->of_cell = scratch_reserve(host, &products->space, sizeof(int64_t) * cell_count(map));
	for (size_t i = 0; i < cell_count(map); i++)
	{
		size_t at = i * codes->stride;

		products->of_cell[i] =
			codes->kernels->dot(codes->low + at, rounded, codes->stride, low_signed);
		if (codes->high != NULL)
			products->of_cell[i] +=
				INT64_C(256) *
				codes->kernels->dot(codes->high + at, rounded, codes->stride, map->is_signed);
	}
}
