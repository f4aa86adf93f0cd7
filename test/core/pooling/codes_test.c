/*
 * codes_test.c
 *		The exact sums of windows, however the windows before them made their
 *		way: from their sums, anew, or by the integral image.
 */
#include "core/pooling/codes.h"

#include <math.h>

#include "core/kernels/kernels_isa.h"
#include "core/map/map_values.h"
#include "lib/core_test.h"
#include "lib/test_maps.h"

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* A map, its unpacked codes, and the integral images to compare with. */
typedef struct Summed
{
	const Host *host;
	TestMap made;
	Codes codes;
	int64_t *integral; /* [channels][height + 1][width + 1]: of the codes */
	int *occupied;     /* [height + 1][width + 1]: of "has a non-zero code" */
	double *sums;      /* [stride] */
} Summed;

static void
add_up(const Summed *summed)
{
	const FeatureMap *map = &summed->made.map;
	size_t stride = map->width + 1, plane = stride * (map->height + 1);

	for (int y = 1; y <= map->height; y++)
		for (int x = 1; x <= map->width; x++)
		{
			size_t at = stride * y + x;

			for (int c = 0; c < map->channels; c++)
			{
				int64_t *here = summed->integral + plane * c + at;

				*here += here[-1] + here[-(ptrdiff_t) stride] -
						 here[-(ptrdiff_t) stride - 1];
			}
			summed->occupied[at] += summed->occupied[at - 1] +
									summed->occupied[at - stride] -
									summed->occupied[at - stride - 1];
		}
}

/* Reads the codes cell by cell, with none of the kernels. */
static void
start_summed(Summed *summed)
{
	const FeatureMap *map = &summed->made.map;
	size_t stride = map->width + 1, plane = stride * (map->height + 1);
	int *channel = malloc(sizeof(int) * map->channels);
	int *code = malloc(sizeof(int) * map->channels);
	CellReader reader;
	PackedCell cell;
	CoreError error;

	summed->integral = calloc(plane * map->channels, sizeof(int64_t));
	summed->occupied = calloc(plane, sizeof(int));
	cell_reader_start(&reader, map);
	for (int y = 1; y <= map->height; y++)
		for (int x = 1; x <= map->width; x++)
		{
			int count;

			assert_done(cell_reader_next(&reader, &cell, &error), &error);
			count = cell_nonzero_codes(map, &cell, channel, code);
			for (int n = 0; n < count; n++)
				summed->integral[plane * channel[n] + stride * y + x] =
					code[n];
			summed->occupied[stride * y + x] = count > 0;
		}
	add_up(summed);
	free(code);
	free(channel);
	assert_done(codes_unpack(summed->host, &summed->codes, map, kernels,
							 &error),
				&error);
	assert_int_equal(summed->codes.stride, (map->channels + KERNEL_LANES - 1) /
											   KERNEL_LANES * KERNEL_LANES);
	assert_false(summed->codes.has_integral);
	summed->sums = (double *) test_exact_copy(NULL, sizeof(double) *
														summed->codes.stride);
}

/* Leaves the codes, which serve the next map. */
static void
end_summed(Summed *summed)
{
	test_exact_free((uint8_t *) summed->sums);
	free(summed->occupied);
	free(summed->integral);
	free_map(summed->host, &summed->made);
}

static void
check_window(Summed *summed, const Window *window)
{
	const FeatureMap *map = &summed->made.map;
	size_t stride = map->width + 1, plane = stride * (map->height + 1);
	size_t bottom = stride * window->y2, top = stride * window->y1;
	const int *occupied = summed->occupied;
	int expected_occupied;

	/* NaN, where nothing is written */
	memset(summed->sums, 0xff, sizeof(double) * summed->codes.stride);
	codes_sum_window(summed->host, &summed->codes, window, summed->sums);
	for (int c = 0; c < summed->codes.stride; c++)
	{
		const int64_t *integral = summed->integral + plane * c;
		int64_t expected = c >= map->channels
							   ? 0
							   : integral[bottom + window->x2] -
									 integral[bottom + window->x1] -
									 integral[top + window->x2] +
									 integral[top + window->x1];

		if (summed->sums[c] != (double) expected)
			fail_msg(
				"%s, %s, %d x %d x %d, %d bits, %s: channel %d of window (%d, %d, %d, %d) "
				"sums to %.17g, expected %ld",
				kernels->name, map_kind_names[summed->made.kind],
				map->channels, map->height, map->width, map->bits,
				summed->codes.has_integral ? "integral image" : "differences",
				c, window->y1, window->x1, window->y2, window->x2,
				summed->sums[c], (long) expected);
	}
	expected_occupied =
		occupied[bottom + window->x2] - occupied[bottom + window->x1] -
		occupied[top + window->x2] + occupied[top + window->x1];
	/*
	 * with one channel of 8 bits all cells are dense, and those of zeros
	 * count, too
	 */
	if (map->channels == 1 && map->bits == 8)
		assert_true(codes_occupied(&summed->codes, window) >=
					expected_occupied);
	else
		assert_int_equal(codes_occupied(&summed->codes, window),
						 expected_occupied);
}

