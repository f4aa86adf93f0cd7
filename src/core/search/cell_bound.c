/*
 * cell_bound.c
 *		Upper bounds of the scores of windows of one cell.
 *
 * A cell alone is pooled to its own values x, by max and by gem.  With p the
 * product of rounded query and codes (products.c), which is an integer, and e
 * the error of its direction,
 *
 *		q . x <= p / factor + e |x|,		q . x / |x| <= p / (factor |x|) + e,
 *
 * and where no value is negative, |x| is at least the norm of the lower side
 * (pool_sides.c), which matters if p is positive.
 *
 * That takes one product more for each channel, for a row of cells at once.
 */
#include "core/search/cell_bound.h"

#include <math.h>

void
cell_bound_open(const Host *host, CellBound *bound, const Codes *codes,
				const PoolSides *sides)
{
	const FeatureMap *map = codes->map;

	bound->codes = codes;
	bound->sides = sides;
	bound->squares = scratch_reserve(host, &bound->space,
									 sizeof(int32_t) * cell_count(map));
	for (int y = 0; y < map->height; y++)
		bound->squares[(size_t) y * map->width] = -1;
}

void
cell_bound_set_query(CellBound *bound, const Scorer *scorer,
					 const Products *products)
{
	bound->products = products;
	bound->least_norm_unit =
		scorer->greatest_scale / bound->sides->unit * (1 - DOUBLE_SLACK);
}

/* The squares of a row of cells. */
static const int32_t *
row_squares(CellBound *bound, int y)
{
	const Codes *codes = bound->codes;
	int width = codes->map->width;
	int32_t *squares = bound->squares + (size_t) y * width;

	if (squares[0] < 0)
		codes->kernels->squares_of_codes(codes->plane[0] + (size_t) y * width *
															   codes->stride,
										 width, bound->sides->low.of_codes,
										 codes->stride, squares);
	return squares;
}

double
cell_bound_score(CellBound *bound, int y, int x)
{
	const Products *products = bound->products;
	int64_t product =
		products->of_cell[(size_t) y * bound->codes->map->width + x];
	double norm = sqrt(row_squares(bound, y)[x]) * bound->least_norm_unit;

	if (product <= 0)
		return products->direction_error;
	return (double) product / (products->factor * norm) +
		   products->direction_error;
}
