/*
 * rmac_test.c
 *		R-MAC: its windows on maps of all shapes, and the vector of a map
 *		against the definition.
 */
#include "core/pooling/rmac.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_pooling.h"

static const Kernels *kernels;

/* m of rmac.h, tried out one after the other. */
static int
windows_for_overlap(int shorter, int longer)
{
	long double nearest = INFINITY;
	int best = 1;

	for (int m = 2; shorter < longer && m < 2 * FEATMAP_MAX_SIDE; m++)
	{
		long double overlap =
			1 - (longer - shorter) / ((long double) (m - 1) * shorter);
		long double off = fabsl(overlap - 0.4L);

		/*
		 * what is equally near differs by the rounding of these few operations
		 */
		if (off < nearest - 1e-15L)
		{
			nearest = off;
			best = m;
		}
	}
	return best;
}

/*
 * Windows of the level, expected to be `rows` x `columns` of this side, evenly
 * spread.
 */
static void
check_level(RmacWindows *windows, int level, int side, int rows, int columns)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
		{
			Window window;
			int y =
				rows == 1
					? 0
					: (int) ((long) i * (windows->height - side) / (rows - 1));
			int x = columns == 1 ? 0
								 : (int) ((long) j * (windows->width - side) /
										  (columns - 1));

			assert_true(rmac_windows_next(windows, &window));
			assert_int_equal(windows->level, level);
			assert_int_equal(window_compare(&window, &(Window){y, x, y + side,
															   x + side}),
							 0);
			assert_true(window.y2 <= windows->height &&
						window.x2 <= windows->width);
		}
}

static void
windows_are_those_of_the_definition(void **state)
{
	static const int sides[] = {1,  2,  3,  5,  16, 17,  18,   29,
								31, 32, 40, 63, 64, 100, 1000, 4096};

	(void) state;
	for (size_t i = 0; i < lengthof(sides); i++)
		for (size_t j = 0; j < lengthof(sides); j++)
		{
			FeatureMap map = {.height = sides[i], .width = sides[j]};
			int shorter = map.height < map.width ? map.height : map.width;
			int m = windows_for_overlap(shorter, map.height < map.width
													 ? map.width
													 : map.height);
			RmacWindows windows;
			Window window;
			CoreError error;

			assert_done(rmac_windows_start(&windows, &map, 4, &error), &error);
			for (int level = 1; level <= 4 && 2 * shorter / (level + 1) > 0;
				 level++)
				check_level(&windows, level, 2 * shorter / (level + 1),
							level + (map.height > map.width ? m - 1 : 0),
							level + (map.width > map.height ? m - 1 : 0));
			assert_false(rmac_windows_next(&windows, &window));
		}
}

static void
levels_are_checked(void **state)
{
	FeatureMap map = {.height = 3, .width = 4};
	RmacWindows windows;
	Window window;
	CoreError error;
	int count = 0;

	(void) state;
	assert_refused(rmac_windows_start(&windows, &map, 0, &error), &error,
				   ERROR_INVALID_PARAMETER);
	assert_refused(rmac_windows_start(&windows, &map, INT32_MIN, &error),
				   &error, ERROR_INVALID_PARAMETER);
	/*
	 * more levels than cells: the last has windows of one cell, 6 / (l + 1) =
	 * 1 up to l = 5
	 */
	assert_done(rmac_windows_start(&windows, &map, INT32_MAX, &error), &error);
	while (rmac_windows_next(&windows, &window))
		count++;
	assert_int_equal(count, 1 * 2 + 2 * 3 + 3 * 4 + 4 * 5 + 5 * 6);
}

/* What rmac.h defines, from the pooled values of all windows. */
typedef struct Expected
{
	const FeatureMap *map;
	const Whitening *whitening; /* or NULL */
	int levels;
	long double *sums; /* [dims] */
	long double *unit; /* [dims] */
} Expected;

/* unit = vector divided by its norm; false where it is zero. */
static bool
scale_to_unit(const long double *vector, int count, long double *unit)
{
	long double square = 0;

	for (int i = 0; i < count; i++)
		square += vector[i] * vector[i];
	for (int i = 0; i < count; i++)
		unit[i] = square == 0 ? 0 : vector[i] / sqrtl(square);
	return square > 0;
}

