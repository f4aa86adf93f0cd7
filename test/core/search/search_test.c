/*
 * search_test.c
 *		The search against brute force from the definition: every window, in
 *		long double, on the values that are stored.
 */
#include "core/search/search.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_brute.h"
#include "lib/test_maps.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"
#include "lib/test_search.h"

/* All but sum, which most tests take unless they say otherwise. */
static const Pooling other_poolings[] = {{POOL_MAX, 1},
										 {POOL_GEM, 1},
										 {POOL_GEM, 3},
										 {POOL_GEM, 10},
										 {POOL_GEM, 30}};

/* The poolings in turn, as far as maps of the kind allow them. */
static Pooling
pooling_in_turn(MapKind kind, int turn)
{
	int number = turn % (1 + (int) lengthof(other_poolings));
	const Pooling *pooling =
		number == 0 ? &any_options.query.pooling : &other_poolings[number - 1];

	return pooling_takes(pooling, kind) ? *pooling : other_poolings[0];
}

static void
check_random_search(Searcher *searcher, Random *random, MapKind kind, int bits,
					int channels, int height, int width,
					const Pooling *pooling, Tally *tally)
{
	float *query = malloc(sizeof(float) * channels);
	TestMap made;

	make_map(searcher->host, &made, random, kind, channels, height, width,
			 bits);
	for (int q = 0; q < QUERY_KINDS; q++)
	{
		SearchOptions options = random_options(random, height, width);

		options.query.pooling = *pooling;
		fill_query(random, q, &made.map, made.values, query);
		check_search(searcher, &made.map, query, &options, tally);
	}
	free_map(searcher->host, &made);
	free(query);
}

/* One searcher for all maps, each of another size. */
static void
searches_agree_with_brute_force(void **state)
{
	Random random = {71};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	Tally tally = {0};

	(void) state;
	for (int i = 0; i < 14; i++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
				check_random_search(&searcher, &random, kind, bits,
									random_int(&random, 1, 70),
									random_int(&random, 1, 9),
									random_int(&random, 1, 9),
									&any_options.query.pooling, &tally);
	assert_true(tally.results > 4000);
	/*
	 * where scores are equal, so are both answers, but for rounding at the
	 * edge of a tie
	 */
	assert_true(tally.tied <= tally.results / 200);
	test_host_end(&test);
}

static void
other_poolings_agree_with_brute_force(void **state)
{
	Random random = {87};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	Tally tally = {0};

	(void) state;
	for (int i = 0; i < 2; i++)
		for (size_t p = 0; p < lengthof(other_poolings); p++)
			for (int kind = 0; kind < MAP_KINDS; kind++)
				for (int bits = 8; bits <= 24; bits += 8)
					if (pooling_takes(&other_poolings[p], kind))
						check_random_search(&searcher, &random, kind, bits,
											random_int(&random, 1,
													   i == 0 ? 70 : 8),
											random_int(&random, 1, 9),
											random_int(&random, 1, 9),
											&other_poolings[p], &tally);
	assert_true(tally.results > 2500);
	assert_true(tally.tied <= tally.results / 200);
	test_host_end(&test);
}

/*
 * Where there is no room for powers, gem of a small exponent has no useful
 * bounds: each result then comes from a sweep.
 */
static void
gem_without_powers_agrees(void **state)
{
	static const double exponents[] = {1, 3};
	Random random = {88};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	SearchOptions options = any_options;
	Tally tally = {0};

	(void) state;
	for (int i = 0; i < 12; i++)
	{
		MapKind kind = i % 4 < 2 ? MAP_DENSE : MAP_SMOOTH;
		int height = random_int(&random, 4, 8);
		ScoredWindow best;
		float query[6];
		CoreError error;
		TestMap made;

		options.query.pooling = (Pooling){POOL_GEM, exponents[i % 2]};
		make_map(searcher.host, &made, &random, kind, 6, height, 8, 24);
		fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
		check_search(&searcher, &made.map, query, &options, &tally);
		assert_int_equal(searcher.result_count, 1);
		best = searcher.results[0];
		assert_done(search_open_map(&searcher, &made.map,
									&options.query.pooling, &error),
					&error);
		searcher.pooler.code_powers = NULL;
		assert_false(pooler_has_powers(&searcher.pooler, &made.map));
		searcher.engine->open(searcher.host, searcher.engine_state,
							  &searcher.codes, &searcher.scorer,
							  &searcher.pooler);
		assert_done(query_map(&searcher, query, 6, &options, &error), &error);
		assert_int_equal(searcher.result_count, 1);
		assert_int_equal(window_compare(&searcher.results[0].window,
										&best.window),
						 0);
		assert_true(fabs(searcher.results[0].score - best.score) < 1e-12);
		assert_int_equal(searcher.subwindows.bounds, 0);
		free_map(searcher.host, &made);
	}
	test_host_end(&test);
}

static void
narrow_maps_agree_with_brute_force(void **state)
{
	static const int sizes[][3] = {{20, 1, 40}, {20, 40, 1}, {1, 1, 1},
								   {1, 7, 6},   {1, 1, 50},  {2, 50, 1},
								   {65, 1, 1},  {30, 2, 25}};
	Random random = {72};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	Tally tally = {0};

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				Pooling other =
					pooling_in_turn(kind, 1 + (int) (s + kind) % 5);

				check_random_search(&searcher, &random, kind, bits,
									sizes[s][0], sizes[s][1], sizes[s][2],
									&any_options.query.pooling, &tally);
				if ((s + kind + bits / 8) % 3 == 0)
					check_random_search(&searcher, &random, kind, bits,
										sizes[s][0], sizes[s][1], sizes[s][2],
										&other, &tally);
			}
	assert_true(tally.results > 2000);
	assert_true(tally.tied <= tally.results / 200);
	test_host_end(&test);
}

