/*
 * map_whitening_test.c
 *		Maps whose cells are whitened, against the definition.
 */
#include "core/map/map_whitening.h"

#include <math.h>

#include "core/map/map_values.h"
#include "lib/test_maps.h"

enum
{
	CHANNELS = 21,
	CELLS = 6 * 7,
	DIMS = 5
};

static void
fill_rows(Random *random, float *rows)
{
	fill_values(random, MAP_SIGNED, rows, DIMS, 1, CHANNELS + 1);
}

/* W (x - |x| mean) of one cell; the last column of a row is -W mean. */
static double
defined_value(const float *values, const float *rows, int k, int cell)
{
	const float *row = rows + k * (CHANNELS + 1);
	long double sum = 0, square = 0;

	for (int c = 0; c < CHANNELS; c++)
	{
		long double x = values[c * CELLS + cell];

		sum += x * row[c];
		square += x * x;
	}
	return (double) (sum + sqrtl(square) * row[CHANNELS]);
}

static void
check_map(const Host *host, const FeatureMap *map, const float *rows)
{
	float *values = host_new(host, float, CHANNELS *CELLS);
	float *whitened = host_new(host, float, DIMS *CELLS);
	CoreError error;

	assert_done(region_values(host, map, values, &error), &error);
	assert_done(map_whiten(host, map, &(Whitening){rows, DIMS, CHANNELS},
						   whitened, &error),
				&error);
	for (int k = 0; k < DIMS; k++)
		for (int cell = 0; cell < CELLS; cell++)
		{
			double expected = defined_value(values, rows, k, cell);

			assert_true(fabs(whitened[k * CELLS + cell] - expected) <=
						1e-5 * (1 + fabs(expected)));
		}
	host_free(host, whitened);
	host_free(host, values);
}

static void
cells_are_whitened(void **state)
{
	static const MapKind kinds[] = {MAP_ZERO, MAP_DENSE, MAP_SPARSE,
									MAP_SIGNED, MAP_COUNTS};
	Random random = {97};

	(void) state;
	for (size_t i = 0; i < lengthof(kinds); i++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestHost test;
			const Host *host = test_host_start(&test);
			TestMap made;
			float rows[DIMS * (CHANNELS + 1)];

			make_map(host, &made, &random, kinds[i], CHANNELS, 6, 7, bits);
			fill_rows(&random, rows);
			check_map(host, &made.map, rows);
			free_map(host, &made);
			assert_int_equal(test.live_blocks, 0);
			assert_true(test.interrupts > 0);
			test_host_end(&test);
		}
}

static void
other_channels_and_damage_are_refused(void **state)
{
	Random random = {98};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	FeatureMap cut;
	float rows[DIMS * (CHANNELS + 1)], whitened[DIMS * CELLS];
	CoreError error;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, CHANNELS, 6, 7, 8);
	fill_rows(&random, rows);
	assert_refused(map_whiten(host, &made.map,
							  &(Whitening){rows, DIMS, CHANNELS - 1}, whitened,
							  &error),
				   &error, ERROR_CHANNELS);
	cut = made.map;
	cut.coded_size -= 1;
	assert_refused(map_whiten(host, &cut, &(Whitening){rows, DIMS, CHANNELS},
							  whitened, &error),
				   &error, ERROR_FORMAT);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_whitened),
		cmocka_unit_test(other_channels_and_damage_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
