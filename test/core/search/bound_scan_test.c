/*
 * bound_scan_test.c
 *		The bounds of scores are true bounds: over every window, what the scan
 *		hands over is bounded from above, and what it keeps to itself could not
 *		have won.
 */
#include "core/search/bound_scan.h"

#include <math.h>

#include "lib/core_test.h"
#include "core/kernels/kernels_isa.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"

static const WindowConstraints any_window = {true,      0, 0.2,      1,
											 INT32_MAX, 1, INT32_MAX};

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/*
 * A map and a query, ready to be scanned, and the exact scores of all windows.
 */
typedef struct Scanned
{
	const Host *host;
	TestMap made;
	float *query;
	Codes codes;
	Scorer scorer;
	Products products;
	BoundScan scan;
	double *scores; /* by window_number; below -1 where there is none */
	double *bounds; /* of what was handed over; below -1 else */
	int windows;
	double raise_to; /* threshold that the sink returns */
} Scanned;

/* A number for each window: (y1, x1, y2, x2) as digits. */
static int
window_number(const Scanned *scanned, const Window *window)
{
	int rows = scanned->made.map.height + 1,
		columns = scanned->made.map.width + 1;

	return ((window->y1 * columns + window->x1) * rows + window->y2) *
			   columns +
		   window->x2;
}

/*
 * Score in long double, from whole codes; the scorer's own has a test of its
 * own.
 */
static double
score_of(Scanned *scanned, const Window *window)
{
	const Codes *codes = &scanned->codes;
	long double numerator = 0, square = 0;

	codes_sum_window(scanned->host, &scanned->codes, window,
					 scanned->scorer.pooled);
	for (int c = 0; c < codes->map->channels; c++)
	{
		long double sum = (long double) scanned->scorer.pooled[c] *
						  scanned->scorer.scales[c];

		numerator += sum * scanned->scorer.unit[c];
		square += sum * sum;
	}
	return square == 0 ? -2 : (double) (numerator / sqrtl(square));
}

static void
start_scanned(Scanned *scanned)
{
	const FeatureMap *map = &scanned->made.map;
	int rows = map->height + 1, columns = map->width + 1;
	CoreError error;

	assert_done(codes_unpack(scanned->host, &scanned->codes, map, kernels,
							 &error),
				&error);
	open_scorer(scanned->host, &scanned->codes, scanned->query,
				&scanned->scorer);
	products_fill(scanned->host, &scanned->products, &scanned->codes,
				  &scanned->scorer);
	bound_scan_open(scanned->host, &scanned->scan, &scanned->codes,
					&scanned->scorer);
	bound_scan_set_query(scanned->host, &scanned->scan, &scanned->products);
	scanned->windows = rows * columns * rows * columns;
	scanned->scores = host_new(scanned->host, double, scanned->windows);
	scanned->bounds = host_new(scanned->host, double, scanned->windows);
	for (int i = 0; i < scanned->windows; i++)
	{
		Window window = {i / columns / rows / columns,
						 i / columns / rows % columns, i / columns % rows,
						 i % columns};

		scanned->scores[i] = window.y1 < window.y2 && window.x1 < window.x2
								 ? score_of(scanned, &window)
								 : -2;
	}
}

/* Runs the scan under constraints. */
static void
run_scan(Scanned *scanned, const WindowConstraints *constraints, int step,
		 double threshold, CandidateSink sink, void *context)
{
	const FeatureMap *map = &scanned->made.map;
	SetConstraints sizes = {0};

	set_constraints_fill(scanned->host, &sizes, constraints, map->height,
						 map->width);
	bound_scan_run(scanned->host, &scanned->scan, &sizes, step, threshold,
				   sink, context);
}

/* Whether a window may reach a threshold, by its norm in single precision. */
static bool
may_reach(Scanned *scanned, const Candidate *candidate, double threshold)
{
	/* sums of so many windows would come from an integral image */
	scanned->codes.cells_summed = 0;
	scanned->codes.has_integral = false;
	return bound_scan_may_reach(scanned->host, &scanned->scan, &scanned->codes,
								candidate, threshold);
}

