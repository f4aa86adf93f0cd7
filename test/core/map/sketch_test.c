/*
 * sketch_test.c
 *		The norm sketch is a lower bound of every window's norm, and a tight
 *		one.
 *
 * Every window of many maps is compared with its norm, in long double from
 * exact sums of codes; the sketch's side of the comparison is computed in
 * float, as the search does.
 */
#include "core/map/sketch.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_sketch.h"
#include "core/window.h"

/* Sums of a map's codes and the decoded sketch, to compare windows of. */
typedef struct Comparison
{
	const FeatureMap *map;
	/* [channels][height + 1][width + 1]: integral image of the codes */
	int64_t *sums;
	DecodedSketch sketch;
	double unit;
} Comparison;

static double
greatest_scale(const FeatureMap *map)
{
	double greatest = 0;

	for (int c = 0; c < map->channels; c++)
		greatest = fmax(greatest, channel_scale(map, c));
	return greatest;
}

static void
start_comparison(Comparison *comparison, const FeatureMap *map, double unit)
{
	size_t stride = map->width + 1, plane = stride * (map->height + 1);
	int *channel = malloc(sizeof(int) * map->channels);
	int *code = malloc(sizeof(int) * map->channels);
	CellReader reader;
	PackedCell cell;
	CoreError error;

	comparison->map = map;
	comparison->unit = unit;
	comparison->sums = calloc(plane * map->channels, sizeof(int64_t));
	decode_sketch(&comparison->sketch, map, unit);
	cell_reader_start(&reader, map);
	for (int y = 1; y <= map->height; y++)
		for (int x = 1; x <= map->width; x++)
		{
			int count;

			assert_done(cell_reader_next(&reader, &cell, &error), &error);
			count = cell_nonzero_codes(map, &cell, channel, code);
			for (int n = 0; n < count; n++)
				comparison->sums[plane * channel[n] + stride * y + x] =
					code[n];
		}
	for (int c = 0; c < map->channels; c++)
		for (int y = 1; y <= map->height; y++)
			for (int x = 1; x <= map->width; x++)
			{
				int64_t *at = comparison->sums + plane * c + stride * y + x;

				*at += at[-1] + at[-(ptrdiff_t) stride] -
					   at[-(ptrdiff_t) stride - 1];
			}
	free(code);
	free(channel);
}

static void
end_comparison(Comparison *comparison)
{
	free_sketch(&comparison->sketch);
	free(comparison->sums);
}

/* Norm of the window's sum, in units. */
static long double
true_norm(const Comparison *comparison, const Window *window)
{
	const FeatureMap *map = comparison->map;
	size_t stride = map->width + 1, plane = stride * (map->height + 1);
	const int64_t *bottom = comparison->sums + stride * window->y2;
	const int64_t *top = comparison->sums + stride * window->y1;
	long double square = 0;

	for (int c = 0; c < map->channels; c++, bottom += plane, top += plane)
	{
		int64_t sum = bottom[window->x2] - bottom[window->x1] -
					  top[window->x2] + top[window->x1];
		long double value =
			sum * ((long double) channel_scale(map, c) / comparison->unit);

		square += value * value;
	}
	return sqrtl(square);
}

/*
 * Norm of the window's sum in the whole sketch: differences along rows, then
 * of them, in float.
 */
static long double
sketch_norm(const DecodedSketch *sketch, int map_width, const Window *window)
{
	size_t row_size = (size_t) (map_width + 1) * sketch->dims;
	const float *bottom = sketch->corners + row_size * window->y2;
	const float *top = sketch->corners + row_size * window->y1;
	int left = window->x1 * sketch->dims, right = window->x2 * sketch->dims;
	long double square = 0;

	for (int k = 0; k < sketch->dims; k++)
	{
		float below = bottom[right + k] - bottom[left + k];
		float above = top[right + k] - top[left + k];
		float sum = below - above;

		square += (long double) sum * sum;
	}
	return sqrtl(square);
}

/* The same in the leading dimensions: differences of rows, then of columns. */
static long double
leading_norm(const DecodedSketch *sketch, const Window *window)
{
	size_t row_size = (size_t) LEADING_DIMS * sketch->row_stride;
	const float *bottom = sketch->leading + row_size * window->y2;
	const float *top = sketch->leading + row_size * window->y1;
	long double square = 0;

	for (int k = 0; k < LEADING_DIMS; k++)
	{
		float right = bottom[window->x2] - top[window->x2];
		float left = bottom[window->x1] - top[window->x1];
		float sum = right - left;

		square += (long double) sum * sum;
		bottom += sketch->row_stride;
		top += sketch->row_stride;
	}
	return sqrtl(square);
}