/* How a window follows the one before. */
typedef enum Step
{
	STEP_SAME,
	STEP_NEIGHBOUR, /* each side moves by a cell at most */
	STEP_SHIFT,     /* the same size, a little farther */
	STEP_INSIDE,
	STEP_AROUND,
	STEP_ANYWHERE,
	STEP_CELL,
	STEP_WHOLE
} Step;

#define STEPS 8

static int
clamp(int number, int least, int most)
{
	return number < least ? least : number > most ? most : number;
}

/* Moves the interval *from to *to of a side that is so long. */
static void
step_interval(Random *random, Step step, int side, int *from, int *to)
{
	int length = *to - *from;

	switch (step)
	{
		case STEP_SAME:
			break;
		case STEP_NEIGHBOUR:
			*from = clamp(*from + random_int(random, -1, 1), 0, side - 1);
			*to = clamp(*to + random_int(random, -1, 1), *from + 1, side);
			break;
		case STEP_SHIFT:
			*from = clamp(*from + random_int(random, -2, 2), 0, side - length);
			*to = *from + length;
			break;
		case STEP_INSIDE:
			*from = random_int(random, *from, *to - 1);
			*to = random_int(random, *from + 1, *to);
			break;
		case STEP_AROUND:
			*from = random_int(random, 0, *from);
			*to = random_int(random, *to, side);
			break;
		case STEP_ANYWHERE:
		case STEP_CELL:
			*from = random_int(random, 0, side - 1);
			*to = step == STEP_CELL ? *from + 1
									: random_int(random, *from + 1, side);
			break;
		case STEP_WHOLE:
			*from = 0;
			*to = side;
			break;
	}
}

static Window
next_window(Random *random, const FeatureMap *map, const Window *before)
{
	Step step = (Step) random_int(random, 0, STEPS - 1);
	Window window = *before;

	step_interval(random, step, map->height, &window.y1, &window.y2);
	step_interval(random, step, map->width, &window.x1, &window.x2);
	return window;
}

/*
 * A random walk over windows.  A window's sums are to cost no more than the
 * cells in which it differs from the one before, or its own, whichever are
 * fewer.
 */
static void
walk_over_windows(Random *random, Summed *summed, int steps)
{
	Window window = {0, 0, 1, 1};

	for (int i = 0; i < steps; i++)
	{
		Window before = window;
		size_t summed_before = summed->codes.cells_summed;
		Window common;
		double own, different;

		window = next_window(random, &summed->made.map, &before);
		common = window_intersection(&before, &window);
		own = window_area(&window);
		different = window_area(&before) + own - 2 * window_area(&common);
		check_window(summed, &window);
		if (i > 0)
			assert_true(summed->codes.cells_summed - summed_before <=
						(different < own ? different : own));
	}
}

static void
check_walk(Random *random, Summed *summed, MapKind kind, int bits,
		   int channels, int height, int width)
{
	make_map(summed->host, &summed->made, random, kind, channels, height,
			 width, bits);
	start_summed(summed);
	walk_over_windows(random, summed, 60);
	end_summed(summed);
}

/* One set of codes for all maps, each of another size. */
static void
sums_do_not_depend_on_the_windows_before(void **state)
{
	static const int channels[] = {1, 3, 40, 64, 65, 130};
	Random random = {101};
	TestHost test;
	Summed summed = {.host = test_host_start(&test)};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
			for (size_t i = 0; i < lengthof(channels); i++)
				for (int repeat = 0; repeat < 3; repeat++)
					check_walk(&random, &summed, kind, bits, channels[i],
							   random_int(&random, 1, 12),
							   random_int(&random, 1, 12));
	test_host_end(&test);
}

