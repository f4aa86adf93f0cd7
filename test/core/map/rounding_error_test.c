/*
 * rounding_error_test.c
 *		The measured rounding error is that of its definition, and tells how
 *		far best scores move.
 */
#include "core/map/rounding_error.h"

#include <float.h>
#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_search.h"
#include "core/map/map_values.h"

static void
levels_are_a_quarter_of_an_octave_apart(void **state)
{
	(void) state;
	assert_true(rounding_error_of_level(0) == 0);
	assert_int_equal(rounding_error_level(0), 0);
	assert_int_equal(rounding_error_level(1e-17), 1);
	assert_int_equal(rounding_error_level(2), 127);
	for (int level = 1; level < ROUNDING_ERROR_LEVELS; level++)
	{
		double error = rounding_error_of_level(level);

		assert_true(fabs(error / pow(2, (level - 123) / 4.0) - 1) < 1e-12);
		assert_int_equal(rounding_error_level(error), level);
		if (level + 1 < ROUNDING_ERROR_LEVELS)
			assert_int_equal(rounding_error_level(error * 1.01), level + 1);
	}
}

/* Kinds of maps whose values are hard to keep, and two that are not. */
typedef enum HardKind
{
	PLAIN,
	SPARSE,       /* four fifths are zero */
	TWO_CHANNELS, /* fifty times the others */
	SPIKE,        /* one cell, a thousand times the others in some channels */
	GREAT_SPIKE,  /* the same, a hundred thousand times */
	TOKENS,       /* three cells of twenty times the norm */
	CAUCHY,
	FAR_CHANNELS, /* from 10^-3 to 10^3 */
	MASSIVE,      /* as vision transformers: few cells, two channels */
	FAINT_CELL,   /* one cell rounds to nothing */
	HARD_KINDS
} HardKind;

static double
hard_value(Random *random, HardKind kind, int channel, int cell)
{
	double normal = random_normal(random);

	switch (kind)
	{
		case SPARSE:
			return random_int(random, 0, 4) == 0 ? normal : 0;
		case TWO_CHANNELS:
			return channel < 2 ? 50 * normal : normal;
		case SPIKE:
			return cell == 11 && channel % 4 == 0 ? 1000 * normal : normal;
		case GREAT_SPIKE:
			return cell == 11 && channel % 4 == 0 ? 1e5 * normal : normal;
		case TOKENS:
			return cell % 13 == 5 ? 20 * normal : normal;
		case CAUCHY:
			return normal / (random_normal(random) + 1e-9);
		case FAR_CHANNELS:
			return normal * pow(10, channel % 7 - 3);
		case MASSIVE:
			return (cell % 29 == 7 ? 10 : 1) *
				   (channel == 1 ? 40 * normal : normal + 4 * (channel == 3));
		case FAINT_CELL:
			return cell == 3 ? normal * 1e-9 : normal;
		default:
			return normal;
	}
}

static float *
hard_values(const Host *host, Random *random, HardKind kind, bool is_signed,
			int channels, int cells)
{
	float *values = host_new(host, float, (size_t) channels *cells);

	for (int c = 0; c < channels; c++)
		for (int i = 0; i < cells; i++)
		{
			double value = hard_value(random, kind, c, i);

			values[c * cells + i] = (float) (is_signed ? value : fabs(value));
		}
	return values;
}

/* units[cell][channel]; zeros where the cell is zero. */
static double *
unit_cells(const Host *host, const float *values, int channels, int cells)
{
	double *units = host_new(host, double, (size_t) channels *cells);

	for (int i = 0; i < cells; i++)
	{
		double square = 0;

		for (int c = 0; c < channels; c++)
			square += (double) values[c * cells + i] * values[c * cells + i];
		for (int c = 0; c < channels; c++)
			units[i * channels + c] =
				square > 0 ? values[c * cells + i] / sqrt(square) : 0;
	}
	return units;
}

static bool
is_zero(const double *unit, int channels)
{
	for (int c = 0; c < channels; c++)
		if (unit[c] != 0)
			return false;
	return true;
}

static int
count_alive(const double *units, int channels, int cells)
{
	int alive = 0;

	for (int i = 0; i < cells; i++)
		alive += !is_zero(units + i * channels, channels);
	return alive;
}

