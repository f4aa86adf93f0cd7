/*
 * combination_test.c
 *		Combinations of a map's regions: near to what they are made of, better
 *		than each of them, harmless for any codes.
 */
#include "core/index/combination.h"

#include <math.h>
#include <string.h>

#include "core/index/code_query.h"
#include "core/index/projection.h"
#include "lib/core_test.h"
#include "lib/test_codes.h"

enum
{
	CHANNELS = 160,
	COUNT = 400,
	LISTS = 3
};

/* A model, and what is needed to score codes by it. */
typedef struct Coded
{
	TestModel made;
	Coder coder;
	CodeQuery query;
} Coded;

static void
start_coded(const Host *host, Coded *coded, Random *random)
{
	*coded = (Coded){0};
	make_test_model(host, &coded->made, random, COUNT, CHANNELS, LISTS);
	coder_start(&coded->coder, host, &coded->made.model);
}

static void
end_coded(const Host *host, Coded *coded)
{
	code_query_release(&coded->query, host);
	coder_release(&coded->coder);
	free_test_model(host, &coded->made);
}

static void
code_of(Coded *coded, const float *vector, ListedCode *code)
{
	int list;

	code_vector(&coded->coder, vector, &list, &code->code);
	code->list = list;
}

static float
score_of(const Coded *coded, const ListedCode *code)
{
	float score;

	code_query_scores(&coded->query, &kernels_plain, code->list,
					  (const uint8_t *) &code->code, sizeof(RegionCode), 1,
					  &score);
	return score;
}

/* What is decoded is near to what was coded, and has its score. */
static void
decoded_codes_have_their_scores(void **state)
{
	Random random = {671};
	TestHost test;
	const Host *host = test_host_start(&test);
	Coded coded;

	(void) state;
	start_coded(host, &coded, &random);
	code_query_prepare(&coded.query, host, &coded.made.model,
					   coded.made.vectors);
	for (int i = 0; i < COUNT; i++)
	{
		const float *vector = coded.made.vectors + (size_t) i * CHANNELS;
		float query[CODE_DIMS], projected[CODE_DIMS], decoded[CODE_DIMS];
		ListedCode code;

		code_of(&coded, vector, &code);
		code_decode(&coded.made.model, code.list, &code.code, decoded);
		project(coded.made.basis, CODE_DIMS, CHANNELS, vector, projected);
		project(coded.made.basis, CODE_DIMS, CHANNELS, coded.made.vectors,
				query);
		assert_true(fabsf(inner_product(decoded, projected, CODE_DIMS) -
						  inner_product(projected, projected, CODE_DIMS)) <
					0.02f);
		assert_true(fabsf(inner_product(decoded, query, CODE_DIMS) -
						  score_of(&coded, &code)) < 0.01f);
	}
	end_coded(host, &coded);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* The unit vector of the sum of some vectors. */
static void
sum_up(const float *vectors, int count, float *sum)
{
	float length;

	memset(sum, 0, sizeof(float) * CHANNELS);
	for (int i = 0; i < count; i++)
		for (int c = 0; c < CHANNELS; c++)
			sum[c] += vectors[i * CHANNELS + c];
	length = sqrtf(inner_product(sum, sum, CHANNELS));
	for (int c = 0; c < CHANNELS; c++)
		sum[c] /= length;
}

/* A query that is put together of regions is found in them. */
static void
check_combination(const Host *host, Coded *coded, const float *vectors,
				  int count)
{
	float query[CHANNELS], projected[CODE_DIMS], vector[CODE_DIMS];
	Candidates candidates = {0};
	float best = -1, cosine;

	sum_up(vectors, count, query);
	code_query_prepare(&coded->query, host, &coded->made.model, query);
	candidates_start(&candidates, host, 1, true);
	for (int i = 0; i < count; i++)
	{
		ListedCode code;

		code_of(coded, vectors + i * CHANNELS, &code);
		best = fmaxf(best, score_of(coded, &code));
		candidates_offer_code(&candidates, 1, score_of(coded, &code),
							  code.list, &code.code);
	}
	candidates_finish(&candidates);
	cosine = combine_codes(&coded->made.model, &candidates, candidates.items,
						   vector);
	candidates_release(&candidates);
	project(coded->made.basis, CODE_DIMS, CHANNELS, query, projected);
	assert_true(fabsf(inner_product(vector, vector, CODE_DIMS) - 1) < 1e-5f);
	assert_true(inner_product(vector, projected, CODE_DIMS) > 0.95f);
	assert_true(cosine > 0.92f && cosine < 1.02f);
	assert_true(count == 1 || cosine > best + 0.01f);
}

static void
combinations_are_found(void **state)
{
	Random random = {672};
	TestHost test;
	const Host *host = test_host_start(&test);
	Coded coded;

	(void) state;
	start_coded(host, &coded, &random);
	for (int count = 1; count <= SCORES_OF_ITEM; count++)
		for (int first = 0; first + count <= COUNT; first += 37)
			check_combination(host, &coded,
							  coded.made.vectors + (size_t) first * CHANNELS,
							  count);
	end_coded(host, &coded);
	test_host_end(&test);
}

/* Codes that no coder made have a short vector and some score. */
static void
damaged_codes_are_harmless(void **state)
{
	static const float factors[] = {0,      1,   -1,   1e-40f,   1e38f,
									-1e38f, NAN, 1e4f, INFINITY, -INFINITY};
	Random random = {673};
	TestHost test;
	const Host *host = test_host_start(&test);
	Coded coded;

	(void) state;
	start_coded(host, &coded, &random);
	code_query_prepare(&coded.query, host, &coded.made.model,
					   coded.made.vectors);
	for (int round = 0; round < 500; round++)
	{
		int count = random_int(&random, 1, SCORES_OF_ITEM);
		Candidates candidates = {0};
		float vector[CODE_DIMS];

		candidates_start(&candidates, host, 1, true);
		for (int i = 0; i < count; i++)
		{
			ListedCode code = {.list = random_int(&random, 0, LISTS - 1)};

			code.code.factor =
				factors[random_int(&random, 0, lengthof(factors) - 1)];
			for (int k = 0; k < CODE_BYTES; k++)
				code.code.code[k] = (uint8_t) random_int(&random, 0, 255);
			candidates_offer_code(&candidates, 1, score_of(&coded, &code),
								  code.list, &code.code);
		}
		if (candidates_finish(&candidates) > 0)
		{
			combine_codes(&coded.made.model, &candidates, candidates.items,
						  vector);
			for (int k = 0; k < CODE_DIMS; k++)
				assert_true(fabsf(vector[k]) < 1.001f);
		}
		candidates_release(&candidates);
	}
	end_coded(host, &coded);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoded_codes_have_their_scores),
		cmocka_unit_test(combinations_are_found),
		cmocka_unit_test(damaged_codes_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
