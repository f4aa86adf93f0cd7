/*
 * map_parts_test.c
 *		Parts, mirror images and .npy files of maps hold the stored values, to
 *		the last bit.
 */
#include "core/map/map_parts.h"

#include "core/map/map_values.h"
#include "core/map/npy.h"
#include "core/map/npy_write.h"
#include "lib/test_maps.h"

/* The value of a cell of region_values' array. */
static float
value_at(const FeatureMap *map, const float *values, int c, int y, int x)
{
	return values[((size_t) c * map->height + y) * map->width + x];
}

static float *
values_of(const Host *host, const FeatureMap *map)
{
	float *values = host_new(host, float, cell_count(map) * map->channels);
	CoreError error;

	assert_done(region_values(host, map, values, &error), &error);
	return values;
}

/*
 * The part has the window's values, the scales and rounding error of the
 * whole, and is a valid map.
 */
static void
check_part(const Host *host, const FeatureMap *map, const Window *window,
		   bool mirrored)
{
	CoreError error;
	size_t size;
	uint8_t *block = mirrored ? map_mirror(host, map, 4, &size, &error)
							  : map_crop(host, map, window, 4, &size, &error);
	float *whole = values_of(host, map);
	float *part_values;
	FeatureMap part;

	assert_non_null(block);
	assert_done(feature_map_open(&part, block + 4, size, &error), &error);
	assert_done(feature_map_validate(host, &part, &error), &error);
	assert_int_equal(part.height, window->y2 - window->y1);
	assert_int_equal(part.width, window->x2 - window->x1);
	assert_int_equal(part.channels, map->channels);
	assert_int_equal(part.bits, map->bits);
	assert_int_equal(part.version, map->version);
	assert_int_equal(part.rounding_error_level, map->rounding_error_level);
	assert_memory_equal(part.scales, map->scales, scales_size(map->channels));
	part_values = values_of(host, &part);
	for (int c = 0; c < part.channels; c++)
		for (int y = 0; y < part.height; y++)
			for (int x = 0; x < part.width; x++)
			{
				int from = mirrored ? map->width - 1 - x : window->x1 + x;

				assert_true(value_at(&part, part_values, c, y, x) ==
							value_at(map, whole, c, window->y1 + y, from));
			}
	host_free(host, part_values);
	host_free(host, whole);
	host_free(host, block);
}

/* Of a map whose rounding error is not known, that of a part is not either. */
static void
check_part_of_version_1(const Host *host, const FeatureMap *map,
						const Window *window)
{
	FeatureMap old = *map;

	old.version = 1;
	old.rounding_error_level = 0;
	check_part(host, &old, window, false);
}

/* Twice mirrored, a map has its own bytes again, sketch and all. */
static void
check_mirrored_twice(const Host *host, const TestMap *made)
{
	CoreError error;
	size_t once_size, twice_size;
	uint8_t *once = map_mirror(host, &made->map, 0, &once_size, &error);
	uint8_t *twice;
	FeatureMap mirrored;

	assert_done(feature_map_open(&mirrored, once, once_size, &error), &error);
	twice = map_mirror(host, &mirrored, 0, &twice_size, &error);
	assert_int_equal(twice_size, made->size);
	assert_memory_equal(twice, made->stored, made->size);
	host_free(host, twice);
	host_free(host, once);
}

static void
parts_hold_the_stored_values(void **state)
{
	static const Window windows[] = {
		{0, 0, 6, 7}, {0, 0, 1, 1}, {5, 6, 6, 7}, {2, 3, 5, 7}, {1, 0, 2, 7},
	};
	Random random = {91};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestHost test;
			const Host *host = test_host_start(&test);
			TestMap made;

			make_map(host, &made, &random, kind, 21, 6, 7, bits);
			for (size_t i = 0; i < lengthof(windows); i++)
				check_part(host, &made.map, &windows[i], false);
			check_part(host, &made.map, &windows[0], true);
			if (bits <= 16)
				check_part_of_version_1(host, &made.map, &windows[3]);
			check_mirrored_twice(host, &made);
			free_map(host, &made);
			assert_int_equal(test.live_blocks, 0);
			assert_true(test.interrupts > 0);
			test_host_end(&test);
		}
}

static void
windows_outside_are_refused(void **state)
{
	static const Window windows[] = {
		{0, 0, 7, 7}, {-1, 0, 2, 2}, {2, 2, 2, 3}, {0, 3, 4, 2}, {0, 0, 6, 8},
	};
	Random random = {92};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	size_t size;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 3, 6, 7, 8);
	for (size_t i = 0; i < lengthof(windows); i++)
		assert_refused(map_crop(host, &made.map, &windows[i], 0, &size,
								&error) != NULL,
					   &error, ERROR_INVALID_PARAMETER);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* A map that ends inside a cell is reported, and nothing is lost. */
static void
damaged_maps_are_refused(void **state)
{
	Random random = {93};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	FeatureMap cut;
	size_t size;
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 40, 6, 7, 8);
	cut = made.map;
	cut.coded_size -= 1;
	assert_refused(map_mirror(host, &cut, 0, &size, &error) != NULL, &error,
				   ERROR_FORMAT);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* What is written is read again, by our own reader, to the same values. */
static void
files_hold_the_stored_values(void **state)
{
	Random random = {94};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		TestMap made;
		float *values, *again;
		uint8_t *file;
		NpyArray array;
		CoreError error;
		size_t count = 21 * 6 * 7;

		make_map(host, &made, &random, MAP_SIGNED, 21, 6, 7, bits);
		values = values_of(host, &made.map);
		assert_int_equal(npy_written_size(&made.map), 128 + 4 * count);
		file = test_exact_copy(NULL, npy_written_size(&made.map));
		assert_done(npy_write(host, &made.map, file, &error), &error);
		assert_done(npy_open(&array, file, npy_written_size(&made.map),
							 &error),
					&error);
		assert_int_equal(array.shape[0], 21);
		assert_int_equal(array.shape[1], 6);
		assert_int_equal(array.shape[2], 7);
		assert_int_equal(file[127], '\n');
		again = host_new(host, float, count);
		assert_done(npy_read_values(host, &array, NPY_CHANNELS_FIRST, again,
									&error),
					&error);
		assert_memory_equal(again, values, sizeof(float) * count);
		test_exact_free(file);
		host_free(host, again);
		host_free(host, values);
		free_map(host, &made);
	}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_hold_the_stored_values),
		cmocka_unit_test(windows_outside_are_refused),
		cmocka_unit_test(damaged_maps_are_refused),
		cmocka_unit_test(files_hold_the_stored_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