/* Sum of magnitudes. */
static double
flatness(const double *unit, int channels)
{
	double sum = 0;

	for (int c = 0; c < channels; c++)
		sum += fabs(unit[c]);
	return sum;
}

/* The sum of the mean direction of the cells, divided by its norm. */
static double
mean_flatness(const double *units, int channels, int cells)
{
	double sum = 0, square = 0;

	for (int c = 0; c < channels; c++)
	{
		double mean = 0;

		for (int i = 0; i < cells; i++)
			mean += units[i * channels + c];
		sum += mean;
		square += mean * mean;
	}
	return square > 0 ? sum / sqrt(square) : 0;
}

/* What the definition has for one cell. */
typedef struct CellError
{
	double own; /* for directions of the map's cells */
	double any; /* in any direction */
} CellError;

/* Pair by pair of cells. */
static CellError
defined_cell_error(const double *units, const double *rounded, int channels,
				   int cells, int cell)
{
	const double *unit = units + cell * channels;
	double own = 0, turn = 0;

	for (int c = 0; c < channels; c++)
	{
		double d = rounded[cell * channels + c] - unit[c];

		turn += d * d;
		for (int j = 0; j < cells; j++)
			if (!is_zero(units + j * channels, channels))
			{
				double part = units[j * channels + c] - unit[c];

				own += d * d * part * part;
			}
	}
	own /= count_alive(units, channels, cells);
	return (CellError){sqrt(fmax(own + turn * turn / 4, turn / channels)),
					   sqrt(turn / channels)};
}

/* The definition, but for errors of single precision in what is flattest. */
static double
defined_error(const double *units, const double *rounded, int channels,
			  int cells)
{
	double flattest = mean_flatness(units, channels, cells);
	double sum = 0, any = 0;
	int alive = count_alive(units, channels, cells);

	for (int i = 0; i < cells; i++)
	{
		CellError error;

		if (is_zero(units + i * channels, channels))
			continue;
		error = defined_cell_error(units, rounded, channels, cells, i);
		sum += error.own;
		if (flatness(units + i * channels, channels) > flattest * (1 + 1e-6))
		{
			flattest = flatness(units + i * channels, channels);
			any = error.any;
		}
	}
	return alive > 0 ? fmax(sum / alive, 2 * any) : 0;
}

#define ROWS    7
#define COLUMNS 9

static void
error_is_that_of_the_definition(void **state)
{
	static const int channel_counts[] = {1, 2, 9, 40};
	Random random = {71};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < HARD_KINDS; kind++)
		for (int run = 0; run < 16; run++)
		{
			int channels = channel_counts[run % 4], cells = ROWS * COLUMNS;
			float *read =
				host_new(host, float, (size_t) channels *ROWS *COLUMNS);
			TestMap made;
			double *units, *rounded, error, measured;
			CoreError failure;

			make_map_of_values(host, &made,
							   hard_values(host, &random, kind, run < 8,
										   channels, cells),
							   channels, ROWS, COLUMNS, run % 8 < 4 ? 8 : 16);
			assert_done(region_values(host, &made.map, read, &failure),
						&failure);
			units = unit_cells(host, made.values, channels, cells);
			rounded = unit_cells(host, read, channels, cells);
			error = defined_error(units, rounded, channels, cells);
			measured = measure_rounding_error(host, made.values, channels,
											  cells, made.map.scales);
			if (!(fabs(measured - error) <= 1e-2 * error + 1e-8))
				fail_msg("kind %d, %d channels: %g, defined as %g", kind,
						 channels, measured, error);
			assert_int_equal(made.map.rounding_error_level,
							 rounding_error_level(measured));
			host_free(host, rounded);
			host_free(host, units);
			host_free(host, read);
			free_map(host, &made);
		}
	test_host_end(&test);
}

static Window
random_window(Random *random)
{
	Window window;

	window.y1 = random_int(random, 0, ROWS - 1);
	window.x1 = random_int(random, 0, COLUMNS - 1);
	window.y2 = random_int(random, window.y1 + 1, ROWS);
	window.x2 = random_int(random, window.x1 + 1, COLUMNS);
	return window;
}