static double
note_candidate(void *context, const Candidate *candidate)
{
	Scanned *scanned = context;
	int number = window_number(scanned, &candidate->window);

	assert_true(scanned->bounds[number] < -1); /* each window once */
	assert_true(may_reach(scanned, candidate, scanned->scores[number]));
	scanned->bounds[number] = candidate->bound;
	return scanned->raise_to;
}

/*
 * Scans with a threshold, which the sink raises at its first call to raise_to.
 * Returns how many windows were handed over.
 */
static int
check_scan(Scanned *scanned, double threshold, double raise_to)
{
	double direction_error = scanned->scan.direction_error;
	double highest = raise_to > threshold ? raise_to : threshold;
	int found = 0;

	for (int i = 0; i < scanned->windows; i++)
		scanned->bounds[i] = -2;
	scanned->raise_to = raise_to;
	run_scan(scanned, &any_window, 1, threshold, note_candidate, scanned);
	for (int i = 0; i < scanned->windows; i++)
	{
		double score = scanned->scores[i], bound = scanned->bounds[i];

		if (bound < -1)
		{
			if (score >= highest && score > direction_error)
				fail_msg(
					"%s, %d x %d x %d, %d bits: a window that scores %.12g is kept back at a "
					"threshold of %.12g",
					map_kind_names[scanned->made.kind],
					scanned->made.map.channels, scanned->made.map.height,
					scanned->made.map.width, scanned->made.map.bits, score,
					highest);
			continue;
		}
		found++;
		if (score > bound)
			fail_msg(
				"%s, %d x %d x %d, %d bits: a window scores %.12g, its bound is %.12g",
				map_kind_names[scanned->made.kind], scanned->made.map.channels,
				scanned->made.map.height, scanned->made.map.width,
				scanned->made.map.bits, score, bound);
	}
	return found;
}

/* Scans with a step, and notes what is handed over. */
static void
scan_with_step(Scanned *scanned, const WindowConstraints *constraints,
			   int step, double threshold)
{
	for (int i = 0; i < scanned->windows; i++)
		scanned->bounds[i] = -2;
	scanned->raise_to = -1;
	run_scan(scanned, constraints, step, threshold, note_candidate, scanned);
}

/* Thresholds that windows just reach, and some that say nothing. */
static void
check_thresholds(Scanned *scanned, Random *random)
{
	check_scan(scanned, -1, -1);
	check_scan(scanned, 1, -1);
	check_scan(scanned, -1, 0.5);
	for (int i = 0; i < 40; i++)
	{
		double score = scanned->scores[random_bits(random) % scanned->windows];

		if (score >= -1)
		{
			check_scan(scanned, score, -1);
			check_scan(scanned, -1, score);
		}
	}
}

/*
 * Makes some cells weaker than others by up to 10^5: where a window holds only
 * weak ones, steps and units that are made for the strong ones are large.
 */
static void
weaken_cells(Random *random, float *values, int channels, size_t cells)
{
	for (size_t i = 0; i < cells; i++)
	{
		float factor = (float) pow(10, -random_int(random, 0, 5));

		for (int c = 0; c < channels; c++)
			values[cells * c + i] *= factor;
	}
}

typedef enum QueryKind
{
	QUERY_SIGNED,
	QUERY_EQUAL,         /* 1 in all channels */
	QUERY_ALONG_CHANNEL, /* 1 or -1 in one channel, 0 in all others */
	QUERY_UNEVEN         /* 32767 in the first channel, 1 in all others */
} QueryKind;

static float
query_value(Random *random, QueryKind kind, int c)
{
	switch (kind)
	{
		case QUERY_SIGNED:
			return (float) random_normal(random);
		case QUERY_EQUAL:
			return 1;
		case QUERY_UNEVEN:
			return c == 0 ? INT16_MAX : 1;
		default:
			return 0;
	}
}

/* Checks the bounds of a map of these values, which it takes. */
static void
check_values(Random *random, Scanned *scanned, float *values, int bits,
			 int channels, int height, int width, QueryKind query)
{
	make_map_of_values(scanned->host, &scanned->made, values, channels, height,
					   width, bits);
	scanned->query = host_new(scanned->host, float, channels);
	for (int c = 0; c < channels; c++)
		scanned->query[c] = query_value(random, query, c);
	if (query == QUERY_ALONG_CHANNEL)
		scanned->query[random_int(random, 0, channels - 1)] =
			random_int(random, 0, 1) ? 1 : -1;
	start_scanned(scanned);
	check_thresholds(scanned, random);
}

