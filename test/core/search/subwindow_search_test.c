/*
 * subwindow_search_test.c
 *		Branch and bound offers each window that reaches the threshold, once:
 *		also where its queue is full, and where bounds do not pay.
 */
#include "core/search/subwindow_search.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

static const WindowConstraints any_window = {true,      0, 0.2,      1,
											 INT32_MAX, 1, INT32_MAX};

/*
 * A map and a query, ready to be searched, the scores of all windows, and what
 * the search took.
 */
typedef struct Searched
{
	const Host *host;
	TestMap made;
	Codes codes;
	Scorer scorer;
	Pooler pooler;
	Products products;
	SubwindowSearch search;
	double *scores; /* [windows], by window_number; NaN where there is none */
	uint8_t *taken; /* [windows]: how often it was taken */
	/* threshold that take_window returns, or that of the best score so far */
	double raise_to;
	bool by_best;
	const Window *unwanted; /* no window that contains this; NULL for none */
	int greatest_queue;
} Searched;

static void
take_score(void *context, const Window *window, const long double *pooled)
{
	Searched *searched = context;
	long double numerator = 0, square = 0;

	for (int c = 0; c < searched->made.map.channels; c++)
	{
		numerator += searched->scorer.unit[c] * pooled[c];
		square += pooled[c] * pooled[c];
	}
	searched->scores[window_number(&searched->made.map, window)] =
		square == 0 ? NAN : (double) (numerator / sqrtl(square));
}

static void
note_queue(Searched *searched)
{
	if (searched->search.queue_count > searched->greatest_queue)
		searched->greatest_queue = searched->search.queue_count;
}

static double
take_window(void *context, const Window *window)
{
	Searched *searched = context;
	size_t number = window_number(&searched->made.map, window);

	note_queue(searched);
	searched->taken[number]++;
	if (searched->by_best && searched->scores[number] > searched->raise_to)
		searched->raise_to = searched->scores[number];
	return searched->raise_to;
}

static bool
is_unwanted(void *context, const Window *smallest, const Window *largest)
{
	Searched *searched = context;
	const Window *unwanted = searched->unwanted;

	(void) largest;
	note_queue(searched);
	return unwanted != NULL && smallest->y1 <= unwanted->y1 &&
		   smallest->x1 <= unwanted->x1 && smallest->y2 >= unwanted->y2 &&
		   smallest->x2 >= unwanted->x2;
}

static bool
is_eligible(void *context, const Window *window)
{
	return !is_unwanted(context, window, window);
}

static void
searched_start(const Host *host, Searched *searched, const TestMap *made,
			   const float *query, const Pooling *pooling)
{
	const FeatureMap *map = &searched->made.map;

	*searched = (Searched){.host = host, .made = *made};
	open_pooled(host, map, &kernels_plain, pooling, &searched->codes,
				&searched->pooler);
	open_scorer(host, &searched->codes, query, &searched->scorer);
	products_fill(host, &searched->products, &searched->codes,
				  &searched->scorer);
	subwindow_engine.open(host, &searched->search, &searched->codes,
						  &searched->scorer, &searched->pooler);
	subwindow_engine.set_query(host, &searched->search, &searched->scorer,
							   &searched->products);
	/* zeros, until they are filled in */
	searched->scores = calloc(window_count(map), sizeof(double));
	searched->taken = malloc(window_count(map));
}

static void
searched_end(Searched *searched)
{
	free(searched->taken);
	free(searched->scores);
}

static bool
run_with_work(Searched *searched, const WindowConstraints *constraints,
			  double threshold, double work)
{
	EngineTask task = {
		.constraints = constraints,
		.threshold = threshold,
		.is_eligible = is_eligible,
		.is_excluded = is_unwanted,
		.evaluate = take_window,
		.context = searched,
		.work_left = &work,
	};

	memset(searched->taken, 0, window_count(&searched->made.map));
	searched->raise_to = threshold;
	searched->greatest_queue = 0;
	return subwindow_engine.run(searched->host, &searched->search, &task);
}

static void
run(Searched *searched, const WindowConstraints *constraints, double threshold)
{
	assert_true(run_with_work(searched, constraints, threshold, INFINITY));
}

static bool
is_asked_for(const Searched *searched, const WindowConstraints *constraints,
			 const Window *window)
{
	int height = window->y2 - window->y1, width = window->x2 - window->x1,
		least, most;

	constraint_widths(constraints, height, searched->made.map.width, &least,
					  &most);
	return height >= constraints->min_height &&
		   height <= constraints->max_height && width >= least &&
		   width <= most && is_eligible((void *) searched, window);
}

/*
 * Each window that reaches the last threshold was taken once; no other more
 * than once, or if not asked for.
 */
