/*
 * max_sim_test.c
 *		The best cell of a map for each query vector, against all cells in long
 *		double.
 */
#include "core/search/max_sim.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_max_sim.h"

static const Kernels *kernels;

static void
best_cells_are_the_best(void **state)
{
	static const int sizes[][3] = {{3, 1, 1},
								   {70, 4, 5},
								   {1, 9, 7},
								   {130, 3, 3}};
	static const float factors[] = {1, 1e-30f, 1e30f, 0};
	Random random = {41};
	TestHost test;
	const Host *host = test_host_start(&test);
	MaxSim max_sim = {.host = host, .kernels = kernels};

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
				for (int count = 1; count <= 9; count += kind % 3 + 1)
				{
					int channels = sizes[s][0];
					float *queries =
						(float *) test_exact_copy(NULL, sizeof(float) * count *
															channels);
					double *values;
					TestMap made;
					CoreError error;

					make_map(host, &made, &random, kind, channels, sizes[s][1],
							 sizes[s][2], bits);
					for (int i = 0; i < count * channels; i++)
						queries[i] =
							(float) random_normal(&random) *
							factors[i / channels % (int) lengthof(factors)];
					values = exact_values(host, &made.map);
					assert_done(max_sim_find(&max_sim, &made.map, queries,
											 count, channels, &error),
								&error);
					for (int i = 0; i < count; i++)
						check_best_cell(kernels, &made.map, values,
										queries + i * channels,
										&max_sim.best[i]);
					free(values);
					free_map(host, &made);
					test_exact_free((uint8_t *) queries);
				}
	test_host_end(&test);
}

/*
 * Weights that differ by far more than 16 bits: the rounded ones cannot tell
 * the cells apart.
 */
static void
small_differences_are_found(void **state)
{
	static const float queries[] = {1, 1e-7f, 1, -1e-7f, -1, 1e-7f, 0, -1e-7f};
	static const int expected[][2] = {{1, 2}, {0, 0}, {1, 2}, {0, 0}};
	TestHost test;
	const Host *host = test_host_start(&test);
	MaxSim max_sim = {.host = host, .kernels = kernels};
	float *values = host_new(host, float, 12);
	TestMap made;
	CoreError error;

	(void) state;
	/* channel 1 is the same everywhere, channel 2 rises up to cell (1, 2) */
	for (int i = 0; i < 6; i++)
	{
		values[i] = 1;
		values[6 + i] = (float) i;
	}
	make_map_of_values(host, &made, values, 2, 2, 3, 8);
	assert_done(max_sim_find(&max_sim, &made.map, queries, 4, 2, &error),
				&error);
	for (int i = 0; i < 4; i++)
	{
		assert_int_equal(max_sim.best[i].y, expected[i][0]);
		assert_int_equal(max_sim.best[i].x, expected[i][1]);
	}
	free_map(host, &made);
	test_host_end(&test);
}

/*
 * The same from every table of kernels, to the last bit, and with other
 * queries beside it.
 */
static void
answers_do_not_depend_on_company(void **state)
{
	Random random = {43};
	TestHost test;
	const Host *host = test_host_start(&test);
	MaxSim max_sim = {.host = host, .kernels = kernels},
		   plain = {.host = host, .kernels = &kernels_plain};
	float queries[7 * 20];
	TestMap made;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SIGNED, 20, 6, 7, 8);
	for (size_t i = 0; i < lengthof(queries); i++)
		queries[i] = (float) random_normal(&random);
	assert_done(max_sim_find(&max_sim, &made.map, queries, 7, 20, &error),
				&error);
	for (int i = 0; i < 7; i++)
	{
		assert_done(max_sim_find(&plain, &made.map, queries + 20 * i, 1, 20,
								 &error),
					&error);
		assert_memory_equal(&max_sim.best[i].similarity,
							&plain.best[0].similarity, sizeof(double));
		assert_int_equal(max_sim.best[i].y, plain.best[0].y);
		assert_int_equal(max_sim.best[i].x, plain.best[0].x);
	}
	free_map(host, &made);
	test_host_end(&test);
}

static void
bad_queries_are_refused(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	Random random = {44};
	TestHost test;
	const Host *host = test_host_start(&test);
	MaxSim max_sim = {.host = host, .kernels = kernels};
	float queries[6] = {1, 2, 3, 4, 5, 6};
	TestMap made;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_DENSE, 3, 2, 2, 8);
	assert_refused(max_sim_find(&max_sim, &made.map, queries, 3, 2, &error),
				   &error, ERROR_CHANNELS);
	for (size_t i = 0; i < lengthof(bad); i++)
	{
		queries[4] = bad[i];
		assert_refused(max_sim_find(&max_sim, &made.map, queries, 2, 3,
									&error),
					   &error, ERROR_NOT_FINITE);
		assert_non_null(strstr(error.message, "query 2"));
		assert_non_null(strstr(error.message, "position 2"));
	}
	free_map(host, &made);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_cells_are_the_best),
		cmocka_unit_test(small_differences_are_found),
		cmocka_unit_test(answers_do_not_depend_on_company),
		cmocka_unit_test(bad_queries_are_refused),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
