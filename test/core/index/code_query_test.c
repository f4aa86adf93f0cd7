/*
 * code_query_test.c
 *		Scores of codes: near the cosine, the same with all kernels, harmless
 *		for any bytes.
 */
#include "core/index/code_query.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_codes.h"

/* An entry of a page: what stands before the code, and the code. */
#define ENTRY_SIZE (8 + sizeof(RegionCode))

static const Kernels *kernels;

static float
cosine(const float *a, const float *b, int channels)
{
	double sum = 0;

	for (int c = 0; c < channels; c++)
		sum += (double) a[c] * b[c];
	return (float) sum;
}

/* Codes of vectors, one after the other, and their lists. */
typedef struct CodeList
{
	int count;
	uint8_t *entries; /* [count][ENTRY_SIZE], up to a guard page */
	int *lists;
} CodeList;

static void
make_codes(const Host *host, CodeList *codes, const CodeModel *model,
		   const float *vectors, int count)
{
	Coder coder = {0};

	codes->count = count;
	codes->entries = test_exact_copy(NULL, ENTRY_SIZE * count);
	codes->lists = host_new(host, int, count);
	coder_start(&coder, host, model);
	for (int i = 0; i < count; i++)
	{
		RegionCode code;

		code_vector(&coder, vectors + (size_t) i * model->channels,
					&codes->lists[i], &code);
		assert_int_in_range(codes->lists[i], 0, model->lists - 1);
		memcpy(codes->entries + ENTRY_SIZE * i + 8, &code, sizeof(code));
	}
	coder_release(&coder);
}

static void
free_codes(const Host *host, CodeList *codes)
{
	host_free(host, codes->lists);
	test_exact_free(codes->entries);
}

/* The score of one code, in every table the same bits. */
static float
score_of(const CodeQuery *query, const CodeList *codes, int i)
{
	const uint8_t *entry = codes->entries + ENTRY_SIZE * i + 8;
	float score, plain;

	code_query_scores(query, kernels, codes->lists[i], entry, ENTRY_SIZE, 1,
					  &score);
	code_query_scores(query, &kernels_plain, codes->lists[i], entry,
					  ENTRY_SIZE, 1, &plain);
	assert_memory_equal(&score, &plain, sizeof(score));
	return score;
}

/* Root mean square of score - cosine over all pairs of vectors. */
static double
score_error(const Host *host, const CodeModel *model, const float *vectors,
			int count)
{
	CodeQuery query = {0};
	CodeList codes;
	double sum = 0;

	make_codes(host, &codes, model, vectors, count);
	for (int q = 0; q < count; q++)
	{
		const float *vector = vectors + (size_t) q * model->channels;

		code_query_prepare(&query, host, model, vector);
		for (int i = 0; i < count; i++)
			sum +=
				pow(score_of(&query, &codes, i) -
						cosine(vector, vectors + (size_t) i * model->channels,
							   model->channels),
					2);
	}
	code_query_release(&query, host);
	free_codes(host, &codes);
	return sqrt(sum / count / count);
}

static void
check_error(double error, double most, const char *kind, int channels)
{
	if (!(error <= most))
		fail_msg("%s codes of %d channels: error %g, expected %g at most",
				 kind, channels, error, most);
}

static void
trained_scores_are_near_the_cosine(void **state)
{
	static const int channels[] = {1, 5, 64, 128, 200, 512, 1100};
	Random random = {641};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t c = 0; c < lengthof(channels); c++)
		for (int lists = 1; lists <= 20; lists += 19)
		{
			TestModel made;

			make_test_model(host, &made, &random, 120, channels[c], lists);
			check_error(score_error(host, &made.model, made.vectors, 120),
						0.012, "trained", channels[c]);
			free_test_model(host, &made);
		}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Beyond CODE_SIGNS channels, the projection adds its own error. */
static void
untrained_scores_are_near_the_cosine(void **state)
{
	static const struct
	{
		int channels;
		double most;
	} cases[] = {{1, 0.03},    {5, 0.03},     {128, 0.03},   {512, 0.03},
				 {600, 0.045}, {2048, 0.045}, {16384, 0.045}};
	Random random = {642};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t c = 0; c < lengthof(cases); c++)
	{
		int channels = cases[c].channels;
		int count = channels > 5000 ? 20 : 100;
		CodeModel model = untrained_model(channels);
		float *vectors = host_new(host, float, (size_t) count *channels);

		fill_region_vectors(&random, vectors, count, channels);
		check_error(score_error(host, &model, vectors, count), cases[c].most,
					"untrained", channels);
		host_free(host, vectors);
	}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Many codes at once have the scores that each has alone. */
