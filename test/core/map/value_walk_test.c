/*
 * value_walk_test.c
 *		The walk over a map's values: the same ones each time, exact, however
 *		few are kept.
 */
#include "core/map/value_walk.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"

/* Walks once over the whole map and compares each value with its code. */
static void
check_walk(ValueWalk *walk, const Host *host)
{
	const FeatureMap *map = walk->map;
	CodeWalk codes;
	CoreError error;

	value_walk_rewind(walk);
	code_walk_start(&codes, host, map);
	for (size_t i = 0; i < cell_count(map); i++)
	{
		assert_done(code_walk_next(&codes, &error), &error);
		assert_done(value_walk_next(walk, &error), &error);
		assert_int_in_range(walk->count, codes.count,
							codes.count * (map->bits > 16 ? 2 : 1));
		for (int n = 0, rest = codes.count; n < codes.count; n++)
		{
			double value =
				codes.code[n] * channel_scale(map, codes.channel[n]);
			double walked = walk->value[n];

			assert_int_equal(walk->channel[n], codes.channel[n]);
			if (rest < walk->count && walk->channel[rest] == walk->channel[n])
				walked += walk->value[rest++];
			assert_true(walked * walk->unit == value);
			assert_true(fabsf(walk->value[n]) <= 1);
			if (n == codes.count - 1)
				assert_int_equal(rest, walk->count);
		}
	}
	code_walk_end(&codes);
}

static void
check_two_walks(const Host *host, const FeatureMap *map, bool all_kept)
{
	ValueWalk walk;

	value_walk_start(&walk, host, map);
	for (int i = 0; i < 2; i++)
		check_walk(&walk, host);
	assert_int_equal(walk.kept_cells == cell_count(map), all_kept);
	value_walk_end(&walk);
}

static void
walks_give_exact_values(void **state)
{
	Random random = {81};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestHost test;
			const Host *host = test_host_start(&test);
			TestMap made;

			make_map(host, &made, &random, kind, 70, 6, 7, bits);
			check_two_walks(host, &made.map, true);
			free_map(host, &made);
			assert_int_equal(test.live_blocks, 0);
			test_host_end(&test);
		}
}

/* What is not kept is decoded again, and the same. */
static void
walks_of_large_maps_keep_a_part(void **state)
{
	Random random = {82};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;

	(void) state;
	for (int bits = 8; bits <= 24; bits += 16)
	{
		make_map(host, &made, &random, MAP_DENSE, 40, 230, 240, bits);
		assert_true(cell_count(&made.map) * made.map.channels >
					VALUE_WALK_KEPT);
		check_two_walks(host, &made.map, false);
		free_map(host, &made);
	}
	test_host_end(&test);
}

/*
 * Values of the floats' whole range: exact, or zero where they vanish beside
 * the others.
 */
static void
values_too_small_for_the_unit_are_zero(void **state)
{
	static const float magnitudes[] = {3.4e38f, 1e20f,  1e9f,
									   1e7f,    1e-10f, 1e-37f};
	TestHost test;
	const Host *host = test_host_start(&test);
	float *values = host_new(host, float, lengthof(magnitudes));
	CoreError error;
	CodeWalk codes;
	ValueWalk walk;
	TestMap made;

	(void) state;
	memcpy(values, magnitudes, sizeof(magnitudes));
	make_map_of_values(host, &made, values, lengthof(magnitudes), 1, 1, 8);
	code_walk_start(&codes, host, &made.map);
	value_walk_start(&walk, host, &made.map);
	assert_done(code_walk_next(&codes, &error), &error);
	assert_done(value_walk_next(&walk, &error), &error);
	assert_int_equal(walk.count, lengthof(magnitudes));
	for (int n = 0; n < walk.count; n++)
	{
		double value = codes.code[n] * channel_scale(&made.map, n);

		assert_true(walk.value[n] * walk.unit ==
					(magnitudes[n] > 1e8f ? value : 0));
	}
	value_walk_end(&walk);
	code_walk_end(&codes);
	test_host_end(&test);
}

static bool
walk_to_the_end(ValueWalk *walk, CoreError *error)
{
	bool done = true;

	value_walk_rewind(walk);
	for (size_t i = 0; done && i < cell_count(walk->map); i++)
		done = value_walk_next(walk, error);
	return done;
}

static void
damaged_maps_end_the_walk(void **state)
{
	Random random = {83};
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	ValueWalk walk;
	TestMap made;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 40, 3, 3, 8);
	/* a bit more in the first bitmap moves all that follows */
	for (int byte = 0; byte < 5; byte++)
		((uint8_t *) made.map.cells)[byte] = 0xff;
	value_walk_start(&walk, host, &made.map);
	for (int i = 0; i < 2; i++)
		assert_refused(walk_to_the_end(&walk, &error), &error, ERROR_FORMAT);
	value_walk_end(&walk);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_give_exact_values),
		cmocka_unit_test(walks_of_large_maps_keep_a_part),
		cmocka_unit_test(values_too_small_for_the_unit_are_zero),
		cmocka_unit_test(damaged_maps_end_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
