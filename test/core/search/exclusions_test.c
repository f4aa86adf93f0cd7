/*
 * exclusions_test.c
 *		The windows that are marked are those that overlap a result too much.
 */
#include "core/search/exclusions.h"

#include "lib/core_test.h"

/* Excluded, and only then, where one of the results overlaps too much. */
static void
check_all(const Exclusions *exclusions, const Window *results, int count)
{
	for (int y1 = 0; y1 < exclusions->height; y1++)
		for (int x1 = 0; x1 < exclusions->width; x1++)
			for (int y2 = y1 + 1; y2 <= exclusions->height; y2++)
				for (int x2 = x1 + 1; x2 <= exclusions->width; x2++)
				{
					Window window = {y1, x1, y2, x2};
					bool expected = false;

					for (int i = 0; i < count; i++)
						expected |= window_overlap(&results[i], &window) >
									exclusions->max_overlap;
					assert_int_equal(exclusions_contain(exclusions, &window),
									 expected);
				}
}

static void
windows_that_overlap_too_much_are_excluded(void **state)
{
	static const int sizes[][2] = {{9, 11}, {1, 40}, {30, 1}, {1, 1}};
	static const double overlaps[] = {0,       0.001, 0.25, 1 / 3.0,
									  2 / 3.0, 0.5,   0.9,  0.999};
	Random random = {161};
	TestHost test;
	const Host *host = test_host_start(&test);
	Exclusions exclusions = {0};
	Window results[5];

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (size_t o = 0; o < lengthof(overlaps); o++)
		{
			int height = sizes[s][0], width = sizes[s][1];

			assert_true(exclusions_start(host, &exclusions, height, width,
										 overlaps[o]));
			for (int i = 0; i < (int) lengthof(results); i++)
			{
				int y1 = random_int(&random, 0, height - 1);
				int x1 = random_int(&random, 0, width - 1);

				results[i] =
					(Window){y1, x1, random_int(&random, y1 + 1, height),
							 random_int(&random, x1 + 1, width)};
				exclusions_add(host, &exclusions, &results[i]);
				check_all(&exclusions, results, i + 1);
			}
		}
	test_host_end(&test);
}

static void
too_many_windows_have_no_bits(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	Exclusions exclusions = {0};

	(void) state;
	assert_false(exclusions_start(host, &exclusions, 200, 200, 0.5));
	assert_false(exclusions_start(host, &exclusions, 4096, 4096, 0.5));
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_that_overlap_too_much_are_excluded),
		cmocka_unit_test(too_many_windows_have_no_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
