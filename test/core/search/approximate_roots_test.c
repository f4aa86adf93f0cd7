/*
 * approximate_roots_test.c
 *		Roots are within their error.
 */
#include "core/search/approximate_roots.h"

#include <math.h>

#include "lib/core_test.h"

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
		cmocka_unit_test(precise_roots_are_within_their_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
