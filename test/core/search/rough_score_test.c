/*
 * rough_score_test.c
 *		A rough score is at least the exact one, and hardly more: over all
 *		windows of small maps, for every exponent there is.
 */
#include "core/search/rough_score.h"

#include "lib/test_blocks.h"
#include "lib/test_opened.h"
#include "lib/test_pooling.h"

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

static void
check_window(ScoredMap *scored, const Window *window)
{
	double exact = 0, rough = 0;
	double exponent = scored->pooler.pooling.exponent;
	double error = rough_error(exponent, window_area(window));
	bool has_exact =
		scorer_score(scored->host, &scored->scorer, &scored->pooler,
					 &scored->codes, window, &exact);
	bool has_rough =
		rough_score(scored->host, &scored->scorer, &scored->pooler,
					&scored->codes, window, &rough);

	assert_int_equal(has_rough, has_exact);
	if (!(rough >= exact &&
		  rough <= exact + 2 * scorer_error(&scored->scorer, error)))
		fail_of_window(scored, window, rough, exact);
}

static void
check_windows(ScoredMap *scored)
{
	const FeatureMap *map = &scored->made->map;

	for (int y1 = 0; y1 < map->height; y1++)
		for (int x1 = 0; x1 < map->width; x1++)
			for (int y2 = y1 + 1; y2 <= map->height; y2++)
				for (int x2 = x1 + 1; x2 <= map->width; x2++)
					check_window(scored, &(Window){y1, x1, y2, x2});
}

static void
check_map(const Host *host, const TestMap *made, Random *random)
{
	ScoredMap scored;
	CoreError error;

	scored_map_start(host, &scored, made, kernels, random);
	for (int exponent = 1; exponent <= 15; exponent++)
	{
		Pooling pooling = {POOL_GEM, exponent};

		assert_done(pooler_prepare(host, &scored.pooler, &pooling,
								   &scored.codes, &error),
					&error);
		assert_true(rough_score_takes(&scored.pooler, &scored.codes));
		check_windows(&scored);
	}
}

static void
rough_scores_are_near_above(void **state)
{
	static const int sizes[][3] = {{3, 5, 4}, {70, 4, 6}};
	Random random = {118};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
		{
			TestMap made;

			make_map(host, &made, &random, kind, sizes[s][0], sizes[s][1],
					 sizes[s][2], 8);
			if (pooling_takes(&(Pooling){POOL_GEM, 1}, kind))
				check_map(host, &made, &random);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/* Other exponents, poolings and codes have none. */
static void
others_have_none(void **state)
{
	static const Pooling without[] = {{POOL_MAX, 3},
									  {POOL_SUM, 3},
									  {POOL_GEM, 2.5},
									  {POOL_GEM, 16}};
	Codes codes = {.plane_count = 1};
	Pooler pooler = {0};

	(void) state;
	for (size_t i = 0; i < lengthof(without); i++)
	{
		pooler.pooling = without[i];
		assert_false(rough_score_takes(&pooler, &codes));
	}
	pooler.pooling = (Pooling){POOL_GEM, 3};
	assert_true(rough_score_takes(&pooler, &codes));
	codes.plane_count = 2;
	assert_false(rough_score_takes(&pooler, &codes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rough_scores_are_near_above),
		cmocka_unit_test(others_have_none),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
