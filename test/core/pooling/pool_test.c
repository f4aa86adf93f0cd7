/*
 * pool_test.c
 *		Pooled vectors of windows against the definition in pool.h.
 */
#include "core/pooling/pool.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

/*
 * Greatest relative error of gem, which takes powers and roots in double
 * precision.
 */
#define GEM_TOLERANCE 1e-12

static const Pooling poolings[] = {
	{POOL_SUM, 1},   {POOL_MAX, 1},   {POOL_GEM, 1},
	{POOL_GEM, 1.5}, {POOL_GEM, 3},   {POOL_GEM, 10},
	{POOL_GEM, 30},  {POOL_GEM, 100}, {POOL_GEM, 400},
};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map, ready to be pooled. */
typedef struct Pooled
{
	const Host *host;
	const FeatureMap *map;
	Codes codes;
	Pooler pooler;
	double *vector; /* [stride] */
} Pooled;

static void
pooled_start(const Host *host, Pooled *pooled, const FeatureMap *map,
			 const Pooling *pooling)
{
	*pooled = (Pooled){.host = host, .map = map};
	open_pooled(host, map, kernels, pooling, &pooled->codes, &pooled->pooler);
	pooled->vector =
		(double *) test_exact_copy(NULL,
								   sizeof(double) * pooled->codes.stride);
}

static void
pooled_end(Pooled *pooled)
{
	test_exact_free((uint8_t *) pooled->vector);
	pooler_release(pooled->host, &pooled->pooler);
	codes_release(pooled->host, &pooled->codes);
}

static void
check_window(void *context, const Window *window, const long double *expected)
{
	Pooled *pooled = context;
	const Pooling *pooling = &pooled->pooler.pooling;

	memset(pooled->vector, 0xff, sizeof(double) * pooled->codes.stride);
	pool_window(pooled->host, &pooled->pooler, &pooled->codes, window,
				pooled->vector);
	for (int c = 0; c < pooled->map->channels; c++)
	{
		long double code =
			expected[c] == 0 ? 0 : expected[c] / channel_scale(pooled->map, c);
		double tolerance =
			pooling->kind == POOL_GEM ? GEM_TOLERANCE * (double) code : 0;

		if (!(fabsl(pooled->vector[c] - code) <= tolerance))
			fail_msg(
				"%s: %s %g of (%d, %d, %d, %d), channel %d, is %.17g, expected %.17Lg",
				kernels->name, test_pooling_name(pooling), pooling->exponent,
				window->y1, window->x1, window->y2, window->x2, c,
				pooled->vector[c], code);
	}
	for (int c = pooled->map->channels; c < pooled->codes.stride; c++)
		assert_true(pooled->vector[c] == 0);
}

static void
check_all_windows(const Host *host, const FeatureMap *map,
				  const Pooling *pooling)
{
	Pooled pooled;

	pooled_start(host, &pooled, map, pooling);
	pool_all_windows(host, map, pooling, check_window, &pooled);
	pooled_end(&pooled);
}

/* All poolings that the kind of map allows. */
static void
check_poolings(const Host *host, const TestMap *made, Random *random)
{
	(void) random;
	for (size_t p = 0; p < lengthof(poolings); p++)
		if (pooling_takes(&poolings[p], made->kind))
			check_all_windows(host, &made->map, &poolings[p]);
}

static void
windows_are_pooled_by_the_definition(void **state)
{
	static const int sizes[][3] = {{3, 1, 1},
								   {70, 3, 4},
								   {1, 7, 6},
								   {66, 2, 2}};
	Random random = {91};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	check_all_maps(host, &random, sizes, lengthof(sizes), check_poolings);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/*
 * A window of more cells than a kernel is given at once, and one where most
 * codes are small.
 */
static void
large_windows_are_pooled_by_the_definition(void **state)
{
	static const MapKind kinds[] = {MAP_SPARSE, MAP_SMOOTH, MAP_SIGNED};
	Random random = {92};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t k = 0; k < lengthof(kinds); k++)
		for (int bits = 8; bits <= 24; bits += 8)
			for (size_t p = 0; p < lengthof(poolings); p++)
			{
				TestMap made;

				make_map(host, &made, &random, kinds[k], 2, 1, 50, bits);
				if (pooling_takes(&poolings[p], kinds[k]))
					check_all_windows(host, &made.map, &poolings[p]);
				free_map(host, &made);
			}
	test_host_end(&test);
}