/*
 * A query along one channel, rounded without error, leaves the bounds nothing
 * to hide behind; with few channels the sketch spans them all, and is as close
 * to the norm as it can be.
 */
static void
check_kind(Random *random, MapKind kind, int bits, int channels, int height,
		   int width, bool weaken, QueryKind query)
{
	TestHost test;
	Scanned scanned = {.host = test_host_start(&test), .made.kind = kind};
	float *values =
		host_new(scanned.host, float, (size_t) channels *height *width);

	fill_values(random, kind, values, channels, height, width);
	if (weaken)
		weaken_cells(random, values, channels, (size_t) height * width);
	check_values(random, &scanned, values, bits, channels, height, width,
				 query);
	test_host_end(&test);
}

static void
bounds_of_all_kinds_of_maps_are_true(void **state)
{
	Random random = {91};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int variant = 0; variant < 8; variant++)
		{
			check_kind(&random, kind, variant & 1 ? 16 : 8, 40, 7, 8,
					   variant & 2,
					   variant & 4 ? QUERY_ALONG_CHANNEL : QUERY_SIGNED);
			check_kind(&random, kind, variant & 1 ? 16 : 8, 3, 6, 9,
					   variant & 2,
					   variant & 4 ? QUERY_ALONG_CHANNEL : QUERY_SIGNED);
		}
}

/*
 * Maps wide enough for blocks of widths.  Few channels, which the sketch
 * spans, so that the bounds are close; thresholds that many windows just
 * reach.
 */
static void
bounds_of_blocks_are_true(void **state)
{
	Random random = {98};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int variant = 0; variant < 8; variant++)
			check_kind(&random, kind, variant & 1 ? 16 : 8,
					   random_int(&random, 2, 8), 2,
					   random_int(&random, 20, 45), variant & 2,
					   variant & 4 ? QUERY_ALONG_CHANNEL : QUERY_SIGNED);
}

/*
 * The least and the greatest width, and so where blocks begin and end, change
 * nothing for a window.
 */
static void
widths_of_blocks_do_not_matter(void **state)
{
	Random random = {99};

	(void) state;
	for (int kind = MAP_DENSE; kind <= MAP_SIGNED; kind++)
	{
		TestHost test;
		Scanned scanned = {.host = test_host_start(&test)};
		double *all;

		make_map(scanned.host, &scanned.made, &random, kind, 4, 3, 40, 8);
		scanned.query = host_new(scanned.host, float, 4);
		for (int c = 0; c < 4; c++)
			scanned.query[c] = (float) fabs(random_normal(&random));
		start_scanned(&scanned);
		all = host_new(scanned.host, double, scanned.windows);
		scan_with_step(&scanned, &any_window, 1, 0.7);
		memcpy(all, scanned.bounds, sizeof(double) * scanned.windows);
		for (int least = 1; least <= 21; least++)
		{
			WindowConstraints some = {
				true, 0, 0.2, 1, 3, least, random_int(&random, least, 50)};

			scan_with_step(&scanned, &some, 1, 0.7);
			for (int i = 0; i < scanned.windows; i++)
			{
				int width = i % 41 - i / 41 / 4 % 41;

				assert_true(scanned.bounds[i] ==
							(width >= some.min_width && width <= some.max_width
								 ? all[i]
								 : -2));
			}
		}
		test_host_end(&test);
	}
}

/*
 * Large codes in many cells make the numerator's unit larger than 1.  A
 * channel of small codes and of the least weight, which is exact, is all that
 * some windows have: their numerators are lost in that unit.
 */
