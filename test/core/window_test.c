/*
 * window_test.c
 *		Order, ties, overlap and constraints of windows.
 */
#include "core/window.h"

#include <math.h>

#include "lib/core_test.h"

/* All windows of a map, in an order that has nothing to do with theirs. */
static int
list_windows(int height, int width, Window *windows)
{
	int count = 0;

	for (int x2 = width; x2 > 0; x2--)
		for (int y2 = 1; y2 <= height; y2++)
			for (int x1 = 0; x1 < x2; x1++)
				for (int y1 = y2 - 1; y1 >= 0; y1--)
					windows[count++] = (Window){y1, x1, y2, x2};
	return count;
}

static void
order_is_by_y1_x1_y2_x2(void **state)
{
	Window windows[100];
	int count = list_windows(4, 4, windows);

	(void) state;
	assert_int_equal(count, 100);
	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
		{
			const Window *a = &windows[i];
			const Window *b = &windows[j];
			int a_key = ((a->y1 * 5 + a->x1) * 5 + a->y2) * 5 + a->x2;
			int b_key = ((b->y1 * 5 + b->x1) * 5 + b->y2) * 5 + b->x2;
			int order = window_compare(a, b);

			assert_int_equal((order > 0) - (order < 0),
							 (a_key > b_key) - (a_key < b_key));
		}
}

static void
higher_score_is_better(void **state)
{
	ScoredWindow high = {{3, 3, 4, 4}, 0.75};
	ScoredWindow low = {{0, 0, 1, 1}, 0.75 - 1e-9};

	(void) state;
	assert_true(scored_window_better(&high, &low));
	assert_false(scored_window_better(&low, &high));
	high.score = -0.25;
	low.score = -0.5;
	assert_true(scored_window_better(&high, &low));
	assert_false(scored_window_better(&low, &high));
}

static void
smaller_window_wins_ties(void **state)
{
	Window windows[100];
	int count = list_windows(4, 4, windows);
	double scores[] = {0.75, 1, 0, -0.5};

	(void) state;
	for (size_t s = 0; s < lengthof(scores); s++)
		for (int i = 0; i < count; i++)
			for (int j = 0; j < count; j++)
			{
				/*
				 * rounding of either may put the larger window a little ahead
				 */
				ScoredWindow a = {windows[i], scores[s] + i % 3 * 1e-15};
				ScoredWindow b = {windows[j], scores[s] + j % 3 * 1e-15};

				assert_int_equal(scored_window_better(&a, &b),
								 window_compare(&a.window, &b.window) < 0);
			}
}

static void
better_is_an_order(void **state)
{
	Random random = {11};
	ScoredWindow windows[40];

	(void) state;
	for (int i = 0; i < 40; i++)
	{
		int y = random_int(&random, 0, 2), x = random_int(&random, 0, 2);

		/*
		 * many neighbours closer than the resolution, in chains longer than it
		 */
		windows[i] = (ScoredWindow){{y, x, y + 1, x + 1},
									0.5 + random_int(&random, 0, 30) *
											  SCORE_RESOLUTION / 7};
	}
	for (int i = 0; i < 40; i++)
	{
		assert_false(scored_window_better(&windows[i], &windows[i]));
		for (int j = 0; j < 40; j++)
			for (int k = 0; k < 40; k++)
				if (scored_window_better(&windows[i], &windows[j]))
				{
					assert_false(
						scored_window_better(&windows[j], &windows[i]));
					if (scored_window_better(&windows[j], &windows[k]))
						assert_true(
							scored_window_better(&windows[i], &windows[k]));
				}
	}
}

static bool
window_has(const Window *window, int y, int x)
{
	return y >= window->y1 && y < window->y2 && x >= window->x1 &&
		   x < window->x2;
}

static void
overlap_counts_cells(void **state)
{
	Window windows[100];
	int count = list_windows(4, 4, windows);

	(void) state;
	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
		{
			int common = 0, either = 0;

			for (int y = 0; y < 4; y++)
				for (int x = 0; x < 4; x++)
				{
					bool a = window_has(&windows[i], y, x);
					bool b = window_has(&windows[j], y, x);

					common += a && b;
					either += a || b;
				}
			assert_true(window_overlap(&windows[i], &windows[j]) ==
						(double) common / either);
		}
}

static void
overlap_of_the_largest_windows(void **state)
{
	Window whole = {0, 0, 4096, 4096};
	Window half = {0, 0, 4096, 2048};

	(void) state;
	assert_true(window_overlap(&whole, &whole) == 1);
	assert_true(window_overlap(&whole, &half) == 0.5);
}

static WindowConstraints
any_window(void)
{
	return (WindowConstraints){true, 0, 0.2, 1, INT32_MAX, 1, INT32_MAX};
}

/* Compares with the widths for which fits says yes, tried one by one. */
static void
check_widths(const WindowConstraints *constraints, int height, int map_width,
			 const bool *fits)
{
	int least, most, first = 0, last = -1;

	for (int width = 1; width <= map_width; width++)
		if (fits[width])
		{
			if (last < 0)
				first = width;
			last = width;
		}
	constraint_widths(constraints, height, map_width, &least, &most);
	if (last < 0)
	{
		assert_true(least > most);
		return;
	}
	assert_int_equal(least, first);
	assert_int_equal(most, last);
}

