/*
 * cell_bound_test.c
 *		The bounds of windows of one cell are true bounds of their scores, and
 *		near to them.
 */
#include "core/search/cell_bound.h"

#include <math.h>

#include "core/search/pool_table.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"

static const Pooling poolings[] = {{POOL_MAX, 1},
								   {POOL_GEM, 1},
								   {POOL_GEM, 3},
								   {POOL_GEM, 30}};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map and a query, ready to be bounded. */
typedef struct Bounded
{
	TestMap made;
	Codes codes;
	Scorer scorer;
	Pooler pooler;
	PoolTable table;
	Products products;
	CellBound bound;
} Bounded;

static void
bounded_start(const Host *host, Bounded *bounded, const TestMap *made,
			  const Pooling *pooling)
{
	const FeatureMap *map = &bounded->made.map;
	Span rows[16], columns[16];

	*bounded = (Bounded){.made = *made};
	list_spans(rows, map->height);
	list_spans(columns, map->width);
	open_pooled(host, map, kernels, pooling, &bounded->codes,
				&bounded->pooler);
	scorer_open(host, &bounded->scorer, map, bounded->codes.stride);
	pool_table_prepare(host, &bounded->table, &bounded->codes,
					   &bounded->pooler, rows, columns);
	cell_bound_open(host, &bounded->bound, &bounded->codes,
					&bounded->table.sides);
}

/* Bounds every cell for a query; returns how many of the bounds are near. */
static int
check_cells(const Host *host, Bounded *bounded, const float *query)
{
	const FeatureMap *map = &bounded->made.map;
	CoreError error;
	int near = 0;

	assert_done(scorer_set_query(host, &bounded->scorer, query, map->channels,
								 &error),
				&error);
	products_fill(host, &bounded->products, &bounded->codes, &bounded->scorer);
	cell_bound_set_query(&bounded->bound, &bounded->scorer,
						 &bounded->products);
	for (int y = 0; y < map->height; y++)
		for (int x = 0; x < map->width; x++)
		{
			Window window = {y, x, y + 1, x + 1};
			double bound = cell_bound_score(&bounded->bound, y, x), score;

			/* zero cells have no score */
			if (!scorer_score(host, &bounded->scorer, &bounded->pooler,
							  &bounded->codes, &window, &score))
				continue;
			if (!(bound >= score))
				fail_msg(
					"%s: cell %d, %d of a map %s: bounded by %.9g, score %.9g",
					kernels->name, y, x, map_kind_names[bounded->made.kind],
					bound, score);
			near += score > 0 && bound < score + 0.01;
		}
	return near;
}

static void
bounds_hold_for_every_cell(void **state)
{
	static const int sizes[][3] = {{1, 2, 3}, {20, 5, 9}, {130, 9, 13}};
	Random random = {117};
	TestHost test;
	const Host *host = test_host_start(&test);
	int near = 0;

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (size_t p = 0; p < lengthof(poolings); p++)
			{
				TestMap made;
				float query[130];
				Bounded bounded;

				if (!pooling_takes(&poolings[p], kind))
					continue;
				make_map(host, &made, &random, kind, sizes[s][0], sizes[s][1],
						 sizes[s][2], 8);
				bounded_start(host, &bounded, &made, &poolings[p]);
				assert_int_equal(cell_bound_takes(&bounded.codes),
								 !made.map.is_signed);
				for (int i = 0; i < 6 && !made.map.is_signed; i++)
				{
					fill_cell_query(&random, &made.map, made.values,
									i % 2 == 0, query);
					near += check_cells(host, &bounded, query);
				}
				free_map(host, &made);
			}
	/* the bounds say something */
	assert_true(near > 1000);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold_for_every_cell),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