/*
 * More windows than the buffers of candidates and of evaluated windows hold.
 */
static void
check_larger_maps(const Pooling *pooling, int height, int width, uint64_t seed)
{
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SIGNED, MAP_RANGES,
									MAP_COUNTS};
	Random random = {seed};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	Tally tally = {0};
	float query[24];

	for (size_t i = 0; i < lengthof(kinds); i++)
		for (int q = 0; q < 3; q++)
		{
			static const QueryKind query_kinds[] = {QUERY_SIGNED,
													QUERY_NEGATIVE,
													QUERY_OF_WINDOW};
			SearchOptions options = any_options;
			TestMap made;

			if (!pooling_takes(pooling, kinds[i]))
				continue;
			options.query.pooling = *pooling;
			options.max_results = q == 2 ? 1 : 3;
			options.max_overlap = q == 0 ? 1 : 0.3;
			make_map(searcher.host, &made, &random, kinds[i], 24, height,
					 width, i % 2 == 0 ? 8 : 16);
			fill_query(&random, query_kinds[q], &made.map, made.values, query);
			check_search(&searcher, &made.map, query, &options, &tally);
			free_map(searcher.host, &made);
		}
	assert_int_equal(tally.tied, 0);
	test_host_end(&test);
}

static void
larger_maps_agree_with_brute_force(void **state)
{
	static const Pooling max = {POOL_MAX, 1}, gem = {POOL_GEM, 3};

	(void) state;
	check_larger_maps(&any_options.query.pooling, 23, 26, 73);
	check_larger_maps(&max, 17, 19, 88);
	check_larger_maps(&gem, 13, 16, 89);
}

/* Plain top-k: all windows of a map, best first. */
static void
all_windows_can_be_asked_for(void **state)
{
	Random random = {74};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	SearchOptions options = any_options;
	Tally tally = {0};
	float query[6];

	(void) state;
	options.max_results = 500;
	options.max_overlap = 1;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int turn = 0; turn < 6; turn++)
		{
			TestMap made;

			options.query.pooling = pooling_in_turn(kind, turn);
			make_map(searcher.host, &made, &random, kind, 6, 4, 5, 8);
			fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
			check_search(&searcher, &made.map, query, &options, &tally);
			if (kind == MAP_DENSE || kind == MAP_CONSTANT)
				assert_int_equal(searcher.result_count, 150);
			free_map(searcher.host, &made);
		}
	test_host_end(&test);
}

/* Many results of a map that has far more windows, ties among them. */
static void
many_results_agree_with_brute_force(void **state)
{
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SIGNED, MAP_COUNTS,
									MAP_BALANCED};
	static const QueryKind queries[] = {QUERY_SIGNED, QUERY_NEGATIVE};
	Random random = {86};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	Tally tally = {0};
	float query[8];

	(void) state;
	for (size_t i = 0; i < lengthof(kinds); i++)
		for (size_t q = 0; q < lengthof(queries); q++)
			for (int turn = 0; turn < 6; turn++)
			{
				int overlap = turn % 2;
				SearchOptions options = any_options;
				TestMap made;

				/* both overlaps with each of sum, max and gem */
				options.query.pooling =
					pooling_in_turn(kinds[i],
									turn == 5 ? 3 : turn / 2 + turn / 4);
				options.max_results =
					(overlap == 1 ? 200 : 50) / (turn < 2 ? 1 : 4);
				options.max_overlap = overlap == 1 ? 1 : 0.8;
				make_map(searcher.host, &made, &random, kinds[i], 8, 9, 10, 8);
				fill_query(&random, queries[q], &made.map, made.values, query);
				check_search(&searcher, &made.map, query, &options, &tally);
				free_map(searcher.host, &made);
			}
	assert_true(tally.results > 2000);
	assert_true(tally.tied <= tally.results / 200);
	test_host_end(&test);
}

