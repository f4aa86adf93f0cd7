/*
 * covariance_test.c
 *		Mean, covariance and whitening of vectors against the definitions.
 */
#include "core/vectors/covariance.h"

#include <math.h>

#include "lib/core_test.h"
#include "core/vectors/whitening.h"

/*
 * Some vectors, [count][channels]: mean and deviation differ by channel, and
 * channels depend on each other.
 */
static float *
make_vectors(Random *random, int count, int channels, double offset)
{
	float *vectors = malloc(sizeof(float) * count * channels);

	for (int i = 0; i < count; i++)
	{
		double shared = random_normal(random);

		for (int c = 0; c < channels; c++)
			vectors[i * channels + c] =
				(float) (offset + c + (1 + c % 3) * random_normal(random) +
						 shared * (c % 2));
	}
	return vectors;
}

/* Numbers that end at a guard page, and scratch space that does. */
static Covariance
start(int channels)
{
	double *numbers =
		(double *) test_exact_copy(NULL,
								   sizeof(double) * covariance_size(channels));
	double *change =
		(double *) test_exact_copy(NULL, sizeof(double) * channels);

	return covariance_view(channels, numbers, change);
}

static void
end(Covariance *covariance)
{
	test_exact_free((uint8_t *) covariance->count);
	test_exact_free((uint8_t *) covariance->change);
}

static void
add_all(Covariance *covariance, const float *vectors, int count)
{
	CoreError error;

	for (int i = 0; i < count; i++)
		assert_done(covariance_add(covariance,
								   vectors + i * covariance->channels, &error),
					&error);
}

/* Compares with two passes in long double. */
static void
check(const Covariance *covariance, const float *vectors, int count,
	  double tolerance)
{
	int channels = covariance->channels;
	double *matrix =
		(double *) test_exact_copy(NULL, sizeof(double) * channels * channels);
	long double *mean = calloc(channels, sizeof(long double));

	for (int i = 0; i < count; i++)
		for (int c = 0; c < channels; c++)
			mean[c] += (long double) vectors[i * channels + c] / count;
	covariance_matrix(covariance, matrix);
	assert_true(*covariance->count == count);
	for (int a = 0; a < channels; a++)
	{
		assert_true(fabsl(covariance->mean[a] - mean[a]) <=
					tolerance * (1 + fabsl(mean[a])));
		for (int b = 0; b < channels; b++)
		{
			long double sum = 0;

			for (int i = 0; i < count; i++)
				sum += (vectors[i * channels + a] - mean[a]) *
					   (vectors[i * channels + b] - mean[b]);
			if (!(fabsl(matrix[a * channels + b] - sum / (count - 1)) <=
				  tolerance * 30))
				fail_msg(
					"covariance of channels %d and %d is %.17g, expected %.17Lg",
					a, b, matrix[a * channels + b], sum / (count - 1));
		}
	}
	free(mean);
	test_exact_free((uint8_t *) matrix);
}

static void
covariance_is_that_of_the_definition(void **state)
{
	static const int sizes[] = {1, 2, 7, 64, 65};
	Random random = {31};

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
	{
		float *vectors = make_vectors(&random, 200, sizes[s], 0);
		Covariance covariance = start(sizes[s]);

		add_all(&covariance, vectors, 200);
		check(&covariance, vectors, 200, 1e-13);
		end(&covariance);
		free(vectors);
	}
}

/* A mean that is large beside the deviations takes nothing from them. */
static void
large_means_cancel_nothing(void **state)
{
	Random random = {32};
	float *vectors = make_vectors(&random, 300, 5, 1e5);
	Covariance covariance = start(5);

	(void) state;
	add_all(&covariance, vectors, 300);
	check(&covariance, vectors, 300, 1e-10);
	end(&covariance);
	free(vectors);
}

static void
parts_are_merged(void **state)
{
	static const int parts[][2] = {
		{0, 100}, {1, 99}, {50, 50}, {97, 3}, {100, 0}};
	Random random = {33};
	float *vectors = make_vectors(&random, 100, 9, 3);

	(void) state;
	for (size_t p = 0; p < lengthof(parts); p++)
	{
		Covariance first = start(9), second = start(9);

		add_all(&first, vectors, parts[p][0]);
		add_all(&second, vectors + 9 * parts[p][0], parts[p][1]);
		covariance_merge(&first, &second);
		check(&first, vectors, 100, 1e-13);
		end(&first);
		end(&second);
	}
	free(vectors);
}

static void
nothing_varies_in_few_vectors(void **state)
{
	float vector[] = {1, -2, 3};
	Covariance covariance = start(3), other = start(3);
	double matrix[9];

	(void) state;
	covariance_merge(&covariance, &other);
	for (int count = 0; count < 2; count++)
	{
		covariance_matrix(&covariance, matrix);
		for (size_t i = 0; i < lengthof(matrix); i++)
			assert_true(matrix[i] == 0);
		add_all(&covariance, vector, 1);
	}
	end(&covariance);
	end(&other);
}

static void
values_that_are_not_finite_are_refused(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	Covariance covariance = start(2);
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(bad); i++)
	{
		assert_refused(covariance_add(&covariance, (float[]){1, bad[i]},
									  &error),
					   &error, ERROR_NOT_FINITE);
		assert_non_null(strstr(error.message, "position 2"));
		/* and not counted */
		assert_true(*covariance.count == 0 && covariance.mean[0] == 0);
	}
	end(&covariance);
}

/*
 * Rows, from principal components in the axes: the direction with its largest
 * element positive, over the deviation.
 */
