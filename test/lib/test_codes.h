/*
 * test_codes.h
 *		Region vectors and models of codes for the unit tests.
 */
#ifndef INTSEARCH_TEST_CODES_H
#define INTSEARCH_TEST_CODES_H

#include <math.h>

#include "core/index/code_model.h"
#include "lib/core_test.h"

/*
 * Fills vectors, [count][channels], with unit vectors that are not negative,
 * have a direction in common, and vary most in few dimensions, like those of
 * regions.
 */
static inline void
fill_region_vectors(Random *random, float *vectors, size_t count, int channels)
{
	int factors = 12;
	double *directions = malloc(sizeof(double) * factors * channels);

	for (int i = 0; i < factors * channels; i++)
		directions[i] = random_normal(random);
	for (size_t n = 0; n < count; n++)
	{
		float *vector = vectors + n * channels;
		double weights[12], square = 0;

		for (int k = 0; k < factors; k++)
			weights[k] = random_normal(random) / (1 + k);
		for (int c = 0; c < channels; c++)
		{
			double value = 0.3 + 0.3 * random_normal(random);

			for (int k = 0; k < factors; k++)
				value += 0.7 * weights[k] * directions[k * channels + c];
			vector[c] = value > 0 ? (float) value : 0;
			square += vector[c] * vector[c];
		}
		if (square == 0)
			vector[0] = (float) (square = 1);
		for (int c = 0; c < channels; c++)
			vector[c] /= (float) sqrt(square);
	}
	free(directions);
}

/* Vectors, and a trained model of them. */
typedef struct TestModel
{
	int count;
	float *vectors; /* [count][channels] */
	float *basis;
	float *centres;
	CodeModel model;
} TestModel;

/* Learns from vectors that are already there. */
static inline void
learn_test_model(const Host *host, TestModel *made, int channels, int lists)
{
	CoreError error;

	made->basis = host_new(host, float, (size_t) CODE_DIMS *channels);
	made->centres = host_new(host, float, (size_t) CODE_DIMS *lists);
	assert_done(code_model_learn(host, made->vectors, made->count, channels,
								 lists, made->basis, made->centres, &error),
				&error);
	made->model =
		(CodeModel){CODE_TRAINED, channels, lists, made->basis, made->centres};
}

static inline void
make_test_model(const Host *host, TestModel *made, Random *random, int count,
				int channels, int lists)
{
	made->count = count;
	made->vectors = host_new(host, float, (size_t) count *channels);
	fill_region_vectors(random, made->vectors, count, channels);
	learn_test_model(host, made, channels, lists);
}

static inline void
free_test_model(const Host *host, TestModel *made)
{
	host_free(host, made->centres);
	host_free(host, made->basis);
	host_free(host, made->vectors);
}

static inline CodeModel
untrained_model(int channels)
{
	return (CodeModel){CODE_UNTRAINED, channels, 1, NULL, NULL};
}

#endif