/* The best cosine over all windows, from the values themselves. */
static double
best_of_values(const float *values, int channels, const float *query)
{
	double best = -1;

	for (int y1 = 0; y1 < ROWS; y1++)
		for (int x1 = 0; x1 < COLUMNS; x1++)
			for (int y2 = y1 + 1; y2 <= ROWS; y2++)
				for (int x2 = x1 + 1; x2 <= COLUMNS; x2++)
				{
					double dot = 0, square = 0, length = 0;

					for (int c = 0; c < channels; c++)
					{
						double sum = 0;

						for (int y = y1; y < y2; y++)
							for (int x = x1; x < x2; x++)
								sum += values[(c * ROWS + y) * COLUMNS + x];
						dot += sum * query[c];
						square += sum * sum;
						length += (double) query[c] * query[c];
					}
					if (square > 0)
						best = fmax(best, dot / sqrt(square * length));
				}
	return best;
}

/* A window of a map of the same size, or any direction. */
static void
fill_query(Random *random, const float *values, int channels, bool is_window,
		   float *query)
{
	Window window = random_window(random);

	for (int c = 0; c < channels; c++)
	{
		query[c] = is_window ? 0 : (float) random_normal(random);
		for (int y = window.y1; y < window.y2 && is_window; y++)
			for (int x = window.x1; x < window.x2; x++)
				query[c] += values[(c * ROWS + y) * COLUMNS + x];
	}
}

#define QUERIES 20

/* How far best scores move. */
typedef struct Movement
{
	double square;   /* mean of the squares */
	double greatest; /* of windows */
	int above;       /* windows that move by more than the rounding error */
} Movement;

static Movement
best_scores_move(Searcher *searcher, Random *random, const TestMap *made,
				 const float *other, double rounding_error)
{
	SearchOptions options = {query_default(), 1, 1};
	int channels = made->map.channels;
	Movement movement = {0};
	float query[64];
	CoreError error;

	for (int i = 0; i < QUERIES; i++)
	{
		bool is_window = i % 4 > 0;
		double change;

		fill_query(random, other, channels, is_window, query);
		assert_done(search_map(searcher, &made->map, query, channels, &options,
							   &error),
					&error);
		assert_int_equal(searcher->result_count, 1);
		change = fabs(searcher->results[0].score -
					  best_of_values(made->values, channels, query));
		movement.square += change * change / QUERIES;
		if (is_window)
		{
			movement.greatest = fmax(movement.greatest, change);
			movement.above += change > rounding_error;
		}
	}
	return movement;
}

/* Checks the movement of one map, and adds up that of windows. */
static void
check_movement(HardKind kind, const TestMap *made, Movement movement,
			   double error, int *above)
{
	if (sqrt(movement.square) > 1.2 * error || movement.greatest > 3 * error)
		fail_msg(
			"kind %d, signed %d, %d bits: error %.2e, moved by %.2e, windows by %.2e at most",
			kind, made->map.is_signed, made->map.bits, error,
			sqrt(movement.square), movement.greatest);
	if (error <= 1e-3 && made->map.bits > 8)
		assert_true(movement.greatest <= 1e-3);
	*above += movement.above;
}

/*
 * Best scores against a search of the values in double precision: 19 of 20
 * move by less than the rounding error where queries are windows of maps of
 * the kind.
 */
static void
best_scores_move_by_the_error(void **state)
{
	Random random = {72};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host, .kernels = &kernels_plain};
	int above = 0, maps = 0;

	(void) state;
	for (int kind = 0; kind < HARD_KINDS; kind++)
		for (int bits = 0; bits <= 8; bits += 8)
			for (int is_signed = 0; is_signed <= 1; is_signed++)
			{
				float *values = hard_values(host, &random, kind, is_signed, 40,
											ROWS * COLUMNS);
				float *other = hard_values(host, &random, kind, is_signed, 40,
										   ROWS * COLUMNS);
				TestMap made;
				double error;

				make_map_of_values(host, &made, values, 40, ROWS, COLUMNS,
								   bits);
				error = rounding_error_of_level(made.map.rounding_error_level);
				check_movement(kind, &made,
							   best_scores_move(&searcher, &random, &made,
												other, error),
							   error, &above);
				maps++;
				free_map(host, &made);
				host_free(host, other);
			}
	if (above * 20 > maps * QUERIES * 3 / 4)
		fail_msg("%d of %d best scores move by more than the rounding error",
				 above, maps * QUERIES * 3 / 4);
	test_host_end(&test);
}