static void
whitening_is_that_of_the_components(void **state)
{
	static const double mean[] = {1, 2, 3};
	static const double variances[] = {16, 4};
	static const double directions[] = {0, -0.8, 0.6, 1, 0, 0};
	static const float expected[] = {0,    0.2f, -0.15f, 0.05f,
									 0.5f, 0,    0,      -0.5f};
	float *rows = (float *) test_exact_copy(NULL, sizeof(expected));
	TestHost test;
	const Host *host = test_host_start(&test);
	double whitened[2];
	bool found;
	CoreError error;

	(void) state;
	assert_done(whitening_learn(rows, 2,
								&(PrincipalComponents){
									.channels = 3,
									.mean = mean,
									.variances = variances,
									.directions = directions,
									.most_directions = 2,
								},
								1, &error),
				&error);
	for (size_t i = 0; i < lengthof(expected); i++)
		assert_true(fabsf(rows[i] - expected[i]) < 1e-7f);

	/* 4 along the second direction is 2 deviations, -12 along the first -3 */
	assert_done(whitening_apply(host, &(Whitening){rows, 2, 3},
								(float[]){5, -7.6f, 10.2f}, 3, whitened,
								&found, &error),
				&error);
	assert_true(found);
	assert_true(fabs(whitened[0] + 3 / sqrt(13)) < 1e-6 &&
				fabs(whitened[1] - 2 / sqrt(13)) < 1e-6);
	test_exact_free((uint8_t *) rows);
	test_host_end(&test);
}

/* The power of the deviation that a direction is divided by. */
static void
whitening_has_a_power(void **state)
{
	static const double mean[] = {1, 2};
	static const double variances[] = {16, 4};
	static const double directions[] = {0, 1, 1, 0};
	static const double powers[] = {0, 0.5, 1};
	static const double factors[][2] = {{1, 1},
										{0.5, 0.70710678},
										{0.25, 0.5}};
	float rows[6];
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(powers); i++)
	{
		assert_done(whitening_learn(rows, 2,
									&(PrincipalComponents){
										.channels = 2,
										.mean = mean,
										.variances = variances,
										.directions = directions,
										.most_directions = 2,
									},
									powers[i], &error),
					&error);
		assert_true(fabs(rows[1] - factors[i][0]) < 1e-7);
		assert_true(fabs(rows[2] + 2 * factors[i][0]) < 1e-6);
		assert_true(fabs(rows[3] - factors[i][1]) < 1e-7);
		assert_true(rows[0] == 0 && rows[4] == 0);
	}
}

/*
 * The last number of a row is exact to about a millionth of a deviation, which
 * is no unit of the row where its power is not 1.
 */
static void
bias_is_exact_in_deviations(void **state)
{
	static const double mean[] = {10.3, 7.1};
	static const double directions[] = {0.6, 0.8};
	static const double powers[] = {0, 0.5, 1};
	const double deviation = 0.01;
	float row[3];
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(powers); i++)
	{
		double unit = pow(deviation, 1 - powers[i]);

		assert_done(whitening_learn(row, 1,
									&(PrincipalComponents){
										.channels = 2,
										.mean = mean,
										.variances =
											(double[]){deviation * deviation},
										.directions = directions,
										.most_directions = 1,
									},
									powers[i], &error),
					&error);
		assert_true(fabs(row[0] * mean[0] + row[1] * mean[1] + row[2]) <
					2e-6 * unit);
	}
}

/* As many times of the mean are subtracted as the caller says. */
static void
vectors_are_projected(void **state)
{
	static const float rows[] = {1, 0, -3, 0, 2, 0.5f};
	static const float vector[] = {5, 7};
	Whitening whitening = {rows, 2, 2};
	double projected[2];
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;

	(void) state;
	assert_done(whitening_project(host, &whitening, vector, 2, 2, projected,
								  &error),
				&error);
	assert_true(projected[0] == 5 - 2 * 3 && projected[1] == 14 + 2 * 0.5);
	assert_refused(whitening_project(host, &whitening, vector, 1, 2, projected,
									 &error),
				   &error, ERROR_CHANNELS);
	test_host_end(&test);
}

static void
directions_without_variance_are_refused(void **state)
{
	static const double none[][3] = {{0, 0, 0},
									 {1, 1, 0},
									 {1, 1e-17, -1e-17},
									 {1, 0.5, -1}};
	static const int varying[] = {0, 2, 1, 2};
	static const double identity[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
	float rows[12];
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(none); i++)
	{
		char expected[40];

		snprintf(expected, sizeof(expected), "vary in %d directions",
				 varying[i]);
		assert_refused(whitening_learn(rows, 3,
									   &(PrincipalComponents){
										   .channels = 3,
										   .mean = identity,
										   .variances = none[i],
										   .directions = identity,
										   .most_directions = 3,
									   },
									   1, &error),
					   &error, ERROR_INVALID_PARAMETER);
		assert_non_null(strstr(error.message, expected));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(covariance_is_that_of_the_definition),
		cmocka_unit_test(large_means_cancel_nothing),
		cmocka_unit_test(parts_are_merged),
		cmocka_unit_test(nothing_varies_in_few_vectors),
		cmocka_unit_test(values_that_are_not_finite_are_refused),
		cmocka_unit_test(whitening_is_that_of_the_components),
		cmocka_unit_test(whitening_has_a_power),
		cmocka_unit_test(bias_is_exact_in_deviations),
		cmocka_unit_test(vectors_are_projected),
		cmocka_unit_test(directions_without_variance_are_refused),
	};

	return cmocka_run_group_tests_name("covariance", tests, NULL, NULL);
}
