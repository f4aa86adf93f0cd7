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
#include <string.h>

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

/*
 * Adds the products of a row of cells, from one plane of their codes, to 256
 * times what there is of those above.
 */
static void
add_row(const Codes *codes, int plane, int y, const int16_t *rounded,
		int64_t *products)
{
	int width = codes->map->width;
	int32_t sums[FEATMAP_MAX_SIDE];

	codes->kernels->dot_cells(codes->plane[plane] +
								  (size_t) y * width * codes->stride,
							  width, rounded, codes->stride,
							  plane_is_signed(codes, plane), sums);
	for (int x = 0; x < width; x++)
		products[x] = products[x] * 256 + sums[x];
}

void
products_fill(const Host *host, Products *products, const Codes *codes,
			  const Scorer *scorer)
{
	const FeatureMap *map = codes->map;
	int16_t *rounded = scratch_reserve(host, &products->rounded,
									   sizeof(int16_t) * codes->stride);
	int64_t *of_cell = scratch_reserve(host, &products->space,
									   sizeof(int64_t) * cell_count(map));

	products->factor =
		round_weights(scorer->weights, codes->stride, map->channels,
					  most_weights(map), rounded);
	products->direction_error =
		direction_error(scorer, rounded, products->factor);
	products->of_cell = of_cell;
	for (int y = 0; y < map->height; y++, of_cell += map->width)
	{
		host_check(host);
		memset(of_cell, 0, sizeof(int64_t) * map->width);
		for (int k = codes->plane_count - 1; k >= 0; k--)
			add_row(codes, k, y, rounded, of_cell);
	}
}
