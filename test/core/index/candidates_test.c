/*
 * candidates_test.c
 *		The best items of many offers: against all of them, in any order.
 */
#include "core/index/candidates.h"

#include <math.h>
#include <string.h>

#include "lib/core_test.h"

typedef struct Offer
{
	uint64_t key;
	float score;
} Offer;

/*
 * Scores of a key above a threshold, the best SCORES_OF_PROMISE of them,
 * summed up as exponentials; the best one counts in any case.
 */
static double
expected_promise(const Offer *offers, int count, uint64_t key, float threshold)
{
	float best[SCORES_OF_PROMISE + 1];
	int found = 0;
	double sum = 1;

	for (int i = 0; i < count; i++)
		if (offers[i].key == key)
		{
			int at = found < SCORES_OF_PROMISE ? found++ : SCORES_OF_PROMISE;

			for (; at > 0 && best[at - 1] < offers[i].score; at--)
				best[at] = best[at - 1];
			best[at] = offers[i].score;
		}
	for (int k = 1; k < found; k++)
		if (best[k] > threshold)
			sum += exp((best[k] - best[0]) / 0.03);
	return best[0] + 0.03 * log(sum);
}

/* The best score of each key, or -infinity; keys are 0 to keys - 1. */
static void
best_scores(const Offer *offers, int count, float *best, int keys)
{
	for (int key = 0; key < keys; key++)
		best[key] = -INFINITY;
	for (int i = 0; i < count; i++)
		if (offers[i].score > best[offers[i].key])
			best[offers[i].key] = offers[i].score;
}

/*
 * Takes the `most` best keys, the smallest of equals first, out of best[];
 * returns how many there are, and the score of the last of them or -infinity.
 */
static int
take_best(float *best, int keys, int most, bool *taken, float *threshold)
{
	int count = 0;

	memset(taken, 0, sizeof(bool) * keys);
	*threshold = -INFINITY;
	while (count < most)
	{
		int key = 0;

		for (int other = 1; other < keys; other++)
			if (best[other] > best[key])
				key = other;
		if (best[key] == -INFINITY)
			return count;
		taken[key] = true;
		if (++count == most)
			*threshold = best[key];
		best[key] = -INFINITY;
	}
	return count;
}

/* Checks that the items are the best ones, by promise, then by key. */
static void
check_items(const Candidates *candidates, const Offer *offers, int count,
			bool *taken, float threshold)
{
	for (int i = 0; i < candidates->count; i++)
	{
		const ScoredItem *item = &candidates->items[i];

		assert_true(taken[item->key]);
		taken[item->key] = false;
		assert_true(
			fabs(item->promise - expected_promise(offers, count, item->key,
												  threshold)) <= 1e-6);
		if (i > 0)
			assert_true(item[-1].promise > item->promise ||
						(item[-1].promise == item->promise &&
						 item[-1].key < item->key));
	}
}

static void
check_offers(const Host *host, Candidates *candidates, Random *random,
			 int count, int keys, int most, int levels, float step)
{
	Offer *offers = host_new(host, Offer, count + 1);
	float *best = host_new(host, float, keys);
	bool *taken = host_new(host, bool, keys);
	float threshold;

	candidates_start(candidates, host, most, false);
	for (int i = 0; i < count; i++)
	{
		offers[i].key = (uint64_t) random_int(random, 0, keys - 1);
		offers[i].score = step * (float) random_int(random, -levels, levels);
		candidates_offer(candidates, offers[i].key, offers[i].score);
	}
	best_scores(offers, count, best, keys);
	assert_int_equal(candidates_finish(candidates),
					 take_best(best, keys, most, taken, &threshold));
	check_items(candidates, offers, count, taken, threshold);
	host_free(host, taken);
	host_free(host, best);
	host_free(host, offers);
}

static void
best_items_are_kept_once(void **state)
{
	static const int counts[] = {0, 1, 100, 5000, 20000};
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
								 keys[k], most, levels[l],
								 levels[l] > 30 ? 0x1p-23f : 0x1p-6f);
	candidates_release(&candidates);
	assert_int_equal(test.live_blocks, 0);
	assert_true(test.interrupts > 0);
	test_host_end(&test);
}

static void
offer_all(Candidates *candidates, const Offer *offers, int count, bool forward)
{
	for (int i = 0; i < count; i++)
	{
		const Offer *offer = &offers[forward ? i : count - 1 - i];

		candidates_offer(candidates, offer->key, offer->score);
	}
	candidates_finish(candidates);
}

