/*
 * short_root_sides_test.c
 *		Sides by short roots are on the right side of the roots, and near to
 *		them: of every sum in 16 bits that a map may have.
 */
#include "core/search/short_root_sides.h"

#include <math.h>

#include "core/bits.h"
#include "core/kernels/short_roots.h"
#include "lib/test_opened.h"

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* What a side is at most, about, where a sum is the greatest there is. */
#define GREATEST 30000

/* The sums of a map, and what becomes of them. */
typedef struct Sums
{
	Codes codes;
	Pooler pooler;
	PoolEntries entries;
	ShortRoots roots;
	double *scales; /* [stride] */
	double factor;  /* of roots, where the scale is 1 */
} Sums;

static void
sums_start(const Host *host, Sums *sums, const TestMap *made, double exponent)
{
	Pooling pooling = {POOL_GEM, exponent};

	*sums = (Sums){.factor = 0};
	open_pooled(host, &made->map, kernels, &pooling, &sums->codes,
				&sums->pooler);
	pool_entries_prepare(host, &sums->entries, &sums->codes, &sums->pooler);
	sums->scales = host_new(host, double, sums->codes.stride);
}

static double
float_of_sum(const Sums *sums, int sum)
{
	return float_from_bits((uint32_t) sum << sums->entries.dropped);
}

/* Within 1 + the rounding of the logarithm, in its units, and that of powers.
 */
static double
error_of(const Sums *sums)
{
	double cell = 0.5 / LOG_CELLS * sums->roots.unit;

	return (cell + 5) * log(2) / (1 << SHORT_LOG_UNIT);
}

/* Fails unless a side is that of a sum, which is exact, rounded outwards. */
static void
check_side(const Sums *sums, int sum, int c, int side, bool is_high)
{
	double exponent = sums->entries.pooling.exponent;
	double exact = pow(float_of_sum(sums, sum), 1 / exponent) * sums->factor *
				   sums->scales[c];
	double error = error_of(sums) * exact + 1;

	if (is_high ? side < exact || side > exact + error
				: side > exact || side < exact - error)
		fail_msg("%s: %s side of root %g of %a, scale %g, is %d, expected %g",
				 kernels->name, is_high ? "upper" : "lower", exponent,
				 float_of_sum(sums, sum), sums->scales[c], side, exact);
}

/* The sides of some sums, one a channel. */
static void
check_sides(const Sums *sums, const uint16_t *parts, bool is_high)
{
	const ShortSides *end = is_high ? &sums->roots.high : &sums->roots.low;
	int stride = sums->entries.stride;
	PowerSides sides = {.kind = ROOT_SHORT,
						.dropped = sums->entries.dropped,
						.offset = is_high,
						.slope = sums->roots.slope,
						.base = sums->roots.base,
						.corrections = end->corrections,
						.starts = end->starts};
	int16_t *out = (int16_t *) test_exact_copy(NULL, sizeof(int16_t) * stride);

	kernels->sides_of_powers(&parts, 1, &sides, stride, out);
	for (int c = 0; c < stride; c++)
		if (parts[c] == 0)
			assert_int_equal(out[c], 0);
		else
			check_side(sums, parts[c], c, out[c], is_high);
	test_exact_free((uint8_t *) out);
}

/* The least sum that is not 0: that of the power of code 1, or a float's. */
static int
least_sum(const Sums *sums)
{
	int least = 1 << (23 - sums->entries.dropped);
	double greatest = max_code(sums->codes.map->bits, false);
	double power = pow(1 / greatest, sums->entries.pooling.exponent) *
				   sums->entries.power_unit;

	while (float_of_sum(sums, least) < power * (1 - 1e-6))
		least++;
	return least;
}

/*
 * Every sum, in channels of many scales.  One has none, and may have a sum all
 * the same; one is zero everywhere.
 */
static void
check_sums(const Host *host, Sums *sums, Random *random, double range,
		   bool has_sum_without_scale)
{
	const PoolEntries *entries = &sums->entries;
	int stride = entries->stride;
	int most = 0xffff, least = least_sum(sums);
	uint16_t *parts =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * stride);
	uint16_t *whole =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * stride);

	if (entries->dropped == MOST_DROPPED)
		most = (0x7f800000 >> MOST_DROPPED) - 1;
	for (int c = 0; c < stride; c++)
		sums->scales[c] =
			c % 3 == 0 ? 1 : exp2(-range * random_fraction(random));
	sums->scales[1] = 0;
	for (int c = 0; c < stride; c++)
		whole[c] = parts[c] =
			(uint16_t) (c > 1 || (c == 1 && has_sum_without_scale) ? most : 0);
	sums->factor = GREATEST / pow(float_of_sum(sums, most),
								  1 / entries->pooling.exponent);
	short_roots_prepare(host, &sums->roots, entries, sums->scales);
	if (sums->roots.takes_sums &&
		short_roots_set_factors(&sums->roots, whole, sums->factor,
								sums->factor))
		for (int first = least; first <= most; first += stride - 2)
		{
			for (int c = 2; c < stride; c++)
				parts[c] =
					(uint16_t) (first + c - 2 <= most ? first + c - 2 : most);
			check_sides(sums, parts, false);
			check_sides(sums, parts, true);
		}
	else
		assert_true(sums->codes.map->bits > 8 || range > 40 ||
					entries->pooling.exponent < 1.01 ||
					(entries->pooling.exponent == 3 &&
					 !kernels->has_fast_short_roots));
	test_exact_free((uint8_t *) whole);
	test_exact_free((uint8_t *) parts);
}

static void
sides_are_rounded_outwards(void **state)
{
	static const double exponents[] = {1, 1.0001, 1.5, 2,  2.5, 3,  4,    5,
									   7, 7.3,    8,   10, 15,  30, 63.9, 64};
	Random random = {131};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int bits = 8; bits <= 24; bits += 8)
		for (size_t e = 0; e < lengthof(exponents); e++)
		{
			TestMap made;
			Sums sums;

			make_map(host, &made, &random, MAP_SPARSE, 300, 3, 4, bits);
			sums_start(host, &sums, &made, exponents[e]);
			if (sums.entries.by_powers)
			{
				check_sums(host, &sums, &random, 4, false);
				check_sums(host, &sums, &random, 4, true);
				check_sums(host, &sums, &random, 60, false);
			}
			free_map(host, &made);
		}
	test_host_end(&test);
}

/* Of each power but its shift. */
static void
powers_are_rounded_down(void **state)
{
	(void) state;
	for (unsigned z = 0; z < 1 << SHORT_LOG_UNIT; z++)
	{
		double exact = ldexp(exp2(-(double) z / (1 << SHORT_LOG_UNIT)), 15);
		unsigned last = z % (1 << LAST_LOG) << (16 - LAST_LOG);
		unsigned power = first_powers[z >> LAST_LOG] *
							 (LAST_START - (last * LAST_SLOPE >> 16)) >>
						 16;

		assert_true(power <= exact);
		assert_true(exact <= power * (1 + SHORT_POWER_ERROR));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_are_rounded_outwards),
		cmocka_unit_test(powers_are_rounded_down),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
