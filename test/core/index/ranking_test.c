/*
 * ranking_test.c
 *		The order of candidates: each once, the best first, and better as
 *		scores become known.
 */
#include "core/index/ranking.h"

#include <math.h>
#include <string.h>

#include "core/index/projection.h"
#include "lib/core_test.h"

enum
{
	COUNT = 600
};

/* Candidates whose promises are wrong by a linear function. */
typedef struct Truth
{
	float vectors[COUNT][CODE_DIMS];
	float promises[COUNT];
	float scores[COUNT];
} Truth;

static void
fill_unit_vector(Random *random, float *vector)
{
	float length;

	for (int k = 0; k < CODE_DIMS; k++)
		vector[k] = (float) random_normal(random);
	length = sqrtf(inner_product(vector, vector, CODE_DIMS));
	for (int k = 0; k < CODE_DIMS; k++)
		vector[k] /= length;
}

static Truth *
make_truth(const Host *host, Random *random)
{
	Truth *truth = host_new(host, Truth, 1);
	float error[CODE_DIMS];

	fill_unit_vector(random, error);
	for (int i = 0; i < COUNT; i++)
	{
		fill_unit_vector(random, truth->vectors[i]);
		truth->promises[i] = 0.6f + 0.01f * (float) random_normal(random);
		truth->scores[i] = truth->promises[i] +
						   inner_product(error, truth->vectors[i], CODE_DIMS);
	}
	return truth;
}

static void
add_all(Ranking *ranking, const Truth *truth)
{
	for (int i = 0; i < COUNT; i++)
		ranking_add(ranking, truth->promises[i], truth->vectors[i]);
}

/* Without vectors: as they were added. */
static void
order_is_kept_without_vectors(void **state)
{
	Ranking ranking = {0};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	ranking_start(&ranking, host, 30, false);
	for (int i = 0; i < 30; i++)
		ranking_add(&ranking, (float) (i % 7), NULL);
	for (int i = 0; i < 30; i++)
	{
		assert_int_equal(ranking_next(&ranking), i);
		ranking_learn(&ranking, i, 1);
		ranking_learn_most(&ranking, i, 0);
	}
	assert_int_equal(ranking_next(&ranking), -1);
	ranking_start(&ranking, host, 0, false);
	assert_int_equal(ranking_next(&ranking), -1);
	ranking_release(&ranking);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* With vectors, and nothing learned: by promise, then by number. */
static void
best_promises_come_first(void **state)
{
	float vector[CODE_DIMS] = {1};
	Ranking ranking = {0};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int round = 0; round < 2; round++)
	{
		ranking_start(&ranking, host, 50, true);
		for (int i = 0; i < 50; i++)
			ranking_add(&ranking, (float) (i / 2 * 7 % 25), vector);
		for (int i = 0, last = 0; i < 50; i++)
		{
			int next = ranking_next(&ranking);

			assert_int_equal(next / 2 * 7 % 25, 24 - i / 2);
			assert_true(i % 2 == 0 || next == last + 1);
			last = next;
		}
		assert_int_equal(ranking_next(&ranking), -1);
	}
	ranking_release(&ranking);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* How many of the best ten are among the first that are returned. */
static int
found_among(Ranking *ranking, const Truth *truth, int first, bool learns)
{
	int found = 0;

	for (int i = 0; i < first; i++)
	{
		int next = ranking_next(ranking);
		int better = 0;

		for (int k = 0; k < COUNT; k++)
			better += truth->scores[k] > truth->scores[next];
		found += better < 10;
		if (learns)
			ranking_learn(ranking, next, truth->scores[next]);
	}
	return found;
}

static void
scores_teach(void **state)
{
	Random random = {681};
	TestHost test;
	const Host *host = test_host_start(&test);
	int before = 0, after = 0;

	(void) state;
	for (int round = 0; round < 10; round++)
	{
		Truth *truth = make_truth(host, &random);
		Ranking ranking = {0};

		ranking_start(&ranking, host, COUNT, true);
		add_all(&ranking, truth);
		before += found_among(&ranking, truth, 200, false);
		ranking_start(&ranking, host, COUNT, true);
		add_all(&ranking, truth);
		after += found_among(&ranking, truth, 200, true);
		ranking_release(&ranking);
		host_free(host, truth);
	}
	assert_true(before < 60);
	assert_true(after > 90);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* An upper limit above what is expected says nothing. */
static void
limits_teach_what_is_below(void **state)
{
	float vector[CODE_DIMS] = {1};
	float other[CODE_DIMS] = {0, 1};
	Ranking ranking = {0};
	TestHost test;

	(void) state;
	ranking_start(&ranking, test_host_start(&test), 4, true);
	ranking_add(&ranking, 0.9f, vector);
	ranking_add(&ranking, 0.8f, vector);
	ranking_add(&ranking, 0.7f, other);
	ranking_learn_most(&ranking, 0, 0.95f);
	assert_int_equal(ranking.learned, 0);
	ranking_learn_most(&ranking, 0, 0.6f);
	assert_int_equal(ranking.learned, 1);
	assert_int_equal(ranking_next(&ranking), 2);
	assert_int_equal(ranking_next(&ranking), 0);
	assert_int_equal(ranking_next(&ranking), 1);
	ranking_release(&ranking);
	test_host_end(&test);
}

/* The promise of a damaged code says nothing about the others. */
static void
absurd_promises_teach_nothing(void **state)
{
	float vector[CODE_DIMS] = {1};
	Ranking ranking = {0};
	TestHost test;

	(void) state;
	ranking_start(&ranking, test_host_start(&test), 3, true);
	ranking_add(&ranking, 1e30f, vector);
	ranking_add(&ranking, 0.9f, vector);
	ranking_add(&ranking, 0.8f, vector);
	assert_int_equal(ranking_next(&ranking), 0);
	ranking_learn(&ranking, 0, 0.5f);
	ranking_learn_most(&ranking, 0, 0.4f);
	assert_int_equal(ranking.learned, 0);
	assert_true(ranking.correction[0] == 0);
	ranking_release(&ranking);
	test_host_end(&test);
}

/* Numbers of all kinds: every candidate is returned once. */
static void
odd_numbers_lose_nobody(void **state)
{
	static const float odd[] = {NAN, INFINITY, -INFINITY, 0.5f, 3e38f, 0};
	float vector[CODE_DIMS] = {0.5f, 0.5f, 0.5f};
	bool is_returned[60] = {false};
	Ranking ranking = {0};
	TestHost test;

	(void) state;
	ranking_start(&ranking, test_host_start(&test), 60, true);
	for (int i = 0; i < 60; i++)
		ranking_add(&ranking, odd[i % 6], vector);
	for (int i = 0; i < 60; i++)
	{
		int next = ranking_next(&ranking);

		assert_int_in_range(next, 0, 59);
		assert_false(is_returned[next]);
		is_returned[next] = true;
		ranking_learn(&ranking, next, odd[i * 5 % 6]);
		ranking_learn_most(&ranking, next, odd[i % 6]);
	}
	assert_int_equal(ranking_next(&ranking), -1);
	assert_true(test.interrupts > 0);
	ranking_release(&ranking);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_kept_without_vectors),
		cmocka_unit_test(best_promises_come_first),
		cmocka_unit_test(scores_teach),
		cmocka_unit_test(limits_teach_what_is_below),
		cmocka_unit_test(absurd_promises_teach_nothing),
		cmocka_unit_test(odd_numbers_lose_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
