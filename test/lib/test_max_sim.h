/*
 * test_max_sim.h
 *		The best cell of a map for a query vector, against all cells in long
 *		double.
 */
#ifndef INTSEARCH_TEST_MAX_SIM_H
#define INTSEARCH_TEST_MAX_SIM_H

#include "core/search/max_sim.h"

/*
 * Best is as good as all others, and better than those before it, as far as
 * can be told.
 */
extern void check_best_cell(const Kernels *kernels, const FeatureMap *map,
							const double *values, const float *query,
							const BestCell *best);

#endif