static void
maps_of_zeros_have_no_result(void **state)
{
	static const float queries[][3] = {{1, 2, 3}, {-1, -2, -3}, {0, 0, -1}};
	Random random = {75};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	SearchOptions options = any_options;
	CoreError error;

	(void) state;
	options.max_results = 3;
	for (int bits = 8; bits <= 24; bits += 8)
		for (size_t q = 0; q < lengthof(queries); q++)
		{
			TestMap made;

			make_map(searcher.host, &made, &random, MAP_ZERO, 3, 7, 5, bits);
			for (int turn = 0; turn < 6; turn++)
			{
				options.query.pooling = pooling_in_turn(MAP_ZERO, turn);
				assert_done(search_map(&searcher, &made.map, queries[q], 3,
									   &options, &error),
							&error);
				assert_int_equal(searcher.result_count, 0);
				assert_int_equal(searcher.subwindows.bounds, 0);
			}
			free_map(searcher.host, &made);
		}
	test_host_end(&test);
}

/*
 * Zeros all around one cell, and pooled vectors that cancel to zero, have no
 * score either.
 */
static void
windows_of_zeros_are_never_returned(void **state)
{
	/* the outer cells are zero, the middle ones 1 and -1 in both channels */
	float *values;
	float query[] = {-1, 1};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host, .kernels = &kernels_plain};
	SearchOptions options = any_options;
	Tally tally = {0};
	TestMap made;

	(void) state;
	options.max_results = 500;
	options.max_overlap = 1;
	values = host_new(host, float, 2 * 3 * 4);
	memset(values, 0, sizeof(float) * 2 * 3 * 4);
	values[5] = values[12 + 5] = 1;
	values[6] = values[12 + 6] = -1;
	make_map_of_values(host, &made, values, 2, 3, 4, 8);
	check_search(&searcher, &made.map, query, &options, &tally);
	/*
	 * rows: 4 ways to hold the middle one; columns: 2 ways to hold either
	 * alone
	 */
	assert_int_equal(searcher.result_count, 4 * 2 * 2);
	/* of the greatest values, all that hold the 1, and the cell of -1 alone */
	options.query.pooling.kind = POOL_MAX;
	check_search(&searcher, &made.map, query, &options, &tally);
	assert_int_equal(searcher.result_count, 4 * 6 + 1);
	test_host_end(&test);
}

/*
 * Nor are they looked at: a map whose half is zero takes no more bounds than
 * others.
 */
static void
windows_of_zeros_are_not_bounded(void **state)
{
	enum
	{
		channels = 20,
		height = 30,
		width = 32
	};
	Random random = {90};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host, .kernels = &kernels_plain};

	(void) state;
	for (size_t p = 0; p < lengthof(other_poolings); p++)
	{
		float *values = host_new(host, float, channels *height *width);
		SearchOptions options = any_options;
		float query[channels];
		CoreError error;
		TestMap made;

		fill_values(&random, MAP_SPARSE, values, channels, height, width);
		for (int i = 0; i < channels * height * width; i++)
			values[i] = i % width < width / 2 ? values[i] : 0;
		make_map_of_values(host, &made, values, channels, height, width, 8);
		fill_query(&random, QUERY_SIGNED, &made.map, values, query);
		options.query.pooling = other_poolings[p];
		assert_done(search_map(&searcher, &made.map, query, channels, &options,
							   &error),
					&error);
		assert_int_equal(searcher.result_count, 1);
		/* a quarter of the windows are all zero */
		assert_true(searcher.subwindows.bounds <
					(int64_t) window_count(&made.map) / 8);
		free_map(host, &made);
	}
	test_host_end(&test);
}

static void
constant_maps_give_the_smallest_window(void **state)
{
	static const QueryKind queries[] = {QUERY_POSITIVE, QUERY_SIGNED,
										QUERY_NEGATIVE, QUERY_OF_WINDOW};
	Random random = {76};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[40];

	(void) state;
	for (int i = 0; i < 60; i++)
	{
		int channels = random_int(&random, 1, 40);
		SearchOptions options = any_options;
		TestMap made;
		CoreError error;

		make_map(searcher.host, &made, &random, MAP_CONSTANT, channels,
				 random_int(&random, 3, 12), random_int(&random, 4, 12),
				 i % 2 == 0 ? 8 : 16);
		fill_query(&random, queries[i % 4], &made.map, made.values, query);
		options.query.pooling = pooling_in_turn(MAP_CONSTANT, i / 4);
		options.max_results = 2;
		options.max_overlap = 0;
		assert_done(search_map(&searcher, &made.map, query, channels, &options,
							   &error),
					&error);
		assert_int_equal(searcher.result_count, 2);
		assert_int_equal(window_compare(&searcher.results[0].window,
										&(Window){0, 0, 1, 1}),
						 0);
		assert_int_equal(window_compare(&searcher.results[1].window,
										&(Window){0, 1, 1, 2}),
						 0);
		options.query.constraints.min_height = 2;
		options.query.constraints.min_width = 3;
		assert_done(search_map(&searcher, &made.map, query, channels, &options,
							   &error),
					&error);
		assert_int_equal(window_compare(&searcher.results[0].window,
										&(Window){0, 0, 2, 3}),
						 0);
		free_map(searcher.host, &made);
	}
	test_host_end(&test);
}

