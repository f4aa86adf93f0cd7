/*
 * window_set_test.c
 *		Narrowing of sets of windows, and the least overlap of a set, against
 *		enumeration.
 */
#include "core/search/window_set.h"

#include <math.h>

#include "lib/core_test.h"

/* Calls sink with each window of a set. */
static void
for_each_window(const WindowSet *set,
				void (*sink)(void *context, const Window *window),
				void *context)
{
	for (int y1 = set->least[EDGE_Y1]; y1 <= set->most[EDGE_Y1]; y1++)
		for (int x1 = set->least[EDGE_X1]; x1 <= set->most[EDGE_X1]; x1++)
			for (int y2 = set->least[EDGE_Y2]; y2 <= set->most[EDGE_Y2]; y2++)
				for (int x2 = set->least[EDGE_X2]; x2 <= set->most[EDGE_X2];
					 x2++)
					sink(context, &(Window){y1, x1, y2, x2});
}

static bool
contains(const WindowSet *set, const Window *window)
{
	return set->least[EDGE_Y1] <= window->y1 &&
		   window->y1 <= set->most[EDGE_Y1] &&
		   set->least[EDGE_X1] <= window->x1 &&
		   window->x1 <= set->most[EDGE_X1] &&
		   set->least[EDGE_Y2] <= window->y2 &&
		   window->y2 <= set->most[EDGE_Y2] &&
		   set->least[EDGE_X2] <= window->x2 &&
		   window->x2 <= set->most[EDGE_X2];
}

/* Intervals along one axis, with a cell that all windows contain. */
static void
fill_intervals(Random *random, WindowSet *set, Edge first, Edge second,
			   int length)
{
	int common = random_int(random, 0, length - 1);

	set->least[first] = (int16_t) random_int(random, 0, common);
	set->most[first] = (int16_t) random_int(random, set->least[first], common);
	set->least[second] = (int16_t) random_int(random, common + 1, length);
	set->most[second] =
		(int16_t) random_int(random, set->least[second], length);
}

static WindowSet
random_set(Random *random, int height, int width, bool is_single)
{
	WindowSet set = {.bound = 0.75f, .length = 3.5f};

	fill_intervals(random, &set, EDGE_Y1, EDGE_Y2, height);
	fill_intervals(random, &set, EDGE_X1, EDGE_X2, width);
	if (is_single)
		memcpy(set.most, set.least, sizeof(set.most));
	return set;
}

static WindowConstraints
random_constraints(Random *random, int height, int width)
{
	WindowConstraints constraints = {true, 1, 0.2, 1, INT32_MAX, 1, INT32_MAX};

	if (random_int(random, 0, 2) > 0)
	{
		constraints.any_aspect = false;
		constraints.aspect = pow(2, 4 * random_fraction(random) - 2);
		constraints.tolerance = 0.02 + 1.2 * random_fraction(random);
	}
	if (random_int(random, 0, 1) == 0)
	{
		constraints.min_height = random_int(random, 1, height + 1);
		constraints.max_height =
			constraints.min_height + random_int(random, 0, height);
	}
	if (random_int(random, 0, 1) == 0)
	{
		constraints.min_width = random_int(random, 1, width + 1);
		constraints.max_width =
			constraints.min_width + random_int(random, 0, width);
	}
	return constraints;
}

/* From the definition in design and manual. */
static bool
meets(const WindowConstraints *constraints, const Window *window)
{
	int height = window->y2 - window->y1, width = window->x2 - window->x1;
	double ratio = (double) height / width / constraints->aspect;

	return height >= constraints->min_height &&
		   height <= constraints->max_height &&
		   width >= constraints->min_width &&
		   width <= constraints->max_width &&
		   (constraints->any_aspect || (ratio > 1 - constraints->tolerance &&
										ratio < 1 + constraints->tolerance));
}

/* A set, what became of it, and what enumeration found. */
typedef struct Narrowed
{
	const WindowConstraints *constraints;
	WindowSet set;
	bool is_kept;
	int fitting; /* windows of the set before that meet the constraints */
	int lost;    /* of them, those that are not in the set any more */
} Narrowed;

static void
count_fitting(void *context, const Window *window)
{
	Narrowed *narrowed = context;

	if (!meets(narrowed->constraints, window))
		return;
	narrowed->fitting++;
	narrowed->lost += !narrowed->is_kept || !contains(&narrowed->set, window);
}

/* What a series of sets came to. */
typedef struct Tally
{
	int sets;
	int empty;    /* no window met the constraints, */
	int dropped;  /* and the set was found to be empty */
	int narrowed; /* an interval became smaller */
} Tally;

static void
check_narrowing(const WindowConstraints *constraints,
				const SetConstraints *set_constraints, const WindowSet *before,
				Tally *tally)
{
	Narrowed narrowed = {.constraints = constraints, .set = *before};
	WindowSet *set = &narrowed.set;

	narrowed.is_kept = window_set_narrow(set, set_constraints);
	for_each_window(before, count_fitting, &narrowed);
	assert_int_equal(narrowed.lost, 0);
	if (window_set_is_single(before))
		assert_int_equal(narrowed.is_kept, narrowed.fitting == 1);
	tally->sets++;
	tally->empty += narrowed.fitting == 0;
	tally->dropped += !narrowed.is_kept;
	if (!narrowed.is_kept)
		return;
	for (int edge = 0; edge < EDGES; edge++)
	{
		assert_int_in_range(set->least[edge], before->least[edge],
							set->most[edge]);
		assert_int_in_range(set->most[edge], set->least[edge],
							before->most[edge]);
	}
	tally->narrowed +=
		memcmp(set->least, before->least, sizeof(set->least)) != 0 ||
		memcmp(set->most, before->most, sizeof(set->most)) != 0;
	assert_true(set->bound == before->bound && set->length == before->length);
}

