/*
 * interrupt_test.c
 *		Steps that take long on a large map look at interrupts once a row, or
 *		more often.
 */
#include "core/map/map_values.h"
#include "core/map/npy.h"
#include "core/map/sketch.h"
#include "core/search/max_sim.h"
#include "core/search/search.h"
#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_search.h"

#define HEIGHT   40
#define WIDTH    3
#define CHANNELS 5
#define CELLS    (HEIGHT * WIDTH)

static const float query[CHANNELS] = {1, 2, 0, 1, 3};

static void
storing_looks_once_a_row(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {1};
	TestMap made;
	CoreError error;
	size_t size;
	float values[CHANNELS * CELLS];
	double integral[CHANNELS * (HEIGHT + 1) * (WIDTH + 1)];

	(void) state;
	make_map(host, &made, &random, MAP_DENSE, CHANNELS, HEIGHT, WIDTH, 8);
	size = strip_sketch(made.stored, &made.map);
	assert_done(feature_map_open(&made.map, made.stored, size, &error),
				&error);
	assert_checks(&test, HEIGHT,
				  feature_map_validate(host, &made.map, &error));
	made.stored = host->resize(host->context, made.stored,
							   size + sketch_most_bytes(CHANNELS, CELLS));
	assert_done(feature_map_open(&made.map, made.stored, size, &error),
				&error);
	/*
	 * once a cell where it is projected, once a row where the directions are
	 * ranked, and where they are coded
	 */
	assert_checks(&test, CELLS + 2 * HEIGHT,
				  sketch_append(host, &made.map, made.stored, &size, &error));
	assert_done(feature_map_open(&made.map, made.stored, size, &error),
				&error);
	/* once a channel where the array is cleared, once a cell */
	assert_checks(&test, CHANNELS + CELLS,
				  region_values(host, &made.map, values, &error));
	assert_checks(&test, CHANNELS + CELLS + CHANNELS * HEIGHT,
				  region_integral_image(host, &made.map, integral, &error));
	free_map(host, &made);
	test_host_end(&test);
}