static void
constraints_that_nothing_meets_give_no_result(void **state)
{
	Random random = {77};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[] = {1, 2, 3, -4};
	CoreError error;
	TestMap made;

	(void) state;
	make_map(searcher.host, &made, &random, MAP_DENSE, 4, 5, 6, 8);
	for (int which = 0; which < 3; which++)
	{
		SearchOptions options = any_options;

		if (which == 0)
			options.query.constraints.min_height = 6;
		else if (which == 1)
			options.query.constraints.min_width = 7;
		else
		{
			options.query.constraints.any_aspect = false;
			options.query.constraints.aspect = 20;
		}
		for (int turn = 0; turn < 6; turn++)
		{
			options.query.pooling = pooling_in_turn(MAP_DENSE, turn);
			assert_done(search_map(&searcher, &made.map, query, 4, &options,
								   &error),
						&error);
			assert_int_equal(searcher.result_count, 0);
		}
	}
	test_host_end(&test);
}

static void
bad_queries_are_refused(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	Random random = {78};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[7] = {0};
	CoreError error;
	TestMap made;

	(void) state;
	make_map(searcher.host, &made, &random, MAP_SPARSE, 5, 4, 3, 8);
	assert_refused(search_map(&searcher, &made.map, query, 5, &any_options,
							  &error),
				   &error, ERROR_INVALID_PARAMETER);
	for (int c = 0; c < 5; c++)
		for (size_t b = 0; b < lengthof(bad); b++)
		{
			for (int i = 0; i < 7; i++)
				query[i] = i == c ? bad[b] : 1;
			assert_refused(search_map(&searcher, &made.map, query, 5,
									  &any_options, &error),
						   &error, ERROR_NOT_FINITE);
		}
	assert_refused(search_map(&searcher, &made.map, query, 0, &any_options,
							  &error),
				   &error, ERROR_SHAPE);
	for (int length = 1; length <= 7; length++)
	{
		for (int i = 0; i < 7; i++)
			query[i] = 1;
		if (length == 5)
			assert_done(search_map(&searcher, &made.map, query, 5,
								   &any_options, &error),
						&error);
		else
			assert_refused(search_map(&searcher, &made.map, query, length,
									  &any_options, &error),
						   &error, ERROR_CHANNELS);
		assert_int_equal(searcher.result_count, length == 5);
	}
	test_host_end(&test);
}

static void
bad_options_are_refused(void **state)
{
	static const double bad_overlaps[] = {-0.01, 1.01, NAN, INFINITY,
										  -INFINITY};
	static const float vector[] = {1, 0};
	SearchOptions good = any_options, options;
	CoreError error;

	(void) state;
	good.query.vector = vector;
	good.query.length = 2;
	options = good;
	assert_done(search_check_options(&options, &error), &error);
	for (int max_results = -1; max_results <= 0; max_results++)
	{
		options.max_results = max_results;
		assert_refused(search_check_options(&options, &error), &error,
					   ERROR_INVALID_PARAMETER);
	}
	options = good;
	for (size_t i = 0; i < lengthof(bad_overlaps); i++)
	{
		options.max_overlap = bad_overlaps[i];
		assert_refused(search_check_options(&options, &error), &error,
					   ERROR_INVALID_PARAMETER);
	}
	options = good;
	options.query.min_score = NAN;
	assert_refused(search_check_options(&options, &error), &error,
				   ERROR_INVALID_PARAMETER);
	options = good;
	options.query.constraints.min_width = 0;
	assert_refused(search_check_options(&options, &error), &error,
				   ERROR_INVALID_PARAMETER);
	options = good;
	options.query.pooling = (Pooling){POOL_GEM, 0.5};
	assert_refused(search_check_options(&options, &error), &error,
				   ERROR_INVALID_PARAMETER);
}

/*
 * With a least score, the results are those of the whole list that reach it:
 * equal to the last bit, and in the same order.
 */