static void
narrowing_keeps_what_meets_the_constraints(void **state)
{
	Random random = {101};
	TestHost test;
	const Host *host = test_host_start(&test);
	SetConstraints set_constraints = {0};
	Tally singles = {0}, others = {0};

	(void) state;
	for (int i = 0; i < 1500; i++)
	{
		int height = random_int(&random, 1, 14),
			width = random_int(&random, 1, 14);
		WindowConstraints constraints =
			random_constraints(&random, height, width);

		set_constraints_fill(host, &set_constraints, &constraints, height,
							 width);
		for (int j = 0; j < 20; j++)
		{
			WindowSet set = random_set(&random, height, width, j % 2 == 0);

			check_narrowing(&constraints, &set_constraints, &set,
							j % 2 == 0 ? &singles : &others);
		}
	}
	/*
	 * the sets are of all sorts, and those without a window are mostly found
	 * out
	 */
	assert_int_in_range(singles.dropped, singles.sets / 5,
						singles.sets - singles.sets / 5);
	assert_int_in_range(others.empty, others.sets / 5,
						others.sets - others.sets / 5);
	assert_int_in_range(others.dropped, others.empty - others.empty / 10,
						others.empty);
	assert_true(others.narrowed > others.sets / 10);
	scratch_release(host, &set_constraints.space);
	test_host_end(&test);
}

/* Without constraints no set changes. */
static void
free_sets_stay_as_they_are(void **state)
{
	static const WindowConstraints any = {true,      0, 0.2,      1,
										  INT32_MAX, 1, INT32_MAX};
	Random random = {102};
	TestHost test;
	const Host *host = test_host_start(&test);
	SetConstraints set_constraints = {0};

	(void) state;
	for (int i = 0; i < 500; i++)
	{
		int height = random_int(&random, 1, 200),
			width = random_int(&random, 1, 200);
		WindowSet set = random_set(&random, height, width, false);
		WindowSet before = set;

		set_constraints_fill(host, &set_constraints, &any, height, width);
		assert_true(window_set_narrow(&set, &set_constraints));
		assert_memory_equal(&set, &before, sizeof(set));
	}
	test_host_end(&test);
}

/* Windows between the smallest and the largest of a set. */
static void
check_between(void *context, const Window *window)
{
	const WindowSet *set = context;
	Window smallest = window_set_smallest(set),
		   largest = window_set_largest(set);
	Window inner = window_intersection(&smallest, window);
	Window outer = window_intersection(&largest, window);

	assert_int_equal(window_compare(&inner, &smallest), 0);
	assert_int_equal(window_compare(&outer, window), 0);
}

static void
all_windows_lie_between_the_smallest_and_the_largest(void **state)
{
	Random random = {103};

	(void) state;
	for (int i = 0; i < 1000; i++)
	{
		WindowSet set = random_set(&random, 9, 8, i % 10 == 0);
		Window smallest = window_set_smallest(&set),
			   largest = window_set_largest(&set);

		for_each_window(&set, check_between, &set);
		assert_true(contains(&set, &smallest));
		assert_true(contains(&set, &largest));
		if (i % 10 == 0)
			assert_true(window_set_is_single(&set));
		assert_int_equal(window_set_is_single(&set),
						 window_compare(&smallest, &largest) == 0);
	}
}

typedef struct LeastOverlap
{
	Window other;
	double least;
} LeastOverlap;

static void
take_overlap(void *context, const Window *window)
{
	LeastOverlap *overlap = context;

	overlap->least =
		fmin(overlap->least, window_overlap(window, &overlap->other));
}

static void
the_least_overlap_is_a_lower_bound(void **state)
{
	Random random = {104};
	int positive = 0, told = 0;

	(void) state;
	for (int i = 0; i < 5000; i++)
	{
		WindowSet set = random_set(&random, 9, 8, i % 10 == 0);
		WindowSet other = random_set(&random, 9, 8, true);
		Window smallest = window_set_smallest(&set),
			   largest = window_set_largest(&set);
		LeastOverlap overlap = {window_set_smallest(&other), 1};
		double least =
			window_least_overlap(&smallest, &largest, &overlap.other);

		for_each_window(&set, take_overlap, &overlap);
		assert_true(least >= 0 && least <= overlap.least);
		if (window_set_is_single(&set))
			assert_true(least == overlap.least);
		positive += overlap.least > 0;
		told += least > 0.5 * overlap.least;
	}
	/* and not far below */
	assert_true(positive > 1000 && told > positive / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(narrowing_keeps_what_meets_the_constraints),
		cmocka_unit_test(free_sets_stay_as_they_are),
		cmocka_unit_test(all_windows_lie_between_the_smallest_and_the_largest),
		cmocka_unit_test(the_least_overlap_is_a_lower_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