static void
widths_follow_the_limits(void **state)
{
	(void) state;
	for (int map_width = 1; map_width <= 9; map_width++)
		for (int min_width = 1; min_width <= 11; min_width++)
			for (int max_width = min_width; max_width <= 12; max_width++)
			{
				WindowConstraints constraints = any_window();
				bool fits[10];

				constraints.min_width = min_width;
				constraints.max_width = max_width;
				for (int width = 1; width <= map_width; width++)
					fits[width] = width >= min_width && width <= max_width;
				check_widths(&constraints, 3, map_width, fits);
			}
}

/*
 * Aspects and tolerances of eighths, where strictly inside is decided by whole
 * numbers: height / width / (aspect / 8) between 1 - tolerance / 8 and 1 +
 * tolerance / 8.
 */
static void
widths_follow_the_aspect_strictly(void **state)
{
	int boundaries = 0;

	(void) state;
	for (int aspect = 1; aspect <= 32; aspect++)
		for (int tolerance = 1; tolerance <= 10; tolerance++)
			for (int height = 1; height <= 24; height++)
			{
				WindowConstraints constraints = any_window();
				bool fits[31];

				constraints.any_aspect = false;
				constraints.aspect = aspect / 8.0;
				constraints.tolerance = tolerance / 8.0;
				constraints.min_width = 1 + aspect % 3;
				constraints.max_width = 40 - height;
				for (int width = 1; width <= 30; width++)
				{
					int ratio = 64 * height;
					int least = (8 - tolerance) * aspect * width;
					int most = (8 + tolerance) * aspect * width;

					boundaries += ratio == least || ratio == most;
					fits[width] = width >= constraints.min_width &&
								  width <= constraints.max_width &&
								  ratio > least && ratio < most;
				}
				check_widths(&constraints, height, 30, fits);
			}
	assert_true(boundaries > 100);
}

static void
widths_of_decimal_aspects(void **state)
{
	Random random = {12};

	(void) state;
	for (int i = 0; i < 20000; i++)
	{
		WindowConstraints constraints = any_window();
		int height = random_int(&random, 1, 40);
		bool fits[41];

		constraints.any_aspect = false;
		constraints.aspect = 0.05 + 4 * random_fraction(&random);
		constraints.tolerance = 0.01 + 1.2 * random_fraction(&random);
		for (int width = 1; width <= 40; width++)
		{
			long double ratio =
				(long double) height / width / constraints.aspect;

			fits[width] = ratio > 1 - (long double) constraints.tolerance &&
						  ratio < 1 + (long double) constraints.tolerance;
		}
		check_widths(&constraints, height, 40, fits);
	}
}

static void
senseless_constraints_are_refused(void **state)
{
	double bad[] = {
		0, -1, -0.0, (double) INFINITY, -(double) INFINITY, (double) NAN};
	WindowConstraints constraints = any_window();
	CoreError error;

	(void) state;
	assert_done(constraints_check(&constraints, &error), &error);
	for (size_t i = 0; i < lengthof(bad); i++)
	{
		constraints = any_window();
		constraints.aspect = bad[i];
		assert_done(constraints_check(&constraints, &error), &error);
		constraints.any_aspect = false;
		assert_refused(constraints_check(&constraints, &error), &error,
					   ERROR_INVALID_PARAMETER);
		constraints.aspect = 1;
		assert_done(constraints_check(&constraints, &error), &error);
		constraints.tolerance = bad[i];
		assert_refused(constraints_check(&constraints, &error), &error,
					   ERROR_INVALID_PARAMETER);
	}
	for (int which = 0; which < 4; which++)
	{
		constraints = any_window();
		constraints.min_height = which == 0 ? 0 : which == 2 ? 5 : 1;
		constraints.min_width = which == 1 ? -3 : which == 3 ? 5 : 1;
		constraints.max_height = constraints.max_width = 4;
		assert_refused(constraints_check(&constraints, &error), &error,
					   ERROR_INVALID_PARAMETER);
	}
	/* no window of a small map meets them, but of another one may */
	constraints = any_window();
	constraints.min_height = constraints.min_width = 5000;
	assert_done(constraints_check(&constraints, &error), &error);
}

static void
windows_outside_the_map_are_refused(void **state)
{
	(void) state;
	for (int y1 = -1; y1 <= 4; y1++)
		for (int x1 = -1; x1 <= 5; x1++)
			for (int y2 = -1; y2 <= 4; y2++)
				for (int x2 = -1; x2 <= 5; x2++)
				{
					Window window = {y1, x1, y2, x2};
					CoreError error;

					if (y1 >= 0 && x1 >= 0 && y2 <= 3 && x2 <= 4 && y1 < y2 &&
						x1 < x2)
						assert_done(window_check(&window, 3, 4, &error),
									&error);
					else
						assert_refused(window_check(&window, 3, 4, &error),
									   &error, ERROR_INVALID_PARAMETER);
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_by_y1_x1_y2_x2),
		cmocka_unit_test(higher_score_is_better),
		cmocka_unit_test(smaller_window_wins_ties),
		cmocka_unit_test(better_is_an_order),
		cmocka_unit_test(overlap_counts_cells),
		cmocka_unit_test(overlap_of_the_largest_windows),
		cmocka_unit_test(widths_follow_the_limits),
		cmocka_unit_test(widths_follow_the_aspect_strictly),
		cmocka_unit_test(widths_of_decimal_aspects),
		cmocka_unit_test(senseless_constraints_are_refused),
		cmocka_unit_test(windows_outside_the_map_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