static void
check_min_score(Searcher *searcher, const FeatureMap *map, const float *query,
				const SearchOptions *whole, const ScoredWindow *all,
				int all_count, double min_score)
{
	SearchOptions options = *whole;
	int expected = 0;
	CoreError error;

	options.query.min_score = min_score;
	assert_done(search_map(searcher, map, query, map->channels, &options,
						   &error),
				&error);
	for (int i = 0; i < all_count; i++)
	{
		if (all[i].score < min_score)
			continue;
		if (expected >= searcher->result_count)
			fail_msg("%d results of at least %.17g, there are more",
					 searcher->result_count, min_score);
		assert_true(searcher->results[expected].score == all[i].score);
		assert_int_equal(window_compare(&searcher->results[expected].window,
										&all[i].window),
						 0);
		expected++;
	}
	if (searcher->result_count != expected)
		fail_msg("%d results of at least %.17g, expected %d",
				 searcher->result_count, min_score, expected);
	check_tables_agree(searcher, map, query, &options);
}

/* Scores that occur, numbers next to them, and some beyond all. */
static void
check_min_scores(Searcher *searcher, Random *random, const FeatureMap *map,
				 const float *query, const SearchOptions *whole)
{
	static const double others[] = {-INFINITY, -2,  -1, -0.5, -1e-9,   0,
									1e-9,      0.5, 1,  1.5,  INFINITY};
	int count;
	ScoredWindow *all;
	CoreError error;

	assert_done(search_map(searcher, map, query, map->channels, whole, &error),
				&error);
	count = searcher->result_count;
	all = malloc(sizeof(ScoredWindow) * (count + 1));
	if (count > 0)
		memcpy(all, searcher->results, sizeof(ScoredWindow) * count);
	for (size_t i = 0; i < lengthof(others); i++)
		check_min_score(searcher, map, query, whole, all, count, others[i]);
	for (int i = 0; count > 0 && i < 3; i++)
	{
		double score =
			all[i == 0 ? 0 : random_int(random, 0, count - 1)].score;

		check_min_score(searcher, map, query, whole, all, count, score);
		check_min_score(searcher, map, query, whole, all, count,
						nextafter(score, 2));
		check_min_score(searcher, map, query, whole, all, count,
						nextafter(score, -2));
	}
	free(all);
}

static void
min_score_filters_the_results(void **state)
{
	Random random = {84};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[30];

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int q = 0; q < QUERY_KINDS; q++)
		{
			SearchOptions options = any_options;
			int channels = random_int(&random, 1, 30);
			TestMap made;

			options.max_results = 1000;
			options.max_overlap = 1;
			make_map(searcher.host, &made, &random, kind, channels,
					 random_int(&random, 1, 3), random_int(&random, 1, 4),
					 q % 2 == 0 ? 8 : 16);
			fill_query(&random, q, &made.map, made.values, query);
			for (int turn = 0; turn < 6; turn += 1 + (q + kind) % 3)
			{
				options.query.pooling = pooling_in_turn(kind, turn);
				check_min_scores(&searcher, &random, &made.map, query,
								 &options);
			}
			free_map(searcher.host, &made);
		}
	test_host_end(&test);
}

/* The best score is enough for the best window, and more is too much. */
static void
check_best_score(Searcher *searcher, const FeatureMap *map, const float *query,
				 const Pooling *pooling)
{
	SearchOptions options = any_options;
	ScoredWindow best;
	CoreError error;

	options.query.pooling = *pooling;
	assert_done(search_map(searcher, map, query, map->channels, &options,
						   &error),
				&error);
	assert_int_equal(searcher->result_count, 1);
	best = searcher->results[0];
	options.query.min_score = best.score;
	assert_done(search_map(searcher, map, query, map->channels, &options,
						   &error),
				&error);
	assert_int_equal(searcher->result_count, 1);
	assert_int_equal(window_compare(&searcher->results[0].window,
									&best.window),
					 0);
	assert_true(searcher->results[0].score == best.score);
	/* more than what ties with it */
	options.query.min_score = best.score + 3 * SCORE_RESOLUTION;
	assert_done(search_map(searcher, map, query, map->channels, &options,
						   &error),
				&error);
	assert_int_equal(searcher->result_count, 0);
}

/*
 * The best window, and the best few that overlap little, on maps with far more
 * windows.
 */