/* Every window after every other, on a small map. */
static void
sums_of_all_pairs_of_windows_are_exact(void **state)
{
	Random random = {102};
	TestHost test;
	Summed summed = {.host = test_host_start(&test)};
	Window windows[60];
	int count = 0;

	(void) state;
	for (int y1 = 0; y1 < 3; y1++)
		for (int y2 = y1 + 1; y2 <= 3; y2++)
			for (int x1 = 0; x1 < 4; x1++)
				for (int x2 = x1 + 1; x2 <= 4; x2++)
					windows[count++] = (Window){y1, x1, y2, x2};
	assert_int_equal(count, 60);
	for (int bits = 8; bits <= 24; bits += 8)
	{
		make_map(summed.host, &summed.made, &random, MAP_SIGNED, 5, 3, 4,
				 bits);
		start_summed(&summed);
		for (int i = 0; i < count; i++)
			for (int j = 0; j < count; j++)
			{
				check_window(&summed, &windows[i]);
				check_window(&summed, &windows[j]);
				/* no integral image yet */
				summed.codes.cells_summed = 0;
			}
		assert_false(summed.codes.has_integral);
		end_summed(&summed);
	}
	test_host_end(&test);
}

/*
 * Enough windows make the integral image worth its while; the sums stay the
 * same.
 */
static void
long_sequences_make_an_integral_image(void **state)
{
	Random random = {103};
	TestHost test;
	Summed summed = {.host = test_host_start(&test)};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
			for (int channels = 1; channels <= 130; channels += 43)
			{
				long before;

				make_map(summed.host, &summed.made, &random, kind, channels, 7,
						 9, bits);
				start_summed(&summed);
				before = test.interrupts;
				for (int i = 0; !summed.codes.has_integral && i < 100; i++)
				{
					walk_over_windows(&random, &summed, 10);
					if (i < 4)
						assert_false(summed.codes.has_integral);
				}
				assert_true(summed.codes.has_integral);
				/* not before it pays */
				assert_true(summed.codes.cells_summed >
							30 * cell_count(&summed.made.map));
				walk_over_windows(&random, &summed, 60);
				assert_true(test.interrupts - before >= 40);
				end_summed(&summed);
			}
	test_host_end(&test);
}

/*
 * Leaves by longjmp while the integral image is made, as a cancelled query
 * does.
 */
static void
an_interrupted_integral_image_is_made_again(void **state)
{
	static TestHost test;
	static Summed summed;
	static volatile int jumps;
	Random random = {104};

	(void) state;
	summed = (Summed){.host = test_host_start(&test)};
	jumps = 0;
	make_map(summed.host, &summed.made, &random, MAP_SPARSE, 20, 6, 5, 16);
	start_summed(&summed);
	for (int call = 1; call <= 7; call++)
	{
		check_window(&summed, &(Window){1, 1, 4, 3});
		summed.codes.cells_summed = SIZE_MAX;
		test.interrupts = 0;
		test.jump_at = call;
		if (setjmp(test.escape) == 0)
			codes_sum_window(summed.host, &summed.codes, &(Window){0, 0, 6, 5},
							 summed.sums);
		else
			jumps++;
		test.jump_at = 0;
		assert_false(summed.codes.has_integral);
		/* as much as to say that none is wanted */
		summed.codes.cells_summed = 0;
		check_window(&summed, &(Window){1, 0, 4, 3});
	}
	assert_int_equal(jumps, 7);
	summed.codes.cells_summed = SIZE_MAX;
	walk_over_windows(&random, &summed, 50);
	assert_true(summed.codes.has_integral);
	end_summed(&summed);
	test_host_end(&test);
}

/* All cells of the greatest code, or of the lowest where is_signed. */
static void
make_extreme_map(Summed *summed, int channels, int height, int width, int bits,
				 bool is_signed)
{
	size_t cells = (size_t) height * width;
	float *values = host_new(summed->host, float, channels *cells);

	for (size_t i = 0; i < channels * cells; i++)
		values[i] = is_signed ? -1 : 1;
	make_map_of_values(summed->host, &summed->made, values, channels, height,
					   width, bits);
	assert_int_equal(summed->made.map.is_signed, is_signed);
}

/*
 * The halves of the map in turn, so that every window is summed anew, and the
 * whole.
 */
static void
check_halves(Random *random, Summed *summed)
{
	const FeatureMap *map = &summed->made.map;

	for (int i = 0; i < 3; i++)
	{
		check_window(summed, &(Window){0, 0, map->height / 2, map->width});
		check_window(summed,
					 &(Window){map->height / 2, 0, map->height, map->width});
		check_window(summed, &(Window){0, 0, map->height, map->width});
		check_window(summed, &(Window){0, 0, map->height, map->width / 2});
		check_window(summed,
					 &(Window){0, map->width / 2, map->height, map->width});
	}
	for (int i = 0; i < 20; i++)
	{
		Window window =
			next_window(random, map, &(Window){0, 0, map->height, map->width});

		check_window(summed, &window);
	}
}

/*
 * The greatest sums there can be, and integral images that would not fit 31
 * bits or the room for them.
 */
