/*
 * cell_similarity_test.c
 *		The cosine of a query with each cell, against its definition.
 */
#include "core/search/cell_similarity.h"

#include <math.h>

#include "core/map/map_values.h"
#include "lib/test_maps.h"

/* By the stored values; NaN for a cell of zeros. */
static double
defined_cosine(const FeatureMap *map, const float *values, const float *query,
			   size_t cell)
{
	long double product = 0, cell_square = 0, query_square = 0;

	for (int c = 0; c < map->channels; c++)
	{
		long double value = values[cell_count(map) * c + cell];

		product += value * query[c];
		cell_square += value * value;
		query_square += (long double) query[c] * query[c];
	}
	return cell_square == 0
			   ? (double) NAN
			   : (double) (product / sqrtl(cell_square) / sqrtl(query_square));
}

static void
check_map(const Host *host, const FeatureMap *map, const float *query)
{
	size_t cells = cell_count(map);
	float *values = host_new(host, float, cells * map->channels);
	float *similarities = host_new(host, float, cells);
	CoreError error;

	assert_done(region_values(host, map, values, &error), &error);
	assert_done(cell_similarities(host, map, query, map->channels,
								  similarities, &error),
				&error);
	for (size_t i = 0; i < cells; i++)
	{
		double expected = defined_cosine(map, values, query, i);

		if (isnan(expected))
			assert_true(isnan(similarities[i]));
		else
			assert_true(fabs(similarities[i] - expected) < 1e-6);
	}
	host_free(host, similarities);
	host_free(host, values);
}

static void
cosines_are_as_defined(void **state)
{
	static const float lengths[] = {1, 1e-40f, 1e37f};
	Random random = {95};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestHost test;
			const Host *host = test_host_start(&test);
			TestMap made;
			float query[21], stretched[21];

			make_map(host, &made, &random, kind, 21, 6, 7, bits);
			fill_values(&random, MAP_SIGNED, query, 21, 1, 1);
			query[20] = 0.5f;
			for (size_t i = 0; i < lengthof(lengths); i++)
			{
				for (int c = 0; c < 21; c++)
					stretched[c] = query[c] * lengths[i];
				check_map(host, &made.map, stretched);
			}
			free_map(host, &made);
			assert_int_equal(test.live_blocks, 0);
			assert_true(test.interrupts > 0);
			test_host_end(&test);
		}
}

static void
other_lengths_and_damage_are_refused(void **state)
{
	Random random = {96};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	FeatureMap cut;
	float query[40] = {1}, similarities[42];
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 40, 6, 7, 8);
	assert_refused(cell_similarities(host, &made.map, query, 39, similarities,
									 &error),
				   &error, ERROR_CHANNELS);
	cut = made.map;
	cut.coded_size -= 1;
	assert_refused(cell_similarities(host, &cut, query, 40, similarities,
									 &error),
				   &error, ERROR_FORMAT);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cosines_are_as_defined),
		cmocka_unit_test(other_lengths_and_damage_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
