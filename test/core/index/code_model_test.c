/*
 * code_model_test.c
 *		Learning models of codes, and what they make of vectors.
 */
#include "core/index/code_model.h"

#include <math.h>

#include "lib/core_test.h"
#include "lib/test_codes.h"
#include "core/index/centres.h"
#include "core/index/kmeans.h"
#include "core/index/rotation.h"
#include "core/index/subspace.h"

static double
product(const float *a, const float *b, int count)
{
	double sum = 0;

	for (int i = 0; i < count; i++)
		sum += (double) a[i] * b[i];
	return sum;
}

static void
rotations_keep_products(void **state)
{
	Random random = {631};

	(void) state;
	for (int size = 2; size <= 4096; size *= 2)
	{
		float *vectors =
			(float *) test_exact_copy(NULL, sizeof(float) * 2 * size);
		double before, after;

		for (int i = 0; i < 2 * size; i++)
			vectors[i] = (float) random_normal(&random);
		before = product(vectors, vectors + size, size);
		rotate(vectors, size);
		rotate(vectors + size, size);
		after = product(vectors, vectors + size, size);
		assert_true(fabs(after - before) < 1e-4 * size);
		test_exact_free((uint8_t *) vectors);
	}
}

/* A rotated coordinate vector is spread over all dimensions. */
static void
rotations_spread(void **state)
{
	float vector[512] = {1};

	(void) state;
	rotate(vector, 512);
	for (int i = 0; i < 512; i++)
		assert_true(fabsf(vector[i]) < 0.25f);
}

static void
check_orthonormal(const float *basis, int rows, int channels)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j <= i; j++)
		{
			double expected = i == j && i < channels;

			assert_true(fabs(product(basis + (size_t) i * channels,
									 basis + (size_t) j * channels, channels) -
							 expected) < 1e-4);
		}
}

static void
subspaces_are_orthonormal(void **state)
{
	static const int cases[][3] = {{1, 40, 16}, {3, 40, 16}, {100, 40, 16},
								   {50, 7, 16}, {9, 16, 16}, {500, 130, 20},
								   {5, 1, 3}};
	Random random = {632};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		int count = cases[i][0], channels = cases[i][1], dims = cases[i][2];
		float *vectors = host_new(host, float, (size_t) count *channels);
		float *basis =
			(float *) test_exact_copy(NULL, sizeof(float) * dims * channels);

		fill_region_vectors(&random, vectors, count, channels);
		find_subspace(host, vectors, count, channels, dims, basis);
		check_orthonormal(basis, dims, channels);
		test_exact_free((uint8_t *) basis);
		host_free(host, vectors);
	}
	assert_true(test.interrupts > 0);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Vectors in few dimensions lie in the subspace. */
static void
subspaces_hold_the_vectors(void **state)
{
	enum
	{
		COUNT = 60,
		CHANNELS = 90,
		RANK = 5,
		DIMS = 8
	};
	float directions[RANK * CHANNELS], vectors[COUNT * CHANNELS] = {0};
	float basis[DIMS * CHANNELS];
	Random random = {633};
	TestHost test;

	(void) state;
	for (int i = 0; i < RANK * CHANNELS; i++)
		directions[i] = (float) random_normal(&random);
	for (int n = 0; n < COUNT * RANK; n++)
	{
		float weight = (float) random_normal(&random);

		for (int c = 0; c < CHANNELS; c++)
			vectors[n / RANK * CHANNELS + c] +=
				weight * directions[n % RANK * CHANNELS + c];
	}
	find_subspace(test_host_start(&test), vectors, COUNT, CHANNELS, DIMS,
				  basis);
	for (int n = 0; n < COUNT; n++)
	{
		const float *vector = vectors + n * CHANNELS;
		double inside = 0, square = product(vector, vector, CHANNELS);

		for (int k = 0; k < DIMS; k++)
			inside += pow(product(vector, basis + k * CHANNELS, CHANNELS), 2);
		assert_true(fabs(inside / square - 1) < 1e-4);
	}
}

