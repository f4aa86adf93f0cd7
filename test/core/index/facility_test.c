/*
 * facility_test.c
 *		The greedy choice: against an algorithm that evaluates every vector in
 *		every round.
 */
#include "core/index/facility.h"

#include <math.h>

#include "lib/core_test.h"

#define MOST_CHOSEN 40

static double
cost(const Facility *facility, int i, int j)
{
	double product = 0;

	for (int k = 0; k < facility->dims; k++)
		product += (double) facility->vectors[k * facility->stride + i] *
				   facility->vectors[k * facility->stride + j];
	product = i == j ? 1 : fmin(fmax(product, 0), 1);
	return (1 - product) * (1 - product);
}

/* What choosing a vector lowers the sum by. */
static double
gain(const Facility *facility, const double *remaining, int i)
{
	double sum = 0;

	for (int j = 0; j < facility->count; j++)
		sum += fmax(remaining[j] - cost(facility, i, j), 0);
	return sum;
}

static double
greatest_gain(const Facility *facility, const double *remaining)
{
	double greatest = 0;

	for (int i = 0; i < facility->count; i++)
		greatest = fmax(greatest, gain(facility, remaining, i));
	return greatest;
}

/* Each chosen vector gains as much as any other would, but for rounding. */
static void
check_choice(const Facility *facility, const int *chosen, int count, int most,
			 double enough)
{
	double rounding = facility->count / 65535.0;
	double remaining[2000], sum = facility->count;

	for (int j = 0; j < facility->count; j++)
		remaining[j] = 1;
	for (int n = 0; n < count; n++)
	{
		double gained = gain(facility, remaining, chosen[n]);

		assert_int_in_range(chosen[n], 0, facility->count - 1);
		assert_true(sum > enough * facility->count - rounding);
		assert_true(gained >= greatest_gain(facility, remaining) - rounding);
		sum -= gained;
		for (int j = 0; j < facility->count; j++)
			remaining[j] = fmin(remaining[j], cost(facility, chosen[n], j));
	}
	if (count < most)
		assert_true(sum <= enough * facility->count + rounding ||
					greatest_gain(facility, remaining) <= rounding);
}

static void
start_facility(Facility *facility, int count, int dims)
{
	int stride =
		(count + FACILITY_LANES - 1) / FACILITY_LANES * FACILITY_LANES;

	*facility = (Facility){.count = count, .stride = stride, .dims = dims};
	facility->vectors =
		(float *) test_exact_copy(NULL, sizeof(float) * stride * dims);
	facility->products =
		(float *) test_exact_copy(NULL, facility_scratch_size(stride));
	facility->gains = (int32_t *) (facility->products + stride);
	facility->costs = (uint16_t *) (facility->gains + stride);
	facility->remaining = facility->costs + stride * stride;
}

static void
end_facility(Facility *facility)
{
	test_exact_free((uint8_t *) facility->products);
	test_exact_free((uint8_t *) facility->vectors);
}

/* Vectors about some directions; some equal, and some of length 0. */
static void
fill_vectors(Random *random, Facility *facility, double spread)
{
	float *vectors = (float *) facility->vectors;

	for (int i = 0; i < facility->count; i++)
	{
		double square = 0;

		for (int k = 0; k < facility->dims; k++)
		{
			float value = (float) (1 + spread * random_normal(random));

			value = k > 4 && i % 3 == 0 ? 0 : value;
			vectors[k * facility->stride + i] = value;
			square += value * value;
		}
		for (int k = 0; k < facility->dims; k++)
			vectors[k * facility->stride + i] *=
				(float) (i % 50 == 49 ? 0 : 1 / sqrt(square));
	}
}

static void
check_random(Random *random, int count, double spread, double enough)
{
	Facility facility;
	TestHost test;
	int chosen[MOST_CHOSEN], most = random_int(random, 1, MOST_CHOSEN);
	int found;

	start_facility(&facility, count, 8 * random_int(random, 1, 4));
	fill_vectors(random, &facility, spread);
	found = facility_choose(test_host_start(&test), &facility, most, enough,
							chosen);
	assert_int_in_range(found, 1, most);
	assert_true(test.interrupts > 0);
	check_choice(&facility, chosen, found, most, enough);
	end_facility(&facility);
}

static void
choice_is_that_of_the_plain_algorithm(void **state)
{
	static const int counts[] = {1, 2, 15, 16, 17, 100, 230};
	static const double spreads[] = {0, 0.1, 1, 5};
	Random random = {611};

	(void) state;
	for (size_t c = 0; c < lengthof(counts); c++)
		for (size_t s = 0; s < lengthof(spreads); s++)
			for (int i = 0; i < 4; i++)
				check_random(&random, counts[c], spreads[s], i * 0.005);
}

static void
equal_vectors_need_one(void **state)
{
	Facility facility;
	TestHost test;
	int chosen[5];

	(void) state;
	start_facility(&facility, 33, 8);
	for (int i = 0; i < 33; i++)
		((float *) facility.vectors)[i] = 1;
	assert_int_equal(facility_choose(test_host_start(&test), &facility, 5, 0,
									 chosen),
					 1);
	assert_int_equal(chosen[0], 0);
	end_facility(&facility);
}

static void
numbers_that_are_none_do_no_harm(void **state)
{
	Facility facility;
	TestHost test;
	int chosen[5];

	(void) state;
	start_facility(&facility, 20, 8);
	for (int i = 0; i < 8 * facility.stride; i++)
		((float *) facility.vectors)[i] = i % 3 ? NAN : INFINITY;
	assert_int_equal(facility_choose(test_host_start(&test), &facility, 5, 0,
									 chosen),
					 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(chosen[i], i);
	end_facility(&facility);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(choice_is_that_of_the_plain_algorithm),
		cmocka_unit_test(equal_vectors_need_one),
		cmocka_unit_test(numbers_that_are_none_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