/*
 * A map of two channels, 3 x 2 cells, with steps of 1: its greatest magnitude
 * is the greatest code.  Cell (2, 1) of channel 1 is given.
 */
static void
make_unit_map(const Host *host, TestMap *made, int bits, bool is_signed,
			  float given)
{
	float greatest = (float) max_code(bits, is_signed);
	const float values[] = {greatest, 1, 0, 2, 3, 0,
							greatest, 4, 0, 0, 5, given};
	float *copy = host_new(host, float, lengthof(values));

	memcpy(copy, values, sizeof(values));
	make_map_of_values(host, made, copy, 2, 3, 2, bits);
	assert_true(channel_scale(&made->map, 1) == 1);
}

/* Exponents that a pooling refuses, and that it takes. */
static void
exponents_are_checked(void **state)
{
	static const double bad[] = {0.5, 0.999999, 0,        -1,
								 -3,  NAN,      INFINITY, -INFINITY};
	static const double good[] = {1, 1.000001, 3, 1e6, 1e300};
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(bad); i++)
		assert_refused(pooling_check(&(Pooling){POOL_GEM, bad[i]}, &error),
					   &error, ERROR_INVALID_PARAMETER);
	assert_refused(pooling_check(&(Pooling){POOL_GEM, 0.25}, &error), &error,
				   ERROR_INVALID_PARAMETER);
	assert_non_null(strstr(error.message, "0.25"));
	for (size_t i = 0; i < lengthof(good); i++)
		assert_done(pooling_check(&(Pooling){POOL_GEM, good[i]}, &error),
					&error);
	/* the others have none */
	assert_done(pooling_check(&(Pooling){POOL_SUM, NAN}, &error), &error);
	assert_done(pooling_check(&(Pooling){POOL_MAX, 0}, &error), &error);
}

static void
gem_refuses_negative_values(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		TestMap made;
		Codes codes = {0};
		Pooler pooler = {0};
		CoreError error;

		make_unit_map(host, &made, bits, true, -64);
		assert_done(codes_unpack(host, &codes, &made.map, kernels, &error),
					&error);
		assert_refused(pooler_prepare(host, &pooler, &(Pooling){POOL_GEM, 3},
									  &codes, &error),
					   &error, ERROR_INVALID_PARAMETER);
		assert_non_null(strstr(error.message, "gem"));
		assert_non_null(strstr(error.message, "-64 in channel 1 at (2, 1)"));
		/* the others take them */
		check_all_windows(host, &made.map, &(Pooling){POOL_MAX, 1});
		check_all_windows(host, &made.map, &(Pooling){POOL_SUM, 1});
		pooler_release(host, &pooler);
		codes_release(host, &codes);
		free_map(host, &made);
	}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* A sparse cell whose bitmap has a bit beyond the last channel. */
