/*
 * approximate_roots_test.c
 *		Roots are within their error, over the whole range of a float.
 */
#include "core/search/approximate_roots.h"

#include <float.h>
#include <math.h>

#include "lib/core_test.h"

/* Whether a root is an ordinary float, as those of the sums of a map are. */
static bool
is_ordinary(double root)
{
	return root == 0 || (root >= FLT_MIN && root <= FLT_MAX);
}

static void
check_roots(const float *sums, int count, double exponent)
{
	float *out = (float *) test_exact_copy(NULL, sizeof(float) * count);

	memset(out, 0xff, sizeof(float) * count);
	approximate_roots(sums, count, exponent, out);
	for (int i = 0; i < count; i++)
	{
		double expected = pow((double) sums[i] / SUM_UNIT, 1 / exponent);

		if (is_ordinary(expected) &&
			!(fabs(out[i] - expected) <= ROOT_ERROR * expected))
			fail_msg("root %g of %g is %.9g, expected %.9g", exponent,
					 sums[i] / SUM_UNIT, out[i], expected);
	}
	test_exact_free((uint8_t *) out);
}

static void
roots_are_within_their_error(void **state)
{
	static const double exponents[] = {1,  1.0001, 1.5, 2,    2.5, 3,
									   4,  5,      10,  17.3, 30,  63,
									   64, 100,    400, 1e6};
	Random random = {111};

	(void) state;
	for (size_t e = 0; e < lengthof(exponents); e++)
		for (int power = -126; power <= 127; power++)
		{
			float *sums = (float *) test_exact_copy(NULL, sizeof(float) * 2 *
															  KERNEL_LANES);

			for (int i = 0; i < 2 * KERNEL_LANES; i++)
				sums[i] =
					ldexpf((float) (1 + random_fraction(&random)), power);
			sums[0] = ldexpf(1, power);
			sums[1] = ldexpf(1 + FLT_EPSILON, power);
			sums[2] = ldexpf(2 - FLT_EPSILON, power);
			sums[3] = 0;
			check_roots(sums, 2 * KERNEL_LANES, exponents[e]);
			test_exact_free((uint8_t *) sums);
		}
}

/* Roots of 2^-64 to 2^64, and those of sums of whole maps near 1. */
static void
precise_roots_are_within_their_error(void **state)
{
	static const double exponents[] = {1, 1.0001, 2, 3, 10, 17.3, 116};
	Random random = {112};

	(void) state;
	for (size_t e = 0; e < lengthof(exponents); e++)
		for (int i = 0; i < 200; i++)
		{
			size_t size = sizeof(double) * KERNEL_LANES;
			double *sums = (double *) test_exact_copy(NULL, size);
			double *out = (double *) test_exact_copy(NULL, size);
			double range = fmin(64 * exponents[e], 930);

			for (int c = 0; c < KERNEL_LANES; c++)
				sums[c] = exp2(range * (2 * random_fraction(&random) - 1) *
							   (c % 2 == 0 ? 1 : 1e-6));
			sums[1] = 1;
			sums[2] = nextafter(sqrt(0.5), 0);
			sums[3] = 0;
			precise_roots(sums, KERNEL_LANES, exponents[e], out);
			for (int c = 0; c < KERNEL_LANES; c++)
			{
				long double expected =
					powl(sums[c], 1 / (long double) exponents[e]);

				if (!(fabsl(out[c] - expected) <=
					  PRECISE_ROOT_ERROR * expected))
					fail_msg("root %g of %g is %.17g", exponents[e], sums[c],
							 out[c]);
			}
			test_exact_free((uint8_t *) sums);
			test_exact_free((uint8_t *) out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_within_their_error),
		cmocka_unit_test(precise_roots_are_within_their_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