/* What a map's windows say about its sketch. */
typedef struct Verdict
{
	long windows;
	long above; /* windows whose bound exceeds the norm, */
	/* or whose bound in the leading dimensions alone does */
	long leading_above;
	/*
	 * least sketch norm + error - norm, in errors: where the basis spans all
	 */
	double least_whole;
	float *tightness; /* bound / norm, [windows], unless NULL */
} Verdict;

static void
compare_window(const Comparison *comparison, const Window *window,
			   Verdict *verdict)
{
	long double norm = true_norm(comparison, window);
	long double sketch =
		sketch_norm(&comparison->sketch, comparison->map->width, window);
	long double leading = leading_norm(&comparison->sketch, window);
	double error = comparison->sketch.error;
	long double bound = sketch - error;

	/* long double itself rounds */
	if (bound > norm * (1 + 0x1p-50L))
		verdict->above++;
	if (leading - error > norm * (1 + 0x1p-50L))
		verdict->leading_above++;
	verdict->least_whole =
		fmin(verdict->least_whole, (double) ((sketch + error - norm) / error));
	if (verdict->tightness != NULL && norm > 0)
		verdict->tightness[verdict->windows] =
			(float) (bound > 0 ? bound / norm : 0);
	verdict->windows++;
}

static void
compare_every_window(const Comparison *comparison, Verdict *verdict)
{
	const FeatureMap *map = comparison->map;

	for (int y1 = 0; y1 < map->height; y1++)
		for (int y2 = y1 + 1; y2 <= map->height; y2++)
			for (int x1 = 0; x1 < map->width; x1++)
				for (int x2 = x1 + 1; x2 <= map->width; x2++)
					compare_window(comparison, &(Window){y1, x1, y2, x2},
								   verdict);
}

/*
 * The leading dimensions are those of the corners, zero beyond them and beyond
 * the last column.
 */
static void
check_leading(const Comparison *comparison)
{
	const DecodedSketch *sketch = &comparison->sketch;
	const FeatureMap *map = comparison->map;

	for (int y = 0; y <= map->height; y++)
		for (int x = 0; x < sketch->row_stride; x++)
			for (int k = 0; k < LEADING_DIMS; k++)
			{
				size_t corner = (size_t) y * (map->width + 1) + x;
				float expected =
					x > map->width
						? 0
						: sketch->corners[corner * sketch->dims + k];
				size_t row = (size_t) y * LEADING_DIMS + k;

				if (x == 0 || y == 0 || k >= map->sketch_dims)
					assert_true(expected == 0);
				assert_true(sketch->leading[row * sketch->row_stride + x] ==
							expected);
			}
}

/*
 * Compares every window of the map; fails where the sketch is not a lower
 * bound.
 */
static Verdict
check_map(const TestMap *made, double unit, float *tightness)
{
	Verdict verdict = {.least_whole = INFINITY, .tightness = tightness};
	Comparison comparison;

	start_comparison(&comparison, &made->map, unit);
	assert_true(isfinite(comparison.sketch.error) &&
				comparison.sketch.error >= 0);
	compare_every_window(&comparison, &verdict);
	check_leading(&comparison);
	end_comparison(&comparison);
	if (verdict.above > 0 || verdict.leading_above > 0)
		fail_msg(
			"%s, %d x %d x %d, %d bits: the bound of %ld of %ld windows is above the norm, "
			"that of %ld in the leading dimensions",
			map_kind_names[made->kind], made->map.channels, made->map.height,
			made->map.width, made->map.bits, verdict.above, verdict.windows,
			verdict.leading_above);
	return verdict;
}