static void
gem_refuses_negative_values_of_no_channel(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		/* in the last cell, one value in the last of the channels */
		float *values = host_new(host, float, 12 * 2);
		TestMap made;
		Codes codes = {0};
		Pooler pooler = {0};
		PackedCell cell;
		CellReader reader;
		uint8_t *bitmap;
		CoreError error;

		memset(values, 0, sizeof(float) * 12 * 2);
		values[11 * 2 + 1] = -1;
		make_map_of_values(host, &made, values, 12, 1, 2, bits);
		cell_reader_start(&reader, &made.map);
		for (int i = 0; i < 2; i++)
			assert_done(cell_reader_next(&reader, &cell, &error), &error);
		assert_non_null(cell.bitmap);
		bitmap = made.stored + (cell.bitmap - made.stored);
		bitmap[1] = 1 << 6;
		assert_done(codes_unpack(host, &codes, &made.map, kernels, &error),
					&error);
		assert_true(unpacked_code(&codes, codes.stride + 14) < 0);
		assert_refused(pooler_prepare(host, &pooler, &(Pooling){POOL_GEM, 3},
									  &codes, &error),
					   &error, ERROR_INVALID_PARAMETER);
		assert_non_null(strstr(error.message, "in channel 14 at (0, 1)"));
		pooler_release(host, &pooler);
		codes_release(host, &codes);
		free_map(host, &made);
	}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* A map is signed for a negative value that is stored as zero. */
static void
gem_takes_signed_maps_without_negative_values(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
		for (size_t p = 0; p < lengthof(poolings); p++)
		{
			TestMap made;

			make_unit_map(host, &made, bits, true, -0.001f);
			assert_true(made.map.is_signed);
			check_all_windows(host, &made.map, &poolings[p]);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/*
 * Unpacks a map of these bits, and prepares the pooler for gem; returns the
 * pooled value of two cells.
 */
static double
pool_with(const Host *host, Pooler *pooler, int bits, double exponent)
{
	double pooled[KERNEL_LANES];
	Codes codes = {0};
	TestMap made;

	make_unit_map(host, &made, bits, false, 0);
	open_pooled(host, &made.map, kernels, &(Pooling){POOL_GEM, exponent},
				&codes, pooler);
	pool_window(host, pooler, &codes, &(Window){1, 0, 3, 1}, pooled);
	codes_release(host, &codes);
	free_map(host, &made);
	return pooled[0];
}

/*
 * Kept from map to map, and filled again for another exponent or another
 * number of bits.
 */
static void
powers_are_kept_while_they_are_right(void **state)
{
	static const struct
	{
		int bits;
		double exponent;
	} series[] = {{8, 3}, {8, 5},  {16, 5},  {24, 5}, {16, 3},
				  {8, 3}, {24, 3}, {8, 400}, {24, 3}, {24, 50},
				  {8, 2}, {16, 2}, {24, 2},  {8, 2}};
	TestHost test;
	const Host *host = test_host_start(&test);
	Pooler pooler = {0};
	double mark;

	(void) state;
	for (size_t i = 0; i < lengthof(series); i++)
	{
		double exponent = series[i].exponent;
		/* of codes 0 and 3 */
		double pooled = pool_with(host, &pooler, series[i].bits, exponent);

		assert_true(fabs(pooled - 3) < 3 * GEM_TOLERANCE);
	}
	/* a table that was filled again would have lost the mark */
	mark = pooler.powers[3] = 2 * pooler.powers[3];
	assert_true(fabs(pool_with(host, &pooler, 8, 2) - 3 * sqrt(2)) <
				3 * GEM_TOLERANCE);
	assert_true(pooler.powers[3] == mark);
	pool_with(host, &pooler, 8, 3);
	assert_true(fabs(pool_with(host, &pooler, 8, 2) - 3) < 3 * GEM_TOLERANCE);
	pooler_release(host, &pooler);
	assert_int_equal(test.live_blocks, 0);
	/* released, it can be used again */
	assert_true(fabs(pool_with(host, &pooler, 8, 2) - 3) < 3 * GEM_TOLERANCE);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_pooled_by_the_definition),
		cmocka_unit_test(large_windows_are_pooled_by_the_definition),
		cmocka_unit_test(exponents_are_checked),
		cmocka_unit_test(gem_refuses_negative_values),
		cmocka_unit_test(gem_refuses_negative_values_of_no_channel),
		cmocka_unit_test(gem_takes_signed_maps_without_negative_values),
		cmocka_unit_test(powers_are_kept_while_they_are_right),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