static void
bounds_of_rounded_numerators_are_true(void **state)
{
	enum
	{
		HEIGHT = 8,
		WIDTH = 9,
		CELLS = HEIGHT * WIDTH
	};
	Random random = {92};

	(void) state;
	for (int i = 0; i < 12; i++)
	{
		TestHost test;
		Scanned scanned = {.host = test_host_start(&test),
						   .made.kind = MAP_SPARSE};
		float *values = host_new(scanned.host, float, 2 * CELLS);

		for (int n = 0; n < CELLS; n++)
		{
			bool strong = n == 0 || random_int(&random, 0, 2) == 0;

			values[n] = strong ? (float) random_int(&random, 60000, 65535) : 0;
			values[CELLS + n] =
				strong ? 0 : (float) random_int(&random, 1, i < 6 ? 3 : 300);
		}
		/* scales of exactly 1 */
		values[0] = values[CELLS + CELLS - 1] = 65535;
		check_values(&random, &scanned, values, 16, 2, HEIGHT, WIDTH,
					 QUERY_UNEVEN);
		assert_true(scanned.scan.numerator_error > 0);
		assert_true(scanned.scan.direction_error < 1e-8);
		test_host_end(&test);
	}
}

/* Weights of many channels: no sum of products may pass 31 bits. */
static void
bounds_of_many_channels_are_true(void **state)
{
	Random random = {95};

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
		for (int query = QUERY_SIGNED; query <= QUERY_ALONG_CHANNEL; query++)
		{
			check_kind(&random, MAP_CONSTANT, bits, 3000, 3, 4, false, query);
			check_kind(&random, MAP_DENSE, bits, 1100, 3, 4, false, query);
			check_kind(&random, MAP_SIGNED, bits, 1100, 3, 4, false, query);
		}
}

/*
 * Only windows that satisfy the constraints are handed over, and no positive
 * one is lost.
 */
static double
count_candidate(void *context, const Candidate *candidate)
{
	int *count = context;
	int height = candidate->window.y2 - candidate->window.y1;
	int width = candidate->window.x2 - candidate->window.x1;

	assert_int_in_range(height, 2, 4);
	assert_int_in_range(width, 3, 5);
	assert_true(height * 10 > width * 8 * 0.75 &&
				height * 10 < width * 12 * 0.75);
	(*count)++;
	return -1;
}

static void
constraints_are_kept(void **state)
{
	static const WindowConstraints constraints = {false, 0.75, 0.2, 2,
												  4,     3,    5};
	Random random = {93};
	TestHost test;
	Scanned scanned = {.host = test_host_start(&test)};
	int count = 0, expected = 0;

	(void) state;
	make_map(scanned.host, &scanned.made, &random, MAP_DENSE, 5, 7, 9, 8);
	scanned.query = host_new(scanned.host, float, 5);
	for (int c = 0; c < 5; c++)
		scanned.query[c] = 1;
	start_scanned(&scanned);
	for (int height = 2; height <= 4; height++)
		for (int width = 3; width <= 5; width++)
			if (20 * height > 12 * width && 20 * height < 18 * width)
				expected += (7 - height + 1) * (9 - width + 1);
	run_scan(&scanned, &constraints, 1, -1, count_candidate, &count);
	assert_int_equal(count, expected);
	assert_true(count > 0);
	test_host_end(&test);
}

/*
 * On the grid of the step, counted from the least height and width and from
 * the first row.
 */
static bool
is_on_grid(const WindowConstraints *constraints, int step,
		   const Window *window)
{
	int height = window->y2 - window->y1, width = window->x2 - window->x1;

	return (height - constraints->min_height) % step == 0 &&
		   (width - constraints->min_width) % step == 0 &&
		   window->y1 % step == 0;
}

/*
 * With a step, the windows on its grid are handed over, and no others, with
 * the same bounds.
 */
static void
check_steps(Scanned *scanned, const WindowConstraints *constraints,
			double threshold)
{
	int rows = scanned->made.map.height + 1,
		columns = scanned->made.map.width + 1;
	double *all = malloc(sizeof(double) * scanned->windows);

	scan_with_step(scanned, constraints, 1, threshold);
	memcpy(all, scanned->bounds, sizeof(double) * scanned->windows);
	for (int step = 1; step <= 20; step++)
	{
		scan_with_step(scanned, constraints, step, threshold);
		for (int i = 0; i < scanned->windows; i++)
		{
			Window window = {i / columns / rows / columns,
							 i / columns / rows % columns, i / columns % rows,
							 i % columns};

			assert_true(
				scanned->bounds[i] ==
				(is_on_grid(constraints, step, &window) ? all[i] : -2));
		}
	}
	free(all);
}