static void
check_kind(Random *random, MapKind kind, int channels, int height, int width)
{
	for (int bits = 8; bits <= 24; bits += 8)
	{
		TestHost test;
		const Host *host = test_host_start(&test);
		TestMap made;

		make_map(host, &made, random, kind, channels, height, width, bits);
		/*
		 * a map of zeros has no sketch; neither has a channel whose patterns
		 * cancel
		 */
		if ((made.map.sketch_dims > 0) != (greatest_scale(&made.map) > 0) &&
			kind != MAP_BALANCED)
			fail_msg("%s, %d x %d x %d, %d bits: sketch of %d dimensions",
					 map_kind_names[kind], channels, height, width, bits,
					 made.map.sketch_dims);
		if (greatest_scale(&made.map) > 0)
			check_map(&made, greatest_scale(&made.map), NULL);
		free_map(host, &made);
		assert_int_equal(test.live_blocks, 0);
		test_host_end(&test);
	}
}

static void
bounds_hold_on_maps_of_every_kind(void **state)
{
	Random random = {51};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
	{
		check_kind(&random, kind, 40, 13, 11);
		check_kind(&random, kind, 130, 7, 9);
		check_kind(&random, kind, 5, 10, 14);
	}
}

static void
bounds_hold_on_narrow_maps(void **state)
{
	static const int sizes[][3] = {{30, 1, 90}, {30, 90, 1}, {1, 12, 13},
								   {1, 1, 300}, {1, 300, 1}, {3, 2, 40},
								   {70, 1, 1},  {1, 1, 1},   {2, 2, 2}};
	Random random = {52};

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			check_kind(&random, kind, sizes[s][0], sizes[s][1], sizes[s][2]);
}

/*
 * More rows than the grid on which the basis is sought; the longest integral
 * images.
 */
static void
bounds_hold_on_long_maps(void **state)
{
	Random random = {53};

	(void) state;
	check_kind(&random, MAP_DENSE, 4, 2, 700);
	check_kind(&random, MAP_SIGNED, 4, 700, 2);
	check_kind(&random, MAP_CONSTANT, 1, 1, 1500);
	check_kind(&random, MAP_RANGES, 12, 130, 3);
}

/* Sums over millions of cells, at the ends and in between. */
static void
bounds_hold_on_a_large_map(void **state)
{
	static const MapKind kinds[] = {MAP_CONSTANT, MAP_SIGNED, MAP_DENSE};
	Random random = {54};
	enum
	{
		SIDE = 500
	};

	(void) state;
	for (size_t i = 0; i < lengthof(kinds); i++)
	{
		Verdict verdict = {.least_whole = INFINITY};
		TestHost test;
		const Host *host = test_host_start(&test);
		Comparison comparison;
		TestMap made;

		make_map(host, &made, &random, kinds[i], 3, SIDE, SIDE, 16);
		start_comparison(&comparison, &made.map, greatest_scale(&made.map));
		for (int n = 0; n < 100000; n++)
		{
			int y1 = random_int(&random, 0, SIDE - 1),
				x1 = random_int(&random, 0, SIDE - 1);
			int most_y = n % 2 == 0 || y1 + 3 > SIDE ? SIDE : y1 + 3;
			int most_x = n % 3 == 0 || x1 + 3 > SIDE ? SIDE : x1 + 3;
			Window window = {y1, x1, random_int(&random, y1 + 1, most_y),
							 random_int(&random, x1 + 1, most_x)};

			compare_window(&comparison, &window, &verdict);
		}
		assert_int_equal(verdict.above, 0);
		assert_int_equal(verdict.leading_above, 0);
		assert_true(verdict.least_whole >= 0);
		end_comparison(&comparison);
		free_map(host, &made);
		test_host_end(&test);
	}
}

/*
 * With as many dimensions as the channels have, the basis spans them all: the
 * norm of the projection is the norm, and so the sketch is within its error of
 * it from both sides.
 */
static void
sketches_of_few_channels_are_within_their_error(void **state)
{
	static const MapKind kinds[] = {MAP_DENSE,  MAP_SPARSE, MAP_SMOOTH,
									MAP_SIGNED, MAP_COUNTS, MAP_BALANCED};
	Random random = {55};

	(void) state;
	for (size_t i = 0; i < lengthof(kinds); i++)
		for (int channels = 1; channels <= FEATMAP_MAX_SKETCH_DIMS;
			 channels += 9)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				TestHost test;
				const Host *host = test_host_start(&test);
				Verdict verdict;
				TestMap made;
				int alive = 0;

				make_map(host, &made, &random, kinds[i], channels, 10, 12,
						 bits);
				for (int c = 0; c < channels; c++)
					alive += channel_scale(&made.map, c) > 0;
				assert_int_in_range(made.map.sketch_dims, 1, alive);
				verdict = check_map(&made, greatest_scale(&made.map), NULL);
				if (verdict.least_whole < 0)
					fail_msg(
						"%s, %d channels: a sum is %g errors away from the true one",
						map_kind_names[kinds[i]], channels,
						1 - verdict.least_whole);
				free_map(host, &made);
				test_host_end(&test);
			}
}

