/*
 * cell_bound.c
 *		Upper bounds of the scores of windows of one cell.
 *
 * A cell alone is pooled to its own values x, by max and by gem.  With p the
 * product of rounded query and codes (products.c), which is an integer, and e
 * the error of its direction,
 *
 *		q . x <= p / factor + e |x|,	q . x / |x| <= p / (factor |x|) + e,
 *
 * and where no value is negative, |x| is at least the norm of the lower side
 * (pool_sides.c), which matters if p is positive.
 *
 * The squared norms of all cells are made once a map.
 */
#include "core/search/cell_bound.h"

#include <math.h>

void
cell_bound_open(const Host *host, CellBound *bound, const Codes *codes,
				const PoolSides *sides)
{
	const FeatureMap *map = codes->map;
	const uint8_t *row = highest_plane(codes);
	int32_t *squares = scratch_reserve(host, &bound->space,
									   sizeof(int32_t) * cell_count(map));

	bound->codes = codes;
	bound->sides = sides;
	bound->squares = squares;
	for (int y = 0; y < map->height; y++)
	{
		host_check(host);
		codes->kernels->squares_of_codes(row, map->width, sides->low.of_codes,
										 codes->stride, map->is_signed,
										 squares);
		row += (size_t) map->width * codes->stride;
		squares += map->width;
	}
}

void
cell_bound_set_query(CellBound *bound, const Scorer *scorer,
					 const Products *products)
{
	bound->products = products;
	bound->least_norm_unit =
		scorer->greatest_scale / bound->sides->unit * (1 - DOUBLE_SLACK);
}

double
cell_bound_score(const CellBound *bound, int y, int x)
{
	const Products *products = bound->products;
	size_t cell = (size_t) y * bound->codes->map->width + x;
	double norm = sqrt(bound->squares[cell]) * bound->least_norm_unit;

	if (products->of_cell[cell] <= 0)
		return products->direction_error;
	return (double) products->of_cell[cell] / (products->factor * norm) +
		   products->direction_error;
}