/* Distinct clusters get a list each; the others are left empty. */
static void
lists_find_clusters(void **state)
{
	enum
	{
		CLUSTERS = 4,
		COUNT = 400,
		DIMS = 16,
		LISTS = 12
	};
	float vectors[COUNT * DIMS] = {0}, centres[LISTS * DIMS];
	int list_of_cluster[CLUSTERS];
	TestHost test;
	const Host *host = test_host_start(&test);
	CentreTable table = {0};

	(void) state;
	for (int i = 0; i < COUNT; i++)
		vectors[i * DIMS + i % CLUSTERS] = 1;
	kmeans(host, vectors, COUNT, DIMS, LISTS, centres);
	centre_table_fill(&table, host, centres, LISTS, DIMS);
	for (int i = 0; i < COUNT; i++)
	{
		int list = centre_table_nearest(&table, vectors + i * DIMS);

		if (i < CLUSTERS)
			list_of_cluster[i] = list;
		assert_int_equal(list, list_of_cluster[i % CLUSTERS]);
		for (int other = 0; other < i && i < CLUSTERS; other++)
			assert_int_not_equal(list, list_of_cluster[other]);
	}
	scratch_release(host, &table.space);
	assert_int_equal(test.live_blocks, 0);
	assert_true(test.interrupts > 0);
}

/* Each vector goes to the list whose centre is nearest. */
static void
vectors_go_to_the_nearest_list(void **state)
{
	Random random = {635};
	TestHost test;
	const Host *host = test_host_start(&test);
	float projected[CODE_DIMS];
	Coder coder = {0};
	TestModel made;

	(void) state;
	make_test_model(host, &made, &random, 300, 150, 9);
	coder_start(&coder, host, &made.model);
	for (int i = 0; i < made.count; i++)
	{
		const float *vector = made.vectors + (size_t) i * 150;
		double distances[9];
		RegionCode code;
		int list;

		for (int k = 0; k < CODE_DIMS; k++)
			projected[k] =
				(float) product(made.basis + (size_t) k * 150, vector, 150);
		for (int l = 0; l < 9; l++)
		{
			distances[l] = 0;
			for (int k = 0; k < CODE_DIMS; k++)
				distances[l] +=
					pow(projected[k] - made.centres[l * CODE_DIMS + k], 2);
		}
		code_vector(&coder, vector, &list, &code);
		for (int l = 0; l < 9; l++)
			assert_true(distances[list] <= distances[l] + 1e-5);
	}
	coder_release(&coder);
	free_test_model(host, &made);
	assert_int_equal(test.live_blocks, 0);
}

/* The same samples give the same model, and vectors the same codes. */
static void
models_are_deterministic(void **state)
{
	Random random = {636};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestModel first, second;

	(void) state;
	make_test_model(host, &first, &random, 200, 140, 5);
	second.count = 200;
	second.vectors = host_new(host, float, 200 * 140);
	memcpy(second.vectors, first.vectors, sizeof(float) * 200 * 140);
	learn_test_model(host, &second, 140, 5);
	assert_memory_equal(first.basis, second.basis,
						sizeof(float) * CODE_DIMS * 140);
	assert_memory_equal(first.centres, second.centres,
						sizeof(float) * CODE_DIMS * 5);
	free_test_model(host, &second);
	free_test_model(host, &first);
	assert_int_equal(test.live_blocks, 0);
}

static void
a_model_needs_a_vector(void **state)
{
	float basis[CODE_DIMS], centres[CODE_DIMS];
	CoreError error;
	TestHost test;

	(void) state;
	assert_refused(code_model_learn(test_host_start(&test), NULL, 0, 1, 1,
									basis, centres, &error),
				   &error, ERROR_INVALID_PARAMETER);
}

/*
 * Columns of the basis are orthonormal where there are few channels: nothing
 * is lost.
 */
static void
few_channels_are_kept_whole(void **state)
{
	Random random = {637};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int channels = 1; channels <= CODE_DIMS; channels += 63)
	{
		TestModel made;

		make_test_model(host, &made, &random, 40, channels, 1);
		for (int i = 0; i < channels; i++)
			for (int j = 0; j <= i; j++)
			{
				double sum = 0;

				for (int k = 0; k < CODE_DIMS; k++)
					sum += (double) made.basis[k * channels + i] *
						   made.basis[k * channels + j];
				assert_true(fabs(sum - (i == j)) < 1e-4);
			}
		free_test_model(host, &made);
	}
	assert_int_equal(test.live_blocks, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotations_keep_products),
		cmocka_unit_test(rotations_spread),
		cmocka_unit_test(subspaces_are_orthonormal),
		cmocka_unit_test(subspaces_hold_the_vectors),
		cmocka_unit_test(lists_find_clusters),
		cmocka_unit_test(vectors_go_to_the_nearest_list),
		cmocka_unit_test(models_are_deterministic),
		cmocka_unit_test(a_model_needs_a_vector),
		cmocka_unit_test(few_channels_are_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