static void
bits_are_chosen_by_the_error(void **state)
{
	static const int expected[HARD_KINDS] = {
		[PLAIN] = 8,       [SPARSE] = 8,       [TWO_CHANNELS] = 16,
		[SPIKE] = 16,      [GREAT_SPIKE] = 24, [TOKENS] = 16,
		[CAUCHY] = 16,     [FAR_CHANNELS] = 8, [MASSIVE] = 16,
		[FAINT_CELL] = 24,
	};
	Random random = {73};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < HARD_KINDS; kind++)
	{
		TestMap made;

		make_map_of_values(host, &made,
						   hard_values(host, &random, kind, false, 64,
									   ROWS * COLUMNS),
						   64, ROWS, COLUMNS, FEATMAP_CHOOSE_BITS);
		assert_int_equal(made.map.bits, expected[kind]);
		/* what no bits can keep is told */
		assert_int_equal(rounding_error_of_level(
							 made.map.rounding_error_level) >
							 PROMISED_ROUNDING_ERROR,
						 kind == FAINT_CELL);
		free_map(host, &made);
	}
	test_host_end(&test);
}

static void
exact_values_have_no_error(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	float *values = host_new(host, float, 2 * 6);
	TestMap made;

	(void) state;
	for (int i = 0; i < 12; i++)
		values[i] = (float) (i == 0 || i == 6 ? 255 : 7 * i);
	make_map_of_values(host, &made, values, 2, 2, 3, FEATMAP_CHOOSE_BITS);
	assert_int_equal(made.map.bits, 8);
	assert_true(rounding_error_of_level(made.map.rounding_error_level) < 1e-7);
	memset(values, 0, sizeof(float) * 12);
	host_free(host, made.stored);
	make_map_of_values(host, &made, values, 2, 2, 3, FEATMAP_CHOOSE_BITS);
	assert_int_equal(made.map.rounding_error_level, 0);
	test_host_end(&test);
}

/* The factor that brings such values to a unit is no float. */
static void
errors_of_small_values_are_measured(void **state)
{
	Random random = {74};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
	{
		float *values =
			hard_values(host, &random, PLAIN, true, 16, ROWS * COLUMNS);
		int level;
		TestMap made;

		make_map_of_values(host, &made, values, 16, ROWS, COLUMNS, bits);
		level = made.map.rounding_error_level;
		host_free(host, made.stored);
		for (int i = 0; i < 16 * ROWS * COLUMNS; i++)
			values[i] = ldexpf(values[i], -118);
		make_map_of_values(host, &made, values, 16, ROWS, COLUMNS, bits);
		assert_int_in_range(made.map.rounding_error_level, level,
							ROUNDING_ERROR_LEVELS - 1);
		free_map(host, &made);
	}
	test_host_end(&test);
}

static void
tiny_values_are_refused(void **state)
{
	static const float tiny[] = {FLT_TRUE_MIN, 1e-40f, FLT_MIN, 3e-36f};
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	size_t size;

	(void) state;
	for (size_t i = 0; i < lengthof(tiny); i++)
		for (int bits = 0; bits <= 24; bits += 8)
		{
			float values[4] = {0, tiny[i], -tiny[i] / 2, 0};

			assert_refused(feature_map_build(host, values, 2, 1, 2, bits, 0,
											 &size, &error) != NULL,
						   &error, ERROR_NOT_FINITE);
			assert_non_null(strstr(error.message, "too small"));
			/* beside others they count for nothing */
			values[0] = FEATMAP_LEAST_MAGNITUDE;
			assert_done(feature_map_build(host, values, 2, 1, 2, bits, 0,
										  &size, &error) != NULL,
						&error);
		}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_a_quarter_of_an_octave_apart),
		cmocka_unit_test(error_is_that_of_the_definition),
		cmocka_unit_test(best_scores_move_by_the_error),
		cmocka_unit_test(bits_are_chosen_by_the_error),
		cmocka_unit_test(exact_values_have_no_error),
		cmocka_unit_test(errors_of_small_values_are_measured),
		cmocka_unit_test(tiny_values_are_refused),
	};

	return cmocka_run_group_tests_name("rounding error", tests, NULL, NULL);
}
