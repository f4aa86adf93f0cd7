/*
 * candidates_test.c
 *		The best items of many offers: against sorting all of them, in any
 *		order.
 */
#include "core/index/candidates.h"

#include <math.h>

#include "lib/core_test.h"

/* The best score of each key, or -infinity; keys are 0 to keys - 1. */
static void
best_scores(const ScoredItem *offers, int count, float *best, int keys)
{
	for (int key = 0; key < keys; key++)
		best[key] = -INFINITY;
	for (int i = 0; i < count; i++)
		if (offers[i].score > best[offers[i].key])
			best[offers[i].key] = offers[i].score;
}

/*
 * Checks that the items are the best ones, the smallest key first of equals.
 */
static void
check_items(const Candidates *candidates, int most, float *best, int keys)
{
	int expected = 0;

	for (int i = 0; i < candidates->count; i++)
	{
		int key = 0;

		for (int other = 1; other < keys; other++)
			if (best[other] > best[key])
				key = other;
		assert_int_equal(candidates->items[i].key, key);
		assert_true(candidates->items[i].score == best[key]);
		best[key] = -INFINITY;
	}
	for (int key = 0; key < keys; key++)
		expected += best[key] > -INFINITY;
	assert_true(candidates->count == most || expected == 0);
}

static void
check_offers(const Host *host, Candidates *candidates, Random *random,
			 int count, int keys, int most, int levels)
{
	ScoredItem *offers = host_new(host, ScoredItem, count + 1);
	float *best = host_new(host, float, keys);
	int found;

	candidates_start(candidates, host, most);
	for (int i = 0; i < count; i++)
	{
		offers[i].key = (uint64_t) random_int(random, 0, keys - 1);
		offers[i].score = (float) random_int(random, -levels, levels);
		candidates_offer(candidates, offers[i].key, offers[i].score);
	}
	best_scores(offers, count, best, keys);
	found = candidates_finish(candidates);
	assert_int_equal(found, candidates->count);
	check_items(candidates, most, best, keys);
	host_free(host, best);
	host_free(host, offers);
}

static void
best_items_are_kept_once(void **state)
{
	static const int counts[] = {0, 1, 100, 5000, 40000};
	static const int keys[] = {1, 70, 3000};
	static const int levels[] = {0, 30, 1 << 23};
	Random random = {601};
	Candidates candidates = {0};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t c = 0; c < lengthof(counts); c++)
		for (size_t k = 0; k < lengthof(keys); k++)
			for (size_t l = 0; l < lengthof(levels); l++)
				for (int most = 1; most <= 1500; most = most * 7 + 3)
					check_offers(host, &candidates, &random, counts[c],
								 keys[k], most, levels[l]);
	candidates_release(&candidates);
	assert_int_equal(test.live_blocks, 0);
	assert_true(test.interrupts > 0);
	test_host_end(&test);
}

static void
scores_that_are_not_numbers_are_passed_over(void **state)
{
	Candidates candidates = {0};
	TestHost test;

	(void) state;
	candidates_start(&candidates, test_host_start(&test), 2);
	candidates_offer(&candidates, 1, NAN);
	candidates_offer(&candidates, 2, -INFINITY);
	candidates_offer(&candidates, 3, INFINITY);
	candidates_offer(&candidates, 3, NAN);
	assert_int_equal(candidates_finish(&candidates), 2);
	assert_int_equal(candidates.items[0].key, 3);
	assert_int_equal(candidates.items[1].key, 2);
	candidates_release(&candidates);
	test_host_end(&test);
}

static void
offers_go_on_after_a_sort(void **state)
{
	Candidates candidates = {0};
	TestHost test;

	(void) state;
	candidates_start(&candidates, test_host_start(&test), 2);
	for (uint64_t key = 0; key < 5; key++)
		candidates_offer(&candidates, key, (float) key);
	assert_int_equal(candidates_finish(&candidates), 2);
	candidates_offer(&candidates, 9, 1);
	candidates_offer(&candidates, 8, 3.5f);
	assert_int_equal(candidates_finish(&candidates), 2);
	assert_int_equal(candidates.items[0].key, 4);
	assert_int_equal(candidates.items[1].key, 8);
	candidates_release(&candidates);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_items_are_kept_once),
		cmocka_unit_test(scores_that_are_not_numbers_are_passed_over),
		cmocka_unit_test(offers_go_on_after_a_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
