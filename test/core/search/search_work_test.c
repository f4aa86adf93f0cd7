/*
 * search_work_test.c
 *		No search takes much more than scoring every window once, also where
 *		windows tie or many results are wanted: exact scores, bounds and swept
 *		windows are counted.
 */
#include "core/search/search_work.h"

#include "lib/core_test.h"
#include "lib/test_brute.h"
#include "lib/test_maps.h"
#include "lib/test_pooling.h"
#include "lib/test_queries.h"
#include "lib/test_search.h"
#include "lib/test_work.h"

static const Pooling poolings[] = {{POOL_SUM, 1},
								   {POOL_MAX, 1},
								   {POOL_GEM, 3},
								   {POOL_GEM, 100}};

/* What cells of a map have the vector of its first cell. */
typedef enum Ground
{
	GROUND_ALL,  /* a uniform map */
	GROUND_PAGE, /* all but a box inside */
	GROUND_ROWS, /* two rows of three, as the lines of a text leave them */
	GROUNDS
} Ground;

static bool
is_ground(Ground ground, int y, int x, int height, int width)
{
	switch (ground)
	{
		case GROUND_PAGE:
			return y < height / 3 || y > height / 2 || x < width / 4 ||
				   x > width / 2;
		case GROUND_ROWS:
			return y % 3 != 1;
		default:
			return true;
	}
}

/* A map with a ground, and the ground's vector as a query. */
static void
make_ground_map(const Host *host, TestMap *made, Random *random, Ground ground,
				int channels, int height, int width, int bits, float *query)
{
	size_t cells = (size_t) height * width;
	float *values = host_new(host, float, cells *channels);

	fill_values(random, MAP_DENSE, values, channels, height, width);
	for (int c = 0; c < channels; c++)
	{
		query[c] = values[c * cells];
		for (int y = 0; y < height; y++)
			for (int x = 0; x < width; x++)
				if (is_ground(ground, y, x, height, width))
					values[c * cells + y * width + x] = query[c];
	}
	make_map_of_values(host, made, values, channels, height, width, bits);
}

typedef struct Shape
{
	int channels;
	int height;
	int width;
} Shape;

static void
search_shape(const Host *host, Random *random, const Shape *shape,
			 Ground ground, int bits, const Pooling *pooling)
{
	static const int results[] = {1, 7, 1000};
	Searcher searcher = {.host = host, .kernels = kernels_best()};
	SearchOptions options = any_options;
	float query[64];
	CoreError error;
	TestMap made;

	make_ground_map(host, &made, random, ground, shape->channels,
					shape->height, shape->width, bits, query);
	options.query.pooling = *pooling;
	for (size_t r = 0; r < lengthof(results); r++)
		for (int overlap = 0; overlap <= 2; overlap++)
		{
			options.max_results = results[r];
			options.max_overlap = overlap / 2.0;
			assert_done(search_map(&searcher, &made.map, query,
								   shape->channels, &options, &error),
						&error);
			assert_true(searcher.result_count > 0);
			check_work(&searcher, &options);
		}
	free_map(host, &made);
}

static void
work_is_bounded_where_windows_tie(void **state)
{
	static const Shape shapes[] = {{24, 6, 9},
								   {1, 1, 80},
								   {3, 80, 1},
								   {1, 8, 9}};
	Random random = {151};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(shapes); s++)
		for (Ground ground = GROUND_ALL; ground < GROUNDS; ground++)
			for (int bits = 8; bits <= 24; bits += 8)
				for (size_t p = 0; p < lengthof(poolings); p++)
					search_shape(host, &random, &shapes[s], ground, bits,
								 &poolings[p]);
	test_host_end(&test);
}

/* Ties are decided by order: few windows need an exact score. */
static void
check_ties(const Pooling *pooling)
{
	Random random = {152};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host, .kernels = kernels_best()};
	SearchOptions options = any_options;
	float query[64];
	CoreError error;
	TestMap made;

	make_ground_map(host, &made, &random, GROUND_ALL, 64, 16, 20, 8, query);
	query[0] *= 2;
	options.query.pooling = *pooling;
	assert_done(search_map(&searcher, &made.map, query, 64, &options, &error),
				&error);
	assert_true(searcher.swept == (int64_t) window_count(&made.map));
	assert_true(searcher.exact_scores < searcher.swept / 4);
	assert_int_equal(window_compare(&searcher.results[0].window,
									&(Window){0, 0, 1, 1}),
					 0);
	free_map(host, &made);
	test_host_end(&test);
}

static void
ties_are_decided_by_order(void **state)
{
	(void) state;
	check_ties(&(Pooling){POOL_MAX, 1});
	check_ties(&(Pooling){POOL_GEM, 3});
}

/* What a sweep leaves is what brute force finds. */
static void
swept_results_agree_with_brute_force(void **state)
{
	static const Shape shapes[] = {{5, 6, 7}, {1, 1, 40}};
	Random random = {153};
	Tally tally = {0};
	TestHost test;
	const Host *host = test_host_start(&test);
	int64_t swept = 0;

	(void) state;
	for (size_t s = 0; s < lengthof(shapes); s++)
		for (Ground ground = GROUND_ALL; ground < GROUNDS; ground++)
			for (size_t p = 0; p < lengthof(poolings); p++)
			{
				Searcher searcher = {.host = host, .kernels = &kernels_plain};
				SearchOptions options = any_options;
				float query[64];
				TestMap made;

				make_ground_map(host, &made, &random, ground,
								shapes[s].channels, shapes[s].height,
								shapes[s].width, 8, query);
				options.query.pooling = poolings[p];
				options.max_results = 30;
				options.max_overlap = 0.4;
				check_search(&searcher, &made.map, query, &options, &tally);
				check_work(&searcher, &options);
				swept += searcher.swept;
				free_map(host, &made);
			}
	assert_true(swept > 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_bounded_where_windows_tie),
		cmocka_unit_test(ties_are_decided_by_order),
		cmocka_unit_test(swept_results_agree_with_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