static void
the_best_score_reaches_itself(void **state)
{
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SPARSE, MAP_SIGNED,
									MAP_DENSE};
	static const QueryKind queries[] = {QUERY_SIGNED, QUERY_OF_WINDOW,
										QUERY_NEGATIVE};
	Random random = {85};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[50];

	(void) state;
	for (size_t i = 0; i < lengthof(kinds); i++)
		for (size_t q = 0; q < lengthof(queries); q++)
		{
			SearchOptions options = any_options;
			TestMap made;

			make_map(searcher.host, &made, &random, kinds[i], 50, 9, 11,
					 q == 1 ? 8 : 16);
			fill_query(&random, queries[q], &made.map, made.values, query);
			/* sum, and one of the others */
			for (int turn = 0; turn < 6; turn += 1 + (int) (i + q) % 5)
			{
				options.query.pooling = pooling_in_turn(kinds[i], turn);
				options.max_results = 4;
				check_min_scores(&searcher, &random, &made.map, query,
								 &options);
				options.max_results = 1;
				check_min_scores(&searcher, &random, &made.map, query,
								 &options);
				check_best_score(&searcher, &made.map, query,
								 &options.query.pooling);
				if (turn > 0)
					break;
			}
			free_map(searcher.host, &made);
		}
	test_host_end(&test);
}

/* Sum is gem of exponent 1. */
static void
gem_of_exponent_one_is_sum(void **state)
{
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SPARSE, MAP_DENSE,
									MAP_RANGES};
	Random random = {120};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	SearchOptions sum = any_options, gem = any_options;

	(void) state;
	sum.max_results = gem.max_results = 3;
	gem.query.pooling = (Pooling){POOL_GEM, 1};
	for (int i = 0; i < 40; i++)
	{
		ScoredWindow expected[3];
		float query[33];
		CoreError error;
		TestMap made;

		make_map(searcher.host, &made, &random, kinds[i % lengthof(kinds)], 33,
				 9, 8, i % 8 < 4 ? 8 : 16);
		fill_query(&random, i % 3 == 0 ? QUERY_OF_WINDOW : QUERY_SIGNED,
				   &made.map, made.values, query);
		assert_done(search_map(&searcher, &made.map, query, 33, &sum, &error),
					&error);
		assert_int_equal(searcher.result_count, 3);
		memcpy(expected, searcher.results, sizeof(expected));
		assert_done(search_map(&searcher, &made.map, query, 33, &gem, &error),
					&error);
		assert_int_equal(searcher.result_count, 3);
		for (int r = 0; r < 3; r++)
		{
			assert_int_equal(window_compare(&searcher.results[r].window,
											&expected[r].window),
							 0);
			assert_true(fabs(searcher.results[r].score - expected[r].score) <
						1e-9);
		}
		free_map(searcher.host, &made);
	}
	test_host_end(&test);
}

/*
 * At 16 bits the table of powers ends at an exponent of 58, at 24 bits there
 * are powers up to one of 38, and bounds are made of powers up to 64: with no
 * table from before, and with that of another exponent or number of bits.
 */
static void
exponents_beyond_the_table_of_powers_agree_with_brute_force(void **state)
{
	static const double exponents[] = {57, 59, 64, 3, 60, 65, 60, 38, 39};
	Random random = {122};
	TestHost test;
	Searcher kept = {.host = test_host_start(&test),
					 .kernels = &kernels_plain};
	Tally tally = {0};

	(void) state;
	for (size_t e = 0; e < lengthof(exponents); e++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			Pooling pooling = {POOL_GEM, exponents[e]};
			Searcher fresh = {.host = &test.host, .kernels = &kernels_plain};

			check_random_search(&fresh, &random, MAP_SMOOTH, bits, 30, 7, 6,
								&pooling, &tally);
			check_random_search(&kept, &random, MAP_SPARSE, bits, 30, 6, 7,
								&pooling, &tally);
		}
	assert_true(tally.results > 300);
	assert_true(tally.tied <= tally.results / 200);
	test_host_end(&test);
}

static double
best_score_of(Searcher *searcher, const FeatureMap *map, const float *query,
			  Pooling pooling)
{
	SearchOptions options = any_options;
	CoreError error;

	options.query.pooling = pooling;
	assert_done(search_map(searcher, map, query, map->channels, &options,
						   &error),
				&error);
	assert_int_equal(searcher->result_count, 1);
	return searcher->results[0].score;
}

/*
 * A window of n cells has m_c <= gem_c <= m_c n^(1/p) in each channel, m the
 * greatest values.  Of vectors whose ratios lie between 1 and r, the cosine is
 * at least 2 sqrt(r) / (1 + r) (Cassels 1955), and no score differs by more
 * than the angle between them.
 */
