/*
 * regions_test.c
 *		The grid of windows, and the regions chosen from it.
 */
#include "core/index/regions.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "core/index/region_grid.h"
#include "core/pooling/descriptor.h"

static const Kernels *kernels;

static const Pooling poolings[] = {{POOL_SUM, 0},
								   {POOL_MAX, 0},
								   {POOL_GEM, 3},
								   {POOL_GEM, 1000}};

static bool
is_equal(const Window *a, const Window *b)
{
	return window_compare(a, b) == 0;
}

/* Inside the map, square, and none twice; every cell lies in one. */
static void
check_grid(int height, int width)
{
	Window *windows =
		(Window *) test_exact_copy(NULL, sizeof(Window) * REGION_GRID_MOST);
	int count = region_grid(height, width, windows);
	int shorter = height < width ? height : width;
	CoreError error;

	assert_int_in_range(count, 1, REGION_GRID_MOST);
	for (int i = 0; i < count; i++)
	{
		assert_done(window_check(&windows[i], height, width, &error), &error);
		assert_int_equal(windows[i].y2 - windows[i].y1,
						 windows[i].x2 - windows[i].x1);
		for (int j = 0; j < i; j++)
			assert_false(is_equal(&windows[i], &windows[j]));
	}
	assert_int_equal(windows[0].y2 - windows[0].y1, shorter);
	test_exact_free((uint8_t *) windows);
}

static void
grids_are_bounded(void **state)
{
	static const int sides[] = {1, 2, 3, 5, 8, 19, 29, 64, 500, 4096};

	(void) state;
	for (size_t h = 0; h < lengthof(sides); h++)
		for (size_t w = 0; w < lengthof(sides); w++)
			check_grid(sides[h], sides[w]);
}

/* All cells of a map that is not long lie in windows of each level. */
static void
grids_cover_the_map(void **state)
{
	Window windows[REGION_GRID_MOST];
	int count = region_grid(19, 29, windows);
	int covered[19][29] = {{0}};

	(void) state;
	assert_int_in_range(count, 500, REGION_GRID_MOST);
	for (int i = 0; i < count; i++)
		for (int y = windows[i].y1; y < windows[i].y2; y++)
			for (int x = windows[i].x1; x < windows[i].x2; x++)
				covered[y][x]++;
	for (int y = 0; y < 19; y++)
		for (int x = 0; x < 29; x++)
			assert_true(covered[y][x] >= 7);
}

/* The vectors are the windows' descriptors, to the last bit. */
static void
check_vectors(const Host *host, const RegionChooser *chooser,
			  const FeatureMap *map, const Pooling *pooling)
{
	float *descriptor = host_new(host, float, map->channels);
	Describer describer;
	CoreError error;

	assert_done(describer_open(&describer, host, &kernels_plain, map, pooling,
							   &error),
				&error);
	for (int i = 0; i < chooser->count; i++)
	{
		assert_true(
			describer_window(&describer, &chooser->windows[i], descriptor));
		assert_memory_equal(descriptor,
							chooser->vectors + (size_t) i * map->channels,
							sizeof(float) * map->channels);
		for (int j = 0; j < i; j++)
			assert_false(is_equal(&chooser->windows[i], &chooser->windows[j]));
	}
	describer_close(&describer);
	host_free(host, descriptor);
}

/*
 * Mean of (1 - greatest cosine to a region)^2 over the windows of the grid.
 */
static double
mean_square_missing(const Host *host, const RegionChooser *chooser,
					const FeatureMap *map, const Pooling *pooling)
{
	float *descriptor = host_new(host, float, map->channels);
	Window grid[REGION_GRID_MOST];
	int count = region_grid(map->height, map->width, grid), described = 0;
	double sum = 0;
	Describer describer;
	CoreError error;

	assert_done(describer_open(&describer, host, &kernels_plain, map, pooling,
							   &error),
				&error);
	for (int i = 0; i < count; i++)
	{
		double greatest = 0;

		if (!describer_window(&describer, &grid[i], descriptor))
			continue;
		for (int r = 0; r < chooser->count; r++)
		{
			double product = 0;

			for (int c = 0; c < map->channels; c++)
				product += (double) descriptor[c] *
						   chooser->vectors[(size_t) r * map->channels + c];
			greatest = fmax(greatest, product);
		}
		sum += (1 - greatest) * (1 - greatest);
		described++;
	}
	describer_close(&describer);
	host_free(host, descriptor);
	return described == 0 ? 0 : sum / described;
}

static bool
is_zero(const TestMap *made)
{
	size_t count = cell_count(&made->map) * made->map.channels;

	for (size_t i = 0; i < count; i++)
		if (made->values[i] != 0)
			return false;
	return true;
}

static bool
takes_pooling(MapKind kind, const Pooling *pooling)
{
	return pooling->kind != POOL_GEM ||
		   (kind != MAP_SIGNED && kind != MAP_BALANCED);
}

static void
check_kind(RegionChooser *chooser, Random *random, MapKind kind, int channels,
		   int height, int width, int bits)
{
	const Host *host = chooser->host;
	CoreError error;
	TestMap made;

	make_map(host, &made, random, kind, channels, height, width, bits);
	for (size_t p = 0; p < lengthof(poolings); p++)
	{
		int most = random_int(random, 1, 40);

		if (!takes_pooling(kind, &poolings[p]))
		{
			assert_refused(region_chooser_run(chooser, &made.map, &poolings[p],
											  most, &error),
						   &error, ERROR_INVALID_PARAMETER);
			continue;
		}
		assert_done(region_chooser_run(chooser, &made.map, &poolings[p], most,
									   &error),
					&error);
		assert_int_in_range(chooser->count, !is_zero(&made), most);
		assert_true(!is_zero(&made) || chooser->count == 0);
		assert_true(kind != MAP_CONSTANT || chooser->count == 1);
		check_vectors(host, chooser, &made.map, &poolings[p]);
	}
	free_map(host, &made);
}