static void
long_copies_look_often(void **state)
{
	enum
	{
		SIZE = 16 << 20
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	char *from = host_new(host, char, SIZE);
	char *to = host_new(host, char, SIZE);
	char *elements = host_new(host, char, SIZE);
	float *values = host_new(host, float, SIZE);
	NpyArray npy = {.kind = 'u',
					.item_size = 1,
					.dims = 3,
					.shape = {SIZE / 32, 16, 2},
					.data = (uint8_t *) elements};
	CoreError error;

	(void) state;
	for (int i = 0; i < SIZE; i++)
		from[i] = elements[i] = (char) (i % 251);
	assert_checks(&test, 4, host_copy(host, to, from, SIZE - 1));
	assert_memory_equal(to, from, SIZE - 1);
	assert_checks(&test, 32,
				  assert_true(npy_read_values(host, &npy, NPY_CHANNELS_LAST,
											  values, &error)));
	for (int i = 0; i < SIZE; i++)
		if (values[i % 2 * (SIZE / 2) + i / 2] != (float) (i % 251))
			fail_msg("element %d came out as %g", i,
					 (double) values[i % 2 * (SIZE / 2) + i / 2]);
	host_free(host, values);
	host_free(host, elements);
	host_free(host, to);
	host_free(host, from);
	test_host_end(&test);
}

static void
pooling_looks_once_a_row(void **state)
{
	static const Pooling poolings[] = {{POOL_MAX, 1},
									   {POOL_GEM, 3},
									   {POOL_GEM, 200}};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {2};

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
		for (size_t i = 0; i < lengthof(poolings); i++)
		{
			TestMap made;
			Codes codes = {0};
			Pooler pooler = {0};
			double pooled[KERNEL_LANES];
			CoreError error;

			make_map(host, &made, &random, MAP_DENSE, CHANNELS, HEIGHT, WIDTH,
					 bits);
			assert_done(codes_unpack(host, &codes, &made.map, &kernels_plain,
									 &error),
						&error);
			assert_int_equal(codes.stride, KERNEL_LANES);
			assert_done(pooler_prepare(host, &pooler, &poolings[i], &codes,
									   &error),
						&error);
			assert_checks(&test, HEIGHT,
						  pool_window(host, &pooler, &codes,
									  &(Window){0, 0, HEIGHT, WIDTH}, pooled));
			pooler_release(host, &pooler);
			codes_release(host, &codes);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/*
 * A sum of a whole large map: no row of it is long, and all of it takes long.
 */
static void
sums_look_often(void **state)
{
	enum
	{
		SIDE = 1024
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	float *values = host_new(host, float, SIDE *SIDE);
	TestMap made;
	Codes codes = {0};
	double sums[KERNEL_LANES];
	CoreError error;

	(void) state;
	for (int i = 0; i < SIDE * SIDE; i++)
		values[i] = 1;
	make_map_of_values(host, &made, values, 1, SIDE, SIDE, 8);
	assert_done(codes_unpack(host, &codes, &made.map, kernels_best(), &error),
				&error);
	assert_checks(&test, 4,
				  codes_sum_window(host, &codes, &(Window){0, 0, SIDE, SIDE},
								   sums));
	assert_true(sums[0] == (double) unpacked_code(&codes, 0) * SIDE * SIDE);
	codes_release(host, &codes);
	free_map(host, &made);
	test_host_end(&test);
}

static void
opening_and_queries_look_once_a_row(void **state)
{
	/* only the scan goes through all cells again for a query */
	static const struct
	{
		Pooling pooling;
		int looks_of_query;
	} engines[] = {{{POOL_SUM, 1}, HEIGHT},
				   {{POOL_MAX, 1}, 0},
				   {{POOL_GEM, 3}, 0}};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {3};

	(void) state;
	for (size_t i = 0; i < lengthof(engines); i++)
	{
		TestMap made;
		Searcher searcher = {.host = host, .kernels = &kernels_plain};
		CoreError error;

		make_map(host, &made, &random, MAP_DENSE, CHANNELS, HEIGHT, WIDTH, 16);
		/*
		 * where the codes are unpacked, and where the sketch is decoded or the
		 * table filled
		 */
		assert_checks(&test, 2 * HEIGHT,
					  search_open_map(&searcher, &made.map,
									  &engines[i].pooling, &error));
		assert_done(scorer_set_query(host, &searcher.scorer, query, CHANNELS,
									 &error),
					&error);
		assert_checks(&test, HEIGHT,
					  products_fill(host, &searcher.products, &searcher.codes,
									&searcher.scorer));
		assert_checks(&test, engines[i].looks_of_query,
					  searcher.engine->set_query(host, searcher.engine_state,
												 &searcher.scorer,
												 &searcher.products));
		free_map(host, &made);
	}
	test_host_end(&test);
}

/*
 * Signed codes without a negative one are rare: a damaged map. All of them are
 * looked at for gem.
 */
static void
looking_for_negative_codes_looks_once_a_row(void **state)
{
	static const Pooling gem = {POOL_GEM, 3};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {4};
	TestMap made;
	Codes codes = {0};
	Pooler pooler = {0};
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_ZERO, CHANNELS, HEIGHT, WIDTH, 8);
	made.stored[HEADER_FLAGS] = FEATMAP_FLAG_SIGNED;
	assert_done(feature_map_open(&made.map, made.stored, made.size, &error),
				&error);
	assert_done(codes_unpack(host, &codes, &made.map, &kernels_plain, &error),
				&error);
	assert_checks(&test, HEIGHT,
				  assert_true(
					  pooler_prepare(host, &pooler, &gem, &codes, &error)));
	pooler_release(host, &pooler);
	codes_release(host, &codes);
	free_map(host, &made);
	test_host_end(&test);
}

/* All cells tie, and so all are computed exactly. */
static void
max_sim_looks_once_a_row(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {5};
	TestMap made;
	MaxSim max_sim = {.host = host, .kernels = &kernels_plain};
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_CONSTANT, CHANNELS, HEIGHT, WIDTH, 8);
	/* unpacking, products, and the cells that tie */
	assert_checks(&test, 3 * HEIGHT,
				  assert_true(max_sim_find(&max_sim, &made.map, query, 1,
										   CHANNELS, &error)));
	free_map(host, &made);
	test_host_end(&test);
}

/*
 * A blank image is recognised at once: all its windows would take years to
 * look at.
 */
static void
a_map_of_zeros_is_searched_at_once(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {6};
	TestMap made;
	Searcher searcher = {.host = host, .kernels = kernels_best()};
	SearchOptions options = {
		.query = query_default(),
		.max_results = 10,
		.max_overlap = 0.5,
	};
	CoreError error;
	long before;

	(void) state;
	make_map(host, &made, &random, MAP_ZERO, CHANNELS, 60, 60, 8);
	for (PoolingKind kind = POOL_SUM; kind <= POOL_GEM; kind++)
	{
		options.query.pooling = (Pooling){kind, 3};
		assert_done(search_open_map(&searcher, &made.map,
									&options.query.pooling, &error),
					&error);
		before = test.interrupts;
		assert_done(query_map(&searcher, query, CHANNELS, &options, &error),
					&error);
		assert_int_equal(searcher.result_count, 0);
		assert_int_equal(test.interrupts, before);
	}
	free_map(host, &made);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(storing_looks_once_a_row),
		cmocka_unit_test(long_copies_look_often),
		cmocka_unit_test(pooling_looks_once_a_row),
		cmocka_unit_test(sums_look_often),
		cmocka_unit_test(opening_and_queries_look_once_a_row),
		cmocka_unit_test(looking_for_negative_codes_looks_once_a_row),
		cmocka_unit_test(max_sim_looks_once_a_row),
		cmocka_unit_test(a_map_of_zeros_is_searched_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