static void
order_of_offers_does_not_matter(void **state)
{
	enum
	{
		COUNT = 30000
	};
	Random random = {602};
	Candidates forward = {0}, backward = {0};
	TestHost test;
	const Host *host = test_host_start(&test);
	Offer *offers = host_new(host, Offer, COUNT);

	(void) state;
	for (int i = 0; i < COUNT; i++)
		offers[i] = (Offer){(uint64_t) random_int(&random, 0, 4000),
							0.002f * (float) random_int(&random, 0, 500)};
	candidates_start(&forward, host, 200, false);
	candidates_start(&backward, host, 200, false);
	offer_all(&forward, offers, COUNT, true);
	offer_all(&backward, offers, COUNT, false);
	assert_int_equal(forward.count, backward.count);
	for (int i = 0; i < forward.count; i++)
	{
		assert_int_equal(forward.items[i].key, backward.items[i].key);
		assert_true(forward.items[i].promise == backward.items[i].promise);
	}
	host_free(host, offers);
	candidates_release(&forward);
	candidates_release(&backward);
	test_host_end(&test);
}

/* Two good scores promise more than one that is a little better. */
static void
several_good_scores_promise_more(void **state)
{
	Candidates candidates = {0};
	TestHost test;

	(void) state;
	candidates_start(&candidates, test_host_start(&test), 3, false);
	candidates_offer(&candidates, 1, 0.70f);
	candidates_offer(&candidates, 2, 0.69f);
	candidates_offer(&candidates, 2, 0.68f);
	candidates_offer(&candidates, 3, 0.60f);
	candidates_finish(&candidates);
	assert_int_equal(candidates.items[0].key, 2);
	assert_int_equal(candidates.items[1].key, 1);
	assert_true(candidates.items[1].promise == 0.70f);
	candidates_release(&candidates);
	test_host_end(&test);
}

static void
scores_that_are_not_numbers_are_passed_over(void **state)
{
	Candidates candidates = {0};
	TestHost test;

	(void) state;
	candidates_start(&candidates, test_host_start(&test), 2, false);
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

/* A code that can be told by its bytes. */
static RegionCode
numbered_code(int number)
{
	RegionCode code = {.factor = (float) number};

	memset(code.code, number, sizeof(code.code));
	return code;
}

/* Each score that is kept has its own code and list. */
static void
check_codes(const Candidates *candidates)
{
	for (int i = 0; i < candidates->count; i++)
	{
		const ScoredItem *item = &candidates->items[i];

		for (int k = 0; k < item_score_count(item); k++)
		{
			const ListedCode *kept = item_code(candidates, item, k);
			int number = (int) lrintf(item->scores[k] * 1000);
			RegionCode code = numbered_code(number);

			assert_memory_equal(&kept->code, &code, sizeof(code));
			assert_int_equal(kept->list, number % 7);
			assert_int_equal(item->key % 16, number % 16);
		}
	}
}

/* Through many times that items are sorted out. */
static void
codes_stay_with_their_scores(void **state)
{
	Random random = {603};
	Candidates candidates = {0};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	candidates_start(&candidates, host, 100, true);
	for (int i = 0; i < 60000; i++)
	{
		int number = random_int(&random, 0, 1000);
		uint64_t key = (uint64_t) (16 * random_int(&random, 0, 200)) +
					   (uint64_t) (number % 16);
		RegionCode code = numbered_code(number);

		candidates_offer_code(&candidates, key, (float) number / 1000,
							  number % 7, &code);
	}
	assert_int_equal(candidates_finish(&candidates), 100);
	check_codes(&candidates);
	candidates_release(&candidates);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/*
 * The best codes of an item are kept, and somewhat worse ones than it takes.
 */
static void
lesser_codes_are_kept(void **state)
{
	enum
	{
		MOST = 2
	};
	Candidates candidates = {0};
	RegionCode code = numbered_code(1);
	TestHost test;

	(void) state;
	candidates_start(&candidates, test_host_start(&test), MOST, true);
	candidates_offer_code(&candidates, 1, 0.9f, 0, &code);
	candidates_offer_code(&candidates, 2, 0.8f, 0, &code);
	for (int i = 0; i < candidates.room; i++)
		candidates_offer_code(&candidates, 3 + i, 0.1f, 0, &code);
	assert_true(candidates.threshold == 0.8f);
	candidates_offer_code(&candidates, 1, 0.78f, 0, &code);
	candidates_offer_code(&candidates, 1, 0.6f, 0, &code);
	candidates_offer_code(&candidates, 9, 0.79f, 0, &code);
	candidates_offer_code(&candidates, 9, NAN, 0, &code);
	assert_int_equal(candidates_finish(&candidates), MOST);
	assert_int_equal(candidates.items[0].key, 1);
	assert_int_equal(item_score_count(&candidates.items[0]), 2);
	assert_true(candidates.items[0].scores[1] == 0.78f);
	assert_int_equal(candidates.items[1].key, 2);
	assert_int_equal(item_score_count(&candidates.items[1]), 1);
	candidates_release(&candidates);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_items_are_kept_once),
		cmocka_unit_test(scores_that_are_not_numbers_are_passed_over),
		cmocka_unit_test(order_of_offers_does_not_matter),
		cmocka_unit_test(several_good_scores_promise_more),
		cmocka_unit_test(codes_stay_with_their_scores),
		cmocka_unit_test(lesser_codes_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