static void
codes_are_scored_together(void **state)
{
	Random random = {643};
	TestHost test;
	const Host *host = test_host_start(&test);
	float scores[201];
	TestModel made;

	(void) state;
	make_test_model(host, &made, &random, 200, 130, 1);
	for (int trained = 0; trained <= 1; trained++)
	{
		CodeModel model = trained ? made.model : untrained_model(130);
		CodeQuery query = {0};
		CodeList codes;

		make_codes(host, &codes, &model, made.vectors, 200);
		code_query_prepare(&query, host, &model, made.vectors + 130);
		for (int count = 0; count <= 200; count += 1 + count / 3)
		{
			const uint8_t *first =
				codes.entries + ENTRY_SIZE * (200 - count) + 8;

			scores[count] = 7;
			code_query_scores(&query, kernels, 0, first, ENTRY_SIZE, count,
							  scores);
			for (int i = 0; i < count; i++)
				assert_true(scores[i] ==
							score_of(&query, &codes, 200 - count + i));
			assert_true(scores[count] == 7);
		}
		code_query_release(&query, host);
		free_codes(host, &codes);
	}
	free_test_model(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Lists come by ascending distance of their centres, each once. */
static void
lists_come_nearest_first(void **state)
{
	Random random = {644};
	TestHost test;
	const Host *host = test_host_start(&test);
	int lists[40];
	CodeQuery query = {0};
	TestModel made;

	(void) state;
	make_test_model(host, &made, &random, 200, 100, 30);
	for (int q = 0; q < 20; q++)
	{
		double last = 0;

		code_query_prepare(&query, host, &made.model, made.vectors + q * 100);
		assert_int_equal(code_query_lists(&query, host, 40, lists), 30);
		for (int i = 0; i < 30; i++)
		{
			double distance = 0;

			for (int k = 0; k < CODE_DIMS; k++)
				distance += pow(cosine(made.basis + k * 100,
									   made.vectors + q * 100, 100) -
									made.centres[lists[i] * CODE_DIMS + k],
								2);
			assert_true(distance >= last - 1e-5);
			last = distance;
			for (int j = 0; j < i; j++)
				assert_int_not_equal(lists[i], lists[j]);
		}
		assert_int_equal(code_query_lists(&query, host, 3, lists + 30), 3);
		assert_memory_equal(lists, lists + 30, sizeof(int) * 3);
	}
	code_query_release(&query, host);
	free_test_model(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Vectors that are all alike: one list has them, all scores are 1. */
static void
vectors_may_be_alike(void **state)
{
	Random random = {645};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestModel made = {.count = 50};

	(void) state;
	made.vectors = host_new(host, float, 50 * 300);
	fill_region_vectors(&random, made.vectors, 1, 300);
	for (int i = 1; i < 50; i++)
		memcpy(made.vectors + i * 300, made.vectors, sizeof(float) * 300);
	learn_test_model(host, &made, 300, 8);
	check_error(score_error(host, &made.model, made.vectors, 50), 1e-3,
				"alike", 300);
	free_test_model(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Numbers as a damaged page may have them. */
static void
fill_damaged(Random *random, float *numbers, size_t count)
{
	static const float odd[] = {0, NAN, INFINITY, -INFINITY, 3e38f, 1e-42f};

	for (size_t i = 0; i < count; i++)
	{
		uint32_t bits = (uint32_t) random_bits(random);

		memcpy(&numbers[i], &bits, sizeof(bits));
		if (random_int(random, 0, 3) == 0)
			numbers[i] = odd[random_int(random, 0, lengthof(odd) - 1)];
	}
}

/* No crash, lists within the model, and the same bits in all tables. */
static void
damage_does_no_harm(void **state)
{
	Random random = {646};
	TestHost test;
	const Host *host = test_host_start(&test);
	float scores[30];
	int lists[6];
	CodeQuery query = {0};
	TestModel made;

	(void) state;
	make_test_model(host, &made, &random, 30, 70, 6);
	for (int i = 0; i < 60; i++)
	{
		CodeModel model = i % 3 ? made.model : untrained_model(70);
		CodeList codes;

		if (i % 2)
			fill_damaged(&random, made.basis, CODE_DIMS * 70);
		if (i % 5)
			fill_damaged(&random, made.centres, CODE_DIMS * 6);
		make_codes(host, &codes, &model, made.vectors, 30);
		if (i % 7 == 0)
			fill_damaged(&random, (float *) codes.entries,
						 ENTRY_SIZE * 30 / sizeof(float));
		code_query_prepare(&query, host, &model, made.vectors);
		for (int l = 0; l < code_query_lists(&query, host, 6, lists); l++)
			assert_int_in_range(lists[l], 0, model.lists - 1);
		code_query_scores(&query, kernels, 0, codes.entries + 8, ENTRY_SIZE,
						  30, scores);
		free_codes(host, &codes);
	}
	code_query_release(&query, host);
	free_test_model(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trained_scores_are_near_the_cosine),
		cmocka_unit_test(untrained_scores_are_near_the_cosine),
		cmocka_unit_test(codes_are_scored_together),
		cmocka_unit_test(lists_come_nearest_first),
		cmocka_unit_test(vectors_may_be_alike),
		cmocka_unit_test(damage_does_no_harm),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