static void
add_window(void *context, const Window *window, const long double *pooled)
{
	Expected *expected = context;
	const Whitening *whitening = expected->whitening;
	int channels = expected->map->channels;
	int dims = whitening == NULL ? channels : whitening->dims;
	long double unit[80], whitened[80];
	RmacWindows windows;
	Window region;
	CoreError error;

	if (!scale_to_unit(pooled, channels, unit))
		return;
	memcpy(whitened, unit, sizeof(unit));
	for (int k = 0; whitening != NULL && k < dims; k++)
	{
		const float *row = whitening->rows + (size_t) k * (channels + 1);

		whitened[k] = row[channels];
		for (int c = 0; c < channels; c++)
			whitened[k] += unit[c] * row[c];
	}
	scale_to_unit(whitened, dims, unit);
	rmac_windows_start(&windows, expected->map, expected->levels, &error);
	while (rmac_windows_next(&windows, &region))
		if (window_compare(&region, window) == 0)
			for (int k = 0; k < dims; k++)
				expected->sums[k] += unit[k];
}

static void
check_descriptor(const Host *host, const TestMap *made,
				 const Whitening *whitening, const Pooling *pooling)
{
	const FeatureMap *map = &made->map;
	int dims = whitening == NULL ? map->channels : whitening->dims;
	Expected expected = {.map = map, .whitening = whitening, .levels = 3};
	float *descriptor = (float *) test_exact_copy(NULL, sizeof(float) * dims);
	CoreError error;
	bool found, has_direction;

	expected.sums = calloc(2 * (size_t) dims, sizeof(long double));
	expected.unit = expected.sums + dims;
	pool_all_windows(host, map, pooling, add_window, &expected);
	has_direction = scale_to_unit(expected.sums, dims, expected.unit);
	assert_done(rmac_descriptor(host, kernels, map, 3, whitening, pooling,
								descriptor, &found, &error),
				&error);
	assert_int_equal(found, has_direction);
	for (int k = 0; found && k < dims; k++)
		if (!(fabsl(descriptor[k] - expected.unit[k]) <= 2e-6))
			fail_msg("%s, %s: element %d is %.9g, expected %.9Lg",
					 map_kind_names[made->kind], test_pooling_name(pooling), k,
					 descriptor[k], expected.unit[k]);
	free(expected.sums);
	test_exact_free((uint8_t *) descriptor);
}

static void
descriptors_are_those_of_the_definition(void **state)
{
	static const Pooling poolings[] = {{POOL_SUM, 1},
									   {POOL_MAX, 1},
									   {POOL_GEM, 3}};
	static const int sizes[][3] = {{3, 1, 1}, {9, 3, 4}, {70, 5, 3}};
	Random random = {17};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (size_t p = 0; p < lengthof(poolings); p++)
			{
				int channels = sizes[s][0];
				float *rows =
					(float *) test_exact_copy(NULL, sizeof(float) * 5 *
														(channels + 1));
				Whitening whitening = {rows, 5, channels};
				TestMap made;

				if (!pooling_takes(&poolings[p], kind))
				{
					test_exact_free((uint8_t *) rows);
					continue;
				}
				for (int i = 0; i < 5 * (channels + 1); i++)
					rows[i] = (float) random_normal(&random);
				make_map(host, &made, &random, kind, channels, sizes[s][1],
						 sizes[s][2], 8);
				check_descriptor(host, &made, NULL, &poolings[p]);
				check_descriptor(host, &made, &whitening, &poolings[p]);
				free_map(host, &made);
				test_exact_free((uint8_t *) rows);
			}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

static void
bad_whitenings_are_refused(void **state)
{
	float rows[8] = {1, 2, 3, 4, 1, 2, 3, NAN};
	Random random = {18};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	float descriptor[2];
	bool found;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_DENSE, 3, 2, 2, 8);
	assert_refused(rmac_descriptor(host, kernels, &made.map, 3,
								   &(Whitening){rows, 2, 2},
								   &(Pooling){POOL_MAX, 1}, descriptor, &found,
								   &error),
				   &error, ERROR_CHANNELS);
	assert_refused(rmac_descriptor(host, kernels, &made.map, 3,
								   &(Whitening){rows, 2, 3},
								   &(Pooling){POOL_MAX, 1}, descriptor, &found,
								   &error),
				   &error, ERROR_NOT_FINITE);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_those_of_the_definition),
		cmocka_unit_test(levels_are_checked),
		cmocka_unit_test(descriptors_are_those_of_the_definition),
		cmocka_unit_test(bad_whitenings_are_refused),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
