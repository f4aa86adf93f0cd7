/*
 * test_queries.c
 *		Queries and constraints of many kinds for the unit tests.
 */
#include "lib/test_queries.h"

#include <math.h>

const SearchOptions any_options = {
	.query =
		{
			.constraints = {true, 0, 0.2, 1, INT32_MAX, 1, INT32_MAX},
			.pooling = {POOL_SUM, 1},
			.min_score = -1,
		},
	.max_results = 1,
	.max_overlap = 0.5,
};

void
fill_query(Random *random, QueryKind kind, const FeatureMap *map,
		   const float *values, float *query)
{
	size_t cells = cell_count(map);
	size_t cell = random_bits(random) % cells;

	for (int c = 0; c < map->channels; c++)
	{
		float normal = (float) random_normal(random);

		switch (kind)
		{
			case QUERY_POSITIVE:
				query[c] = fabsf(normal);
				break;
			case QUERY_SIGNED:
				query[c] = normal;
				break;
			case QUERY_NEGATIVE:
				query[c] = -0.01f - fabsf(normal);
				break;
			case QUERY_SPARSE:
				query[c] = random_int(random, 0, 3) == 0 ? normal : 0;
				break;
			case QUERY_OF_WINDOW:
				query[c] =
					values[cells * c + cell] + values[cells * c + cell / 2];
				break;
			case QUERY_HUGE:
				query[c] = normal * 1e37f;
				break;
			case QUERY_TINY:
				query[c] = normal * 1e-37f;
				break;
		}
	}
	for (int c = 0; c < map->channels; c++)
		if (query[c] != 0)
			return;
	query[random_int(random, 0, map->channels - 1)] = 1;
}

void
fill_cell_query(Random *random, const FeatureMap *map, const float *values,
				bool is_of_cell, float *query)
{
	size_t cells = cell_count(map);
	size_t cell = random_bits(random) % cells;

	for (int c = 0; c < map->channels; c++)
		query[c] = is_of_cell ? values[cells * c + cell]
							  : (float) random_normal(random);
	if (is_of_cell)
		query[random_int(random, 0, map->channels - 1)] += 0.01f;
}

SearchOptions
random_options(Random *random, int height, int width)
{
	SearchOptions options = any_options;
	WindowConstraints *constraints = &options.query.constraints;

	if (random_int(random, 0, 2) == 0)
	{
		constraints->any_aspect = false;
		constraints->aspect = pow(2, 2 * random_fraction(random) - 1);
		constraints->tolerance = 0.05 + 0.8 * random_fraction(random);
	}
	if (random_int(random, 0, 2) == 0)
	{
		constraints->min_height = random_int(random, 1, height / 2 + 1);
		constraints->max_height =
			constraints->min_height + random_int(random, 0, height);
	}
	if (random_int(random, 0, 2) == 0)
	{
		constraints->min_width = random_int(random, 1, width / 2 + 1);
		constraints->max_width =
			constraints->min_width + random_int(random, 0, width);
	}
	if (random_int(random, 0, 1) == 0)
	{
		options.max_results = random_int(random, 2, 12);
		options.max_overlap = random_int(random, 0, 3) == 0
								  ? random_int(random, 0, 1)
								  : random_fraction(random);
	}
	return options;
}