/* Units only scale: bounds hold in any. */
static void
bounds_hold_in_any_unit(void **state)
{
	static const double factors[] = {1e-6, 0.37, 1, 1e6};
	Random random = {56};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 40, 8, 9, 8);
	for (size_t i = 0; i < lengthof(factors); i++)
		check_map(&made, greatest_scale(&made.map) * factors[i], NULL);
	test_host_end(&test);
}

/*
 * Maps of tiny and of huge values have bounds, too, if no sketch where floats
 * end.
 */
static void
bounds_hold_at_every_magnitude(void **state)
{
	static const double magnitudes[] = {1e-34, 1e-31, 1e-20, 1e10,
										1e30,  1e35,  3e38};
	Random random = {57};

	(void) state;
	for (size_t i = 0; i < lengthof(magnitudes); i++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestHost test;
			const Host *host = test_host_start(&test);
			float *values = host_new(host, float, 20 * 7 * 8);
			TestMap made = {.kind = MAP_SIGNED};

			for (int n = 0; n < 20 * 7 * 8; n++)
				values[n] = (float) (magnitudes[i] *
									 (2 * random_fraction(&random) - 1));
			make_map_of_values(host, &made, values, 20, 7, 8, bits);
			check_map(&made, greatest_scale(&made.map), NULL);
			if (magnitudes[i] > 1e-25 && magnitudes[i] < 1e34)
				assert_true(made.map.sketch_dims > 0);
			test_host_end(&test);
		}
}

static int
compare_floats(const void *a, const void *b)
{
	float left = *(const float *) a, right = *(const float *) b;

	return (left > right) - (left < right);
}

/* Part of the norm that the bound of the middle window reaches. */
static double
median_tightness(MapKind kind, int channels, int height, int width,
				 uint64_t seed)
{
	size_t windows =
		(size_t) height * (height + 1) / 2 * width * (width + 1) / 2;
	float *tightness = calloc(windows, sizeof(float));
	Random random = {seed};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	double median;

	make_map(host, &made, &random, kind, channels, height, width, 8);
	check_map(&made, greatest_scale(&made.map), tightness);
	qsort(tightness, windows, sizeof(float), compare_floats);
	median = tightness[windows / 2];
	free(tightness);
	test_host_end(&test);
	return median;
}

static void
bounds_of_smooth_maps_are_tight(void **state)
{
	(void) state;
	for (uint64_t seed = 60; seed < 63; seed++)
	{
		double median = median_tightness(MAP_SMOOTH, 128, 14, 17, seed);

		if (!(median > 0.98))
			fail_msg("half of the bounds are below %g of the norm", median);
	}
	assert_true(median_tightness(MAP_CONSTANT, 64, 9, 9, 63) > 0.99);
}

/*
 * A sketch is part of the stored value: the same map has the same one each
 * time.
 */
static void
sketches_are_reproducible(void **state)
{
	TestMap made[2];
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int i = 0; i < 2; i++)
	{
		Random random = {64};

		make_map(host, &made[i], &random, MAP_SPARSE, 70, 9, 10, 8);
	}
	assert_int_equal(made[0].size, made[1].size);
	assert_memory_equal(made[0].stored, made[1].stored, made[0].size);
	assert_true(made[0].size <= feature_map_size_without_sketch(&made[0].map) +
									sketch_most_bytes(70, 90));
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_hold_on_maps_of_every_kind),
		cmocka_unit_test(bounds_hold_on_narrow_maps),
		cmocka_unit_test(bounds_hold_on_long_maps),
		cmocka_unit_test(bounds_hold_on_a_large_map),
		cmocka_unit_test(sketches_of_few_channels_are_within_their_error),
		cmocka_unit_test(bounds_hold_in_any_unit),
		cmocka_unit_test(bounds_hold_at_every_magnitude),
		cmocka_unit_test(bounds_of_smooth_maps_are_tight),
		cmocka_unit_test(sketches_are_reproducible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