static void
steps_leave_a_grid_of_windows(void **state)
{
	static const WindowConstraints some = {true, 0, 0.2, 2, 7, 3, 8};
	Random random = {96};

	(void) state;
	for (int kind = MAP_DENSE; kind <= MAP_SIGNED; kind++)
	{
		TestHost test;
		Scanned scanned = {.host = test_host_start(&test)};

		make_map(scanned.host, &scanned.made, &random, kind, 30, 8, 9, 8);
		scanned.query = host_new(scanned.host, float, 30);
		for (int c = 0; c < 30; c++)
			scanned.query[c] = (float) fabs(random_normal(&random));
		start_scanned(&scanned);
		check_steps(&scanned, &any_window, -1);
		check_steps(&scanned, &any_window, 0.6);
		check_steps(&scanned, &some, -1);
		test_host_end(&test);
	}
}

/* What a series of estimates came to. */
typedef struct Estimates
{
	Scanned *scanned;
	int windows;
	int close;   /* to the score */
	int decided; /* by their norms, at a threshold just above the score */
} Estimates;

static double
compare_estimate(void *context, const Candidate *candidate)
{
	Estimates *estimates = context;
	double score =
		estimates->scanned
			->scores[window_number(estimates->scanned, &candidate->window)];

	assert_true(candidate->bound == 1 ||
				candidate->estimate <= candidate->bound);
	estimates->windows++;
	estimates->close += fabs(candidate->estimate - score) < 0.02;
	estimates->decided +=
		!may_reach(estimates->scanned, candidate, score + 0.001);
	return -1;
}

/*
 * Nothing but speed hangs on estimates; but where the sketch is good, so must
 * they be.
 */
static void
estimates_of_smooth_maps_are_close(void **state)
{
	Random random = {97};

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		TestHost test;
		Scanned scanned = {.host = test_host_start(&test)};
		Estimates estimates = {&scanned, 0, 0, 0};

		make_map(scanned.host, &scanned.made, &random, MAP_SMOOTH, 128, 10, 11,
				 bits);
		scanned.query = host_new(scanned.host, float, 128);
		for (int c = 0; c < 128; c++)
			scanned.query[c] = scanned.made.values[110 * c + 50];
		start_scanned(&scanned);
		run_scan(&scanned, &any_window, 1, -1, compare_estimate, &estimates);
		assert_true(estimates.windows > 1000);
		assert_int_in_range(estimates.close, estimates.windows * 9 / 10,
							estimates.windows);
		assert_int_equal(estimates.decided, bits == 8 ? estimates.windows : 0);
		test_host_end(&test);
	}
}

/*
 * What the bounds are for: with the best score as threshold, few windows of a
 * smooth map are left.
 */
static void
few_windows_of_smooth_maps_are_left(void **state)
{
	Random random = {94};

	(void) state;
	for (int i = 0; i < 3; i++)
	{
		TestHost test;
		Scanned scanned = {.host = test_host_start(&test)};
		double best = -1;
		int all, left;

		make_map(scanned.host, &scanned.made, &random, MAP_SMOOTH, 128, 14, 17,
				 8);
		scanned.query = host_new(scanned.host, float, 128);
		for (int c = 0; c < 128; c++)
			scanned.query[c] = scanned.made.values[14 * 17 * c + 40 * (i + 1)];
		start_scanned(&scanned);
		for (int n = 0; n < scanned.windows; n++)
			best = fmax(best, scanned.scores[n]);
		all = check_scan(&scanned, -1, -1);
		left = check_scan(&scanned, best, -1);
		assert_int_in_range(left, 1, all / 50);
		test_host_end(&test);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_of_all_kinds_of_maps_are_true),
		cmocka_unit_test(bounds_of_blocks_are_true),
		cmocka_unit_test(widths_of_blocks_do_not_matter),
		cmocka_unit_test(bounds_of_rounded_numerators_are_true),
		cmocka_unit_test(bounds_of_many_channels_are_true),
		cmocka_unit_test(constraints_are_kept),
		cmocka_unit_test(steps_leave_a_grid_of_windows),
		cmocka_unit_test(estimates_of_smooth_maps_are_close),
		cmocka_unit_test(few_windows_of_smooth_maps_are_left),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
