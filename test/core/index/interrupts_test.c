/*
 * interrupts_test.c
 *		Whatever takes long while an index is built or read looks at interrupts
 *		in every loop, as often as its work grows.
 */
#include "core/index/candidates.h"
#include "core/index/facility.h"
#include "core/index/kmeans.h"
#include "core/index/regions.h"
#include "core/index/subspace.h"
#include "lib/core_test.h"
#include "lib/test_codes.h"
#include "lib/test_maps.h"

#define CHANNELS 5

/* Each vector is worth channels * dims products. */
static void
learning_looks_every_few_vectors(void **state)
{
	enum
	{
		COUNT = 4000,
		LISTS = 20
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {661};
	float *vectors = host_new(host, float, COUNT *CHANNELS);
	float *wide = host_new(host, float, COUNT * 8);
	float *basis = host_new(host, float, CODE_DIMS *CHANNELS);
	float *centres = host_new(host, float, CODE_DIMS *LISTS);
	CoreError error;

	(void) state;
	fill_region_vectors(&random, vectors, COUNT, CHANNELS);
	fill_region_vectors(&random, wide, COUNT, 8);
	/* six iterations over eight vectors at a time, and over the rows */
	assert_checks(&test, 6 * (COUNT / 8 + CODE_DIMS),
				  find_subspace(host, vectors, COUNT, CHANNELS, CODE_DIMS,
								basis));
	assert_checks(&test, 10 * COUNT / 64,
				  kmeans(host, wide, COUNT, 8, LISTS, centres));
	/* and once a vector where it is projected */
	assert_checks(&test, 6 * (COUNT / 8 + CODE_DIMS) + COUNT + 10 * COUNT / 64,
				  assert_done(code_model_learn(host, vectors, COUNT, CHANNELS,
											   LISTS, basis, centres, &error),
							  &error));
	host_free(host, centres);
	host_free(host, basis);
	host_free(host, wide);
	host_free(host, vectors);
	test_host_end(&test);
}

/* A row of costs and a choice both take time that grows with the windows. */
static void
facility_location_looks_often(void **state)
{
	enum
	{
		COUNT = 320,
		DIMS = 8,
		MOST = 30
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {662};
	float *rows = host_new(host, float, COUNT *DIMS);
	float *columns = host_new(host, float, COUNT *DIMS);
	char *scratch = host_new(host, char, facility_scratch_size(COUNT));
	Facility facility = {.count = COUNT,
						 .stride = COUNT,
						 .dims = DIMS,
						 .vectors = columns,
						 .products = (float *) scratch};
	int chosen[MOST];

	(void) state;
	fill_region_vectors(&random, rows, COUNT, DIMS);
	for (int i = 0; i < COUNT; i++)
		for (int k = 0; k < DIMS; k++)
			columns[k * COUNT + i] = rows[i * DIMS + k];
	facility.gains = (int32_t *) (facility.products + COUNT);
	facility.costs = (uint16_t *) (facility.gains + COUNT);
	facility.remaining = facility.costs + (size_t) COUNT * COUNT;
	assert_checks(&test, COUNT / FACILITY_LANES + MOST,
				  assert_int_equal(facility_choose(host, &facility, MOST, 0,
												   chosen),
								   MOST));
	host_free(host, scratch);
	host_free(host, columns);
	host_free(host, rows);
	test_host_end(&test);
}

static void
choosing_regions_looks_once_a_row(void **state)
{
	static const Pooling poolings[] = {{POOL_SUM, 1},
									   {POOL_MAX, 1},
									   {POOL_GEM, 3}};
	enum
	{
		HEIGHT = 40,
		WIDTH = 3
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	Random random = {663};

	(void) state;
	for (size_t i = 0; i < lengthof(poolings); i++)
	{
		RegionChooser chooser = {.host = host, .kernels = &kernels_plain};
		TestMap made;
		CoreError error;

		make_map(host, &made, &random, MAP_DENSE, CHANNELS, HEIGHT, WIDTH, 16);
		/* the codes, the sketch; then windows of all that is chosen */
		assert_checks(&test, 2 * HEIGHT + 4,
					  assert_done(region_chooser_run(&chooser, &made.map,
													 &poolings[i], 4, &error),
								  &error));
		assert_int_equal(chooser.count, 4);
		region_chooser_release(&chooser);
		free_map(host, &made);
	}
	test_host_end(&test);
}

/* Most offers change nothing; those that do are sorted out now and then. */
static void
offers_look_when_they_are_sorted_out(void **state)
{
	enum
	{
		OFFERS = 100000,
		MOST = 50
	};
	TestHost test;
	Candidates candidates = {0};

	(void) state;
	candidates_start(&candidates, test_host_start(&test), MOST, false);
	assert_checks(&test, OFFERS / candidates.room,
				  for (int i = 0; i < OFFERS; i++)
					  candidates_offer(&candidates, i, (float) i));
	assert_int_equal(candidates_finish(&candidates), MOST);
	candidates_release(&candidates);
	test_host_end(&test);
}

/*
 * An error that leaves by longjmp from any look at interrupts loses nothing:
 * what was taken from the host is the host's.
 */
static void
learning_can_be_left_anywhere(void **state)
{
	enum
	{
		COUNT = 100
	};
	Random random = {664};
	float vectors[COUNT * CHANNELS], basis[CODE_DIMS * CHANNELS];
	float centres[CODE_DIMS * 3];
	CoreError error;

	(void) state;
	fill_region_vectors(&random, vectors, COUNT, CHANNELS);
	for (volatile long jump_at = 1;; jump_at *= 2)
	{
		TestHost test;
		const Host *host = test_host_start(&test);
		volatile bool is_left = true;

		test.jump_at = jump_at;
		if (setjmp(test.escape) == 0)
		{
			assert_done(code_model_learn(host, vectors, COUNT, CHANNELS, 3,
										 basis, centres, &error),
						&error);
			is_left = false;
			assert_int_equal(test.live_blocks, 0);
		}
		test_host_end(&test);
		if (!is_left)
			break;
		assert_true(jump_at < 1 << 20);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learning_looks_every_few_vectors),
		cmocka_unit_test(facility_location_looks_often),
		cmocka_unit_test(choosing_regions_looks_once_a_row),
		cmocka_unit_test(offers_look_when_they_are_sorted_out),
		cmocka_unit_test(learning_can_be_left_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