static void
regions_have_exact_vectors(void **state)
{
	static const int sizes[][3] = {{5, 10, 14}, {70, 6, 7}, {3, 1, 1},
								   {40, 1, 9},  {2, 60, 2}, {17, 3, 2}};
	Random random = {621};
	TestHost test;
	RegionChooser chooser = {.host = test_host_start(&test),
							 .kernels = kernels};

	(void) state;
	for (int kind = MAP_ZERO; kind < MAP_KINDS; kind++)
		for (size_t s = 0; s < lengthof(sizes); s++)
		{
			/* the balanced maps may be zero in all their sums */
			if (kind == MAP_BALANCED)
				continue;
			check_kind(&chooser, &random, kind, sizes[s][0], sizes[s][1],
					   sizes[s][2], s % 2 ? 8 : 16);
		}
	region_chooser_release(&chooser);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

static void
windows_that_sum_to_zero_are_left_out(void **state)
{
	Pooling sum = {POOL_SUM, 0};
	Random random = {622};
	TestHost test;
	RegionChooser chooser = {.host = test_host_start(&test),
							 .kernels = kernels};

	(void) state;
	for (int i = 0; i < 20; i++)
	{
		CoreError error;
		TestMap made;

		make_map(chooser.host, &made, &random, MAP_BALANCED, 2, 5, 6, 8);
		assert_done(region_chooser_run(&chooser, &made.map, &sum, 64, &error),
					&error);
		check_vectors(chooser.host, &chooser, &made.map, &sum);
		free_map(chooser.host, &made);
	}
	region_chooser_release(&chooser);
	test_host_end(&test);
}

/* More regions leave less to miss, with every pooling. */
static void
regions_cover_the_windows(void **state)
{
	Random random = {623};
	TestHost test;
	RegionChooser chooser = {.host = test_host_start(&test),
							 .kernels = kernels};
	CoreError error;
	TestMap made;

	(void) state;
	make_map(chooser.host, &made, &random, MAP_SMOOTH, 64, 19, 29, 8);
	for (int p = 0; p < 3; p++)
	{
		double missing[2];

		for (int i = 0; i < 2; i++)
		{
			assert_done(region_chooser_run(&chooser, &made.map, &poolings[p],
										   i == 0 ? 4 : 32, &error),
						&error);
			missing[i] = mean_square_missing(chooser.host, &chooser, &made.map,
											 &poolings[p]);
		}
		assert_true(missing[1] < missing[0] / 3);
		assert_true(missing[1] < 0.003);
	}
	free_map(chooser.host, &made);
	region_chooser_release(&chooser);
	test_host_end(&test);
}

static void
a_map_without_a_sketch_has_regions(void **state)
{
	Random random = {624};
	TestHost test;
	RegionChooser chooser = {.host = test_host_start(&test),
							 .kernels = kernels};
	CoreError error;
	TestMap made;
	FeatureMap map;

	(void) state;
	make_map(chooser.host, &made, &random, MAP_SPARSE, 30, 9, 8, 8);
	assert_done(feature_map_open(&map, made.stored,
								 strip_sketch(made.stored, &made.map), &error),
				&error);
	assert_done(region_chooser_run(&chooser, &map, &poolings[0], 8, &error),
				&error);
	assert_int_equal(chooser.count, 8);
	check_vectors(chooser.host, &chooser, &map, &poolings[0]);
	free_map(chooser.host, &made);
	region_chooser_release(&chooser);
	test_host_end(&test);
}

/* Any bytes in place of the sketch, and cells cut short. */
static void
damaged_maps_do_no_harm(void **state)
{
	Random random = {625};
	TestHost test;
	RegionChooser chooser = {.host = test_host_start(&test),
							 .kernels = kernels};
	CoreError error;
	TestMap made;

	(void) state;
	make_map(chooser.host, &made, &random, MAP_SPARSE, 30, 9, 8, 8);
	for (int i = 0; i < 20; i++)
	{
		uint8_t *sketch = (uint8_t *) made.map.sketch;

		for (; sketch < made.map.end; sketch++)
			*sketch = (uint8_t) random_bits(&random);
		assert_done(region_chooser_run(&chooser, &made.map, &poolings[0], 8,
									   &error),
					&error);
		assert_int_in_range(chooser.count, 1, 8);
		check_vectors(chooser.host, &chooser, &made.map, &poolings[0]);
	}
	memset((uint8_t *) made.map.cells, 0xff, 40);
	assert_refused(region_chooser_run(&chooser, &made.map, &poolings[0], 8,
									  &error),
				   &error, ERROR_FORMAT);
	free_map(chooser.host, &made);
	region_chooser_release(&chooser);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grids_are_bounded),
		cmocka_unit_test(grids_cover_the_map),
		cmocka_unit_test(regions_have_exact_vectors),
		cmocka_unit_test(windows_that_sum_to_zero_are_left_out),
		cmocka_unit_test(regions_cover_the_windows),
		cmocka_unit_test(a_map_without_a_sketch_has_regions),
		cmocka_unit_test(damaged_maps_do_no_harm),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