static void
sums_of_large_maps_are_exact(void **state)
{
	static const struct
	{
		int height, width, bits;
		bool is_signed;
		bool has_integral;
	} cases[] = {
		/* 2^15 - 2 cells: all sums fit 31 bits */
		{127, 258, 16, false, true},
		{127, 258, 16, true, true},    /* the same below zero */
		{128, 256, 16, false, false},  /* 2^15 cells: not all do */
		{128, 256, 16, true, false},   /* nor where negative */
		{300, 301, 16, false, false},  /* sums beyond 32 bits */
		{9, 14, 24, false, true},      /* 2^7 - 2 cells: all fit 31 bits */
		{9, 14, 24, true, true},       /* the same below zero */
		{8, 16, 24, true, false},      /* 2^7 cells: not all do */
		{300, 301, 24, false, false},  /* sums beyond 40 bits */
		{300, 301, 24, true, false},   /* the same below zero */
		{300, 301, 8, true, true},     /* bytes stay far below */
		{1023, 1024, 8, false, false}, /* integral image of more than 256 MB */
	};
	Random random = {105};

	(void) state;
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		TestHost test;
		Summed summed = {.host = test_host_start(&test),
						 .made.kind = MAP_CONSTANT};

		make_extreme_map(&summed, 1, cases[i].height, cases[i].width,
						 cases[i].bits, cases[i].is_signed);
		start_summed(&summed);
		check_halves(&random, &summed);
		assert_false(summed.codes.has_integral);
		/* as after many windows */
		summed.codes.cells_summed = (size_t) 1 << 40;
		check_halves(&random, &summed);
		assert_int_equal(summed.codes.has_integral, cases[i].has_integral);
		end_summed(&summed);
		test_host_end(&test);
	}
}

/*
 * Sums of bytes beyond 31 bits, as a map of millions of cells has them; here
 * they are put in place of a small one's, and the same window is asked for
 * again.
 */
static void
sums_of_unsigned_bytes_take_32_bits(void **state)
{
	static const uint32_t planes[] = {0xfeff0001, 0xfe80fe80, 0xff012345};
	Random random = {107};
	TestHost test;
	Summed summed = {.host = test_host_start(&test)};

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
		for (int is_signed = 0; is_signed <= 1; is_signed++)
		{
			Window window = {0, 0, 2, 2};
			int highest = bits / 8 - 1;
			double expected = is_signed ? (int32_t) planes[highest]
										: (double) planes[highest];

			make_map(summed.host, &summed.made, &random,
					 is_signed ? MAP_SIGNED : MAP_DENSE, 3, 2, 2, bits);
			start_summed(&summed);
			check_window(&summed, &window);
			summed.codes.plane_sums[highest][1] = planes[highest];
			for (int k = highest - 1; k >= 0; k--)
			{
				summed.codes.plane_sums[k][1] = planes[k];
				expected = 256 * expected + planes[k];
			}
			codes_sum_window(summed.host, &summed.codes, &window, summed.sums);
			assert_true(summed.sums[1] == expected);
			end_summed(&summed);
		}
	test_host_end(&test);
}

/* What the codes stand for: sums of code * scale are sums of values. */
static void
sums_are_those_of_the_values(void **state)
{
	Random random = {106};
	TestHost test;
	Summed summed = {.host = test_host_start(&test)};

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			const FeatureMap *map = &summed.made.map;
			float *values = malloc(sizeof(float) * 70 * 5 * 6);
			CoreError error;

			make_map(summed.host, &summed.made, &random, kind, 70, 5, 6, bits);
			start_summed(&summed);
			assert_done(region_values(summed.host, map, values, &error),
						&error);
			codes_sum_window(summed.host, &summed.codes, &(Window){1, 2, 4, 6},
							 summed.sums);
			for (int c = 0; c < 70; c++)
			{
				double sum = 0, magnitude = 0;

				for (int y = 1; y < 4; y++)
					for (int x = 2; x < 6; x++)
					{
						sum += values[30 * c + 6 * y + x];
						magnitude += fabs(values[30 * c + 6 * y + x]);
					}
				/* each value is rounded to a float */
				assert_true(fabs(summed.sums[c] * channel_scale(map, c) -
								 sum) <= magnitude * 0x1p-23);
			}
			end_summed(&summed);
			free(values);
		}
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_do_not_depend_on_the_windows_before),
		cmocka_unit_test(sums_of_all_pairs_of_windows_are_exact),
		cmocka_unit_test(long_sequences_make_an_integral_image),
		cmocka_unit_test(an_interrupted_integral_image_is_made_again),
		cmocka_unit_test(sums_of_large_maps_are_exact),
		cmocka_unit_test(sums_of_unsigned_bytes_take_32_bits),
		cmocka_unit_test(sums_are_those_of_the_values),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