static void
gem_tends_to_max(void **state)
{
	static const double exponents[] = {3, 10, 30, 63, 70, 100, 400, 3000, 1e6};
	static const MapKind kinds[] = {MAP_SMOOTH, MAP_SPARSE, MAP_DENSE,
									MAP_COUNTS};
	Random random = {121};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};

	(void) state;
	for (int i = 0; i < 24; i++)
	{
		TestMap made;
		float query[20];
		double max;

		make_map(searcher.host, &made, &random, kinds[i % lengthof(kinds)], 20,
				 7, 8, i % 8 < 4 ? 8 : 16);
		fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
		max =
			best_score_of(&searcher, &made.map, query, (Pooling){POOL_MAX, 1});
		for (size_t e = 0; e < lengthof(exponents); e++)
		{
			double gem = best_score_of(&searcher, &made.map, query,
									   (Pooling){POOL_GEM, exponents[e]});
			double ratio = pow(7 * 8, 1 / exponents[e]);
			double angle = acos(fmin(2 * sqrt(ratio) / (1 + ratio), 1));

			/* an angle is known to the root of a cosine's rounding */
			if (!(fabs(gem - max) <= angle + 1e-7))
				fail_msg(
					"best score is %.9g by max, %.9g by gem %g, more than %.3g away",
					max, gem, exponents[e], angle);
		}
		free_map(searcher.host, &made);
	}
	test_host_end(&test);
}

/*
 * A cancelled query must not wait: often means at least once for each pair of
 * rows.
 */
static void
interrupts_are_checked_often(void **state)
{
	Random random = {79};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[16];
	CoreError error;
	TestMap made;
	long before = test.interrupts;

	(void) state;
	make_map(searcher.host, &made, &random, MAP_SMOOTH, 16, 30, 28, 8);
	/* construction passes over the cells several times */
	assert_true(test.interrupts - before >= 30 * 28);
	fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
	before = test.interrupts;
	assert_done(search_map(&searcher, &made.map, query, 16, &any_options,
						   &error),
				&error);
	assert_true(test.interrupts - before >= 30 + 30 * 31 / 2);
	/* where no bound helps, once for each window that is evaluated */
	fill_query(&random, QUERY_NEGATIVE, &made.map, made.values, query);
	before = test.interrupts;
	assert_done(search_map(&searcher, &made.map, query, 16, &any_options,
						   &error),
				&error);
	assert_true(test.interrupts - before >= 30 * 31 / 2 * 28 * 29 / 4);
	/*
	 * for other poolings, once for each set that is split, or for as many
	 * windows as there are cells
	 */
	for (size_t p = 0; p < lengthof(other_poolings); p++)
	{
		SearchOptions options = any_options;

		options.query.pooling = other_poolings[p];
		before = test.interrupts;
		assert_done(search_map(&searcher, &made.map, query, 16, &options,
							   &error),
					&error);
		assert_true(searcher.subwindows.bounds > 1000);
		assert_true(test.interrupts - before >=
					searcher.subwindows.bounds / 4);
	}
	test_host_end(&test);
}

/*
 * Leaves by longjmp at each of the first calls of check_interrupt, as a
 * cancelled query does.
 */
static void
a_searcher_survives_interrupts(void **state)
{
	static Searcher searcher;
	static Tally tally;
	static float query[16];
	static TestMap made;
	static volatile int jumps;
	static TestHost test;
	static SearchOptions options;
	Random random = {80};

	(void) state;
	searcher =
		(Searcher){.host = test_host_start(&test), .kernels = &kernels_plain};
	options = any_options;
	make_map(searcher.host, &made, &random, MAP_SPARSE, 16, 8, 7, 16);
	fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
	for (int call = 1; call < 300; call++)
	{
		options.query.pooling = pooling_in_turn(MAP_SPARSE, call);
		test.interrupts = 0;
		test.jump_at = call;
		if (setjmp(test.escape) == 0)
		{
			CoreError error;

			search_map(&searcher, &made.map, query, 16, &options, &error);
		}
		else
			jumps++;
		test.jump_at = 0;
		if (call < 30 || call % 7 == 0)
			check_search(&searcher, &made.map, query, &options, &tally);
	}
	assert_true(jumps > 150);
	test_host_end(&test);
}

/* The same answer to the bit, whatever was searched before. */
static void
results_do_not_depend_on_what_was_searched_before(void **state)
{
	Random random = {81};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	SearchOptions options = any_options;
	CoreError error;

	(void) state;
	options.max_results = 4;
	for (int i = 0; i < 120; i++)
	{
		int channels = random_int(&random, 1, 80);
		MapKind kind = random_int(&random, 0, MAP_KINDS - 1);
		float query[80];
		TestMap made;

		options.query.pooling =
			pooling_in_turn(kind, random_int(&random, 0, 5));
		make_map(&test.host, &made, &random, kind, channels,
				 random_int(&random, 1, 12), random_int(&random, 1, 12),
				 8 * random_int(&random, 1, 2));
		/*
		 * after other maps, and, the second time, after another query of this
		 * map
		 */
		assert_done(search_open_map(&searcher, &made.map,
									&options.query.pooling, &error),
					&error);
		for (int q = 0; q < 2; q++)
		{
			Searcher fresh = {.host = &test.host, .kernels = &kernels_plain};

			fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
			assert_done(query_map(&searcher, query, channels, &options,
								  &error),
						&error);
			assert_done(search_map(&fresh, &made.map, query, channels,
								   &options, &error),
						&error);
			assert_int_equal(searcher.result_count, fresh.result_count);
			for (int r = 0; r < fresh.result_count; r++)
			{
				assert_true(searcher.results[r].score ==
							fresh.results[r].score);
				assert_int_equal(window_compare(&searcher.results[r].window,
												&fresh.results[r].window),
								 0);
			}
		}
		free_map(&test.host, &made);
	}
	test_host_end(&test);
}

