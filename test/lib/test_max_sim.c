/*
 * test_max_sim.c
 *		The best cell of a map for a query vector, against all cells in long
 *		double.
 */
#include "lib/test_max_sim.h"

#include <math.h>

#include "lib/core_test.h"

/*
 * Far above what double precision rounds, in parts of the sum of the
 * magnitudes of the products.
 */
#define TOLERANCE 1e-13L

/*
 * The inner product of a query and a cell, and the sum of the magnitudes of
 * its terms.
 */
static long double
inner_product(const FeatureMap *map, const double *values, const float *query,
			  size_t cell, long double *magnitude)
{
	long double sum = 0;

	*magnitude = 0;
	for (int c = 0; c < map->channels; c++)
	{
		long double term =
			(long double) values[cell_count(map) * c + cell] * query[c];

		sum += term;
		*magnitude += fabsl(term);
	}
	return sum;
}

void
check_best_cell(const Kernels *kernels, const FeatureMap *map,
				const double *values, const float *query, const BestCell *best)
{
	size_t at = (size_t) best->y * map->width + best->x;
	long double magnitude, of_best;

	assert_int_in_range(best->y, 0, map->height - 1);
	assert_int_in_range(best->x, 0, map->width - 1);
	of_best = inner_product(map, values, query, at, &magnitude);
	assert_true(fabsl(best->similarity - of_best) <= TOLERANCE * magnitude);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		long double more,
			product = inner_product(map, values, query, i, &more);
		long double slack = TOLERANCE * (magnitude + more);

		if (!(i < at && slack == 0 ? product < of_best
								   : product <= of_best + slack))
			fail_msg("%s: cell %zu has %.20Lg, the best, %zu, has %.20Lg",
					 kernels->name, i, product, at, of_best);
	}
}