static void
check_taken(Searched *searched, const WindowConstraints *constraints)
{
	const FeatureMap *map = &searched->made.map;

	for (int y1 = 0; y1 < map->height; y1++)
		for (int x1 = 0; x1 < map->width; x1++)
			for (int y2 = y1 + 1; y2 <= map->height; y2++)
				for (int x2 = x1 + 1; x2 <= map->width; x2++)
				{
					Window window = {y1, x1, y2, x2};
					size_t number = window_number(map, &window);
					bool is_asked =
						is_asked_for(searched, constraints, &window);
					/* NaN does not reach it */
					bool must = is_asked &&
								searched->scores[number] >= searched->raise_to;

					if (searched->taken[number] > is_asked ||
						searched->taken[number] < must)
						fail_msg(
							"(%d, %d, %d, %d) of score %.12g was taken %d times, threshold "
							"%.12g",
							y1, x1, y2, x2, searched->scores[number],
							searched->taken[number], searched->raise_to);
				}
}

static void
all_that_reaches_the_threshold_is_taken(void **state)
{
	static const Pooling poolings[] = {{POOL_MAX, 1},
									   {POOL_GEM, 3},
									   {POOL_GEM, 10},
									   {POOL_GEM, 30},
									   {POOL_GEM, 100}};
	static const WindowConstraints square = {false, 1, 0.4,      2,
											 6,     1, INT32_MAX};
	static const double thresholds[] = {-1, 0, 0.3, 0.6, 0.9};
	static const Window corner = {3, 3, 4, 5};
	Random random = {131};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (size_t p = 0; p < lengthof(poolings); p++)
		{
			TestMap made;
			Searched searched;
			float query[12];

			if (!pooling_takes(&poolings[p], kind))
				continue;
			make_map(host, &made, &random, kind, 12, 9, 8,
					 p % 2 == 0 ? 8 : 16);
			for (int c = 0; c < 12; c++)
				query[c] = (float) random_normal(&random);
			searched_start(host, &searched, &made, query, &poolings[p]);
			pool_all_windows(host, &made.map, &poolings[p], take_score,
							 &searched);
			for (size_t t = 0; t < lengthof(thresholds); t++)
				for (int variant = 0; variant < 8; variant++)
				{
					const WindowConstraints *constraints =
						variant & 1 ? &square : &any_window;

					searched.by_best = variant & 2;
					searched.unwanted = variant & 4 ? &corner : NULL;
					run(&searched, constraints, thresholds[t]);
					check_taken(&searched, constraints);
				}
			searched_end(&searched);
		}
	test_host_end(&test);
}

/*
 * Noise, of which no window stands out: bounds fall evenly as sets are split.
 * All windows are asked for, so that their scores need not be known.
 */
static void
start_noise(const Host *host, Searched *searched, int height, int width)
{
	static const Pooling max = {POOL_MAX, 1};
	Random random = {132};
	TestMap made;
	float query[48];

	for (int c = 0; c < 48; c++)
		query[c] = c % 2 == 0 ? 1 : -1;
	make_map(host, &made, &random, MAP_SIGNED, 48, height, width, 8);
	searched_start(host, searched, &made, query, &max);
}

static void
a_full_queue_loses_nothing(void **state)
{
	/* mostly windows of the first block, which is the only large one */
	static const WindowConstraints large = {true,      0,  0.2,      18,
											INT32_MAX, 18, INT32_MAX};
	TestHost test;
	Searched searched;

	(void) state;
	start_noise(test_host_start(&test), &searched, 60, 60);
	run(&searched, &large, -1);
	/* the room of the queue is as much as it reserves */
	assert_int_equal(searched.greatest_queue,
					 searched.search.queue_space.size / sizeof(WindowSet));
	check_taken(&searched, &large);
	searched_end(&searched);
	test_host_end(&test);
}

/*
 * No search takes more work than it may; each window is taken at most once.
 */
static void
bounds_that_do_not_pay_are_given_up(void **state)
{
	TestHost test;
	Searched searched;
	size_t windows;

	(void) state;
	start_noise(test_host_start(&test), &searched, 24, 25);
	windows = window_count(&searched.made.map);
	for (size_t most = 0; most < windows; most = 4 * most + 1)
	{
		double work = most * searched.search.bound_work;

		searched.search.bounds = 0;
		assert_false(run_with_work(&searched, &any_window, -1, work));
		assert_true(searched.search.bounds <= (int64_t) most + 2);
		for (size_t i = 0; i < windows; i++)
			assert_true(searched.taken[i] <= 1);
	}
	run(&searched, &any_window, -1);
	check_taken(&searched, &any_window);
	searched_end(&searched);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_reaches_the_threshold_is_taken),
		cmocka_unit_test(a_full_queue_loses_nothing),
		cmocka_unit_test(bounds_that_do_not_pay_are_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