/*
 * The sketch only speeds the search: without it the answer is the same to the
 * bit.
 */
static void
results_do_not_depend_on_the_sketch(void **state)
{
	Random random = {82};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[40];
	CoreError error;

	(void) state;
	for (int i = 0; i < 60; i++)
	{
		ScoredWindow with;
		int with_count;
		FeatureMap bare;
		TestMap made;
		size_t size;

		make_map(searcher.host, &made, &random,
				 random_int(&random, 0, MAP_KINDS - 1), 40,
				 random_int(&random, 1, 12), random_int(&random, 1, 12),
				 8 * random_int(&random, 1, 2));
		fill_query(&random, random_int(&random, 0, QUERY_KINDS - 1), &made.map,
				   made.values, query);
		assert_done(search_map(&searcher, &made.map, query, 40, &any_options,
							   &error),
					&error);
		with_count = searcher.result_count;
		if (with_count > 0)
			with = searcher.results[0];
		size = strip_sketch(made.stored, &made.map);
		assert_done(feature_map_open(&bare, made.stored, size, &error),
					&error);
		assert_done(search_map(&searcher, &bare, query, 40, &any_options,
							   &error),
					&error);
		assert_int_equal(searcher.result_count, with_count);
		if (with_count > 0)
		{
			assert_int_equal(window_compare(&searcher.results[0].window,
											&with.window),
							 0);
			assert_true(searcher.results[0].score == with.score);
		}
		free_map(searcher.host, &made);
	}
	test_host_end(&test);
}

static void
damaged_cells_are_refused(void **state)
{
	Random random = {83};
	TestHost test;
	Searcher searcher = {.host = test_host_start(&test),
						 .kernels = &kernels_plain};
	float query[12];
	CoreError error;
	TestMap made;

	(void) state;
	make_map(searcher.host, &made, &random, MAP_SPARSE, 12, 4, 5, 8);
	fill_query(&random, QUERY_SIGNED, &made.map, made.values, query);
	/* all cells dense: they do not fit */
	memset(made.stored + (made.map.kinds - made.stored), 0xff, 3);
	assert_refused(search_map(&searcher, &made.map, query, 12, &any_options,
							  &error),
				   &error, ERROR_FORMAT);
	assert_int_equal(searcher.result_count, 0);
	test_host_end(&test);
}

static void
distances_follow_from_scores(void **state)
{
	(void) state;
	assert_true(score_distance(1) == 0);
	assert_true(fabs(score_distance(0) - sqrt(2)) < 1e-15);
	assert_true(score_distance(-1) == 2);
	assert_true(score_distance(0.5) == 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_agree_with_brute_force),
		cmocka_unit_test(other_poolings_agree_with_brute_force),
		cmocka_unit_test(gem_without_powers_agrees),
		cmocka_unit_test(narrow_maps_agree_with_brute_force),
		cmocka_unit_test(larger_maps_agree_with_brute_force),
		cmocka_unit_test(all_windows_can_be_asked_for),
		cmocka_unit_test(many_results_agree_with_brute_force),
		cmocka_unit_test(maps_of_zeros_have_no_result),
		cmocka_unit_test(windows_of_zeros_are_never_returned),
		cmocka_unit_test(windows_of_zeros_are_not_bounded),
		cmocka_unit_test(constant_maps_give_the_smallest_window),
		cmocka_unit_test(constraints_that_nothing_meets_give_no_result),
		cmocka_unit_test(bad_queries_are_refused),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(min_score_filters_the_results),
		cmocka_unit_test(the_best_score_reaches_itself),
		cmocka_unit_test(gem_of_exponent_one_is_sum),
		cmocka_unit_test(
			exponents_beyond_the_table_of_powers_agree_with_brute_force),
		cmocka_unit_test(gem_tends_to_max),
		cmocka_unit_test(interrupts_are_checked_often),
		cmocka_unit_test(a_searcher_survives_interrupts),
		cmocka_unit_test(results_do_not_depend_on_what_was_searched_before),
		cmocka_unit_test(results_do_not_depend_on_the_sketch),
		cmocka_unit_test(damaged_cells_are_refused),
		cmocka_unit_test(distances_follow_from_scores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
