/*
 * integral_test.c
 *		Integral images against sums over the cells.
 */
#include "core/integral.h"

#include "lib/core_test.h"

#define HEIGHT  5
#define WIDTH   7
#define DEPTH   3
#define CORNERS ((HEIGHT + 1) * (WIDTH + 1))

static int64_t
window_sum(const int64_t *values, const Window *window, int depth, int k)
{
	int64_t sum = 0;

	for (int y = window->y1; y < window->y2; y++)
		for (int x = window->x1; x < window->x2; x++)
			sum += values[(y * WIDTH + x) * depth + k];
	return sum;
}

/* All windows, the empty ones included. */
#define FOR_EACH_WINDOW(window)                                       \
	for (Window window = {0}; window.y1 <= HEIGHT; window.y1++)       \
		for (window.y2 = window.y1; window.y2 <= HEIGHT; window.y2++) \
			for (window.x1 = 0; window.x1 <= WIDTH; window.x1++)      \
				for (window.x2 = window.x1; window.x2 <= WIDTH; window.x2++)

static void
fill_values(int64_t *values, int count, uint64_t seed)
{
	Random random = {seed};

	for (int i = 0; i < count; i++)
		values[i] = (int64_t) (random_bits(&random) % 2001) - 1000;
}

static void
rows_make_images(void **state)
{
	int64_t values[HEIGHT * WIDTH];
	int64_t image[CORNERS] = {0};

	(void) state;
	fill_values(values, HEIGHT * WIDTH, 1);
	for (int y = 0; y < HEIGHT; y++)
	{
		int64_t *row = image + (y + 1) * (WIDTH + 1);

		row[0] = 99; /* whatever was there */
		integral_row_int64(values + y * WIDTH, row - (WIDTH + 1), WIDTH, row);
	}
	FOR_EACH_WINDOW(window)
	{
		Corners corners = window_corners(&window, WIDTH + 1, 1);

		assert_int_equal(CORNERS_SUM(int64_t, image, &corners),
						 window_sum(values, &window, 1, 0));
	}
}

/* The values lie in the row that they become. */
static void
rows_are_made_in_place(void **state)
{
	int64_t values[HEIGHT * WIDTH];
	double image[CORNERS] = {0};

	(void) state;
	fill_values(values, HEIGHT * WIDTH, 2);
	for (int y = 0; y < HEIGHT; y++)
	{
		double *row = image + (y + 1) * (WIDTH + 1);

		for (int x = 0; x < WIDTH; x++)
			row[x + 1] = (double) values[y * WIDTH + x];
		integral_row_double(row + 1, row - (WIDTH + 1), WIDTH, row);
	}
	FOR_EACH_WINDOW(window)
	{
		Corners corners = window_corners(&window, WIDTH + 1, 1);

		assert_int_equal((int64_t) CORNERS_SUM(double, image, &corners),
						 window_sum(values, &window, 1, 0));
	}
}

/* One row is kept, and becomes the next. */
static void
a_row_replaces_the_one_above(void **state)
{
	int64_t values[HEIGHT * WIDTH];
	int64_t row[WIDTH + 1] = {0};

	(void) state;
	fill_values(values, HEIGHT * WIDTH, 3);
	for (int y = 0; y < HEIGHT; y++)
	{
		integral_row_int64(values + y * WIDTH, row, WIDTH, row);
		for (int x = 0; x <= WIDTH; x++)
			assert_int_equal(row[x],
							 window_sum(values, &(Window){0, 0, y + 1, x}, 1,
										0));
	}
}

/* Corners of some depth, in rows with something beyond their last one. */
static void
steps_make_deep_images(void **state)
{
	enum
	{
		ROW_SIZE = (WIDTH + 1) * DEPTH + 2
	};
	int64_t values[HEIGHT * WIDTH * DEPTH];
	uint32_t image[(HEIGHT + 1) * ROW_SIZE] = {0};

	(void) state;
	fill_values(values, HEIGHT * WIDTH * DEPTH, 4);
	for (int y = 0; y < HEIGHT; y++)
	{
		uint32_t row_sum[DEPTH] = {0};

		for (int x = 0; x < WIDTH; x++)
			for (int k = 0; k < DEPTH; k++)
			{
				size_t above = (size_t) y * ROW_SIZE + (x + 1) * DEPTH + k;

				image[above + ROW_SIZE] = integral_step_uint32(
					&row_sum[k],
					(uint32_t) values[(y * WIDTH + x) * DEPTH + k],
					image[above]);
			}
	}
	FOR_EACH_WINDOW(window)
	{
		Corners corners = window_corners(&window, ROW_SIZE, DEPTH);

		for (int k = 0; k < DEPTH; k++)
			assert_int_equal((int32_t) CORNERS_SUM(uint32_t, image + k,
												   &corners),
							 window_sum(values, &window, DEPTH, k));
	}
}

/* Corners at the ends of int32, whose differences do not fit it. */
static void
sums_are_computed_in_their_type(void **state)
{
	int32_t image[] = {INT32_MAX, INT32_MIN, INT32_MIN, INT32_MAX};
	Corners corners = window_corners(&(Window){0, 0, 1, 1}, 2, 1);

	(void) state;
	assert_true(CORNERS_SUM(double, image, &corners) ==
				2.0 * INT32_MAX - 2.0 * INT32_MIN);
	assert_true(CORNERS_SUM(int64_t, image, &corners) ==
				2 * (int64_t) INT32_MAX - 2 * (int64_t) INT32_MIN);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_make_images),
		cmocka_unit_test(rows_are_made_in_place),
		cmocka_unit_test(a_row_replaces_the_one_above),
		cmocka_unit_test(steps_make_deep_images),
		cmocka_unit_test(sums_are_computed_in_their_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
