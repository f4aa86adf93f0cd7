/*
 * code_dots_test.c
 *		The products of codes of regions with a query's weights, of each table
 *		of kernels, against the definitions in kernels.h.
 */
#include "core/kernels/kernels.h"

#include "lib/core_test.h"

#define MOST_CODES 11
#define DIMS       (2 * REGION_CODE_BYTES)
#define BITS       (8 * REGION_CODE_BYTES)

/* The table at hand: all tests are run for each that this machine has. */
static const Kernels *kernels;

/* Random bytes, or only 0 and 255. */
static void
fill_bytes(Random *random, bool extreme, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = extreme ? (uint8_t) -random_int(random, 0, 1)
						   : (uint8_t) random_bits(random);
}

static int32_t
product_of_halves(const uint8_t *code, const int8_t *weights)
{
	int32_t sum = 0;

	for (int k = 0; k < DIMS; k++)
	{
		int byte = code[k % REGION_CODE_BYTES];

		sum += weights[k] * (k < REGION_CODE_BYTES ? byte % 16 : byte / 16);
	}
	return sum;
}

/* The weight of a bit, from its planes in two's complement. */
static int32_t
weight_of_bit(const uint8_t *planes, int bit)
{
	int32_t weight = 0;

	for (int p = 0; p < SIGN_PLANES; p++)
		weight += (planes[p * REGION_CODE_BYTES + bit / 8] >> bit % 8 & 1)
				  << p;
	return weight < 1 << (SIGN_PLANES - 1) ? weight
										   : weight - (1 << SIGN_PLANES);
}

static int32_t
product_of_bits(const uint8_t *code, const uint8_t *planes)
{
	int32_t sum = 0;

	for (int bit = 0; bit < BITS; bit++)
		if (code[bit / 8] >> bit % 8 & 1)
			sum += weight_of_bit(planes, bit);
	return sum;
}

/* Codes that end at a guard page, a step apart. */
static uint8_t *
make_codes(Random *random, bool extreme, size_t step, int count)
{
	size_t size =
		count == 0 ? 0 : (size_t) (count - 1) * step + REGION_CODE_BYTES;
	uint8_t *codes = test_exact_copy(NULL, size);

	fill_bytes(random, extreme, codes, size);
	return codes;
}

static void
check_halves(Random *random, bool extreme, size_t step, int count)
{
	uint8_t *codes = make_codes(random, extreme, step, count);
	int8_t *weights = (int8_t *) test_exact_copy(NULL, DIMS);
	int32_t sums[MOST_CODES + 1];

	for (int k = 0; k < DIMS; k++)
		weights[k] =
			(int8_t) (extreme ? (random_int(random, 0, 9) ? 127 : -127)
							  : random_int(random, -127, 127));
	sums[count] = 12345;
	kernels->dot_halves(codes, step, count, weights, sums);
	for (int i = 0; i < count; i++)
		assert_int_equal(sums[i],
						 product_of_halves(codes + i * step, weights));
	assert_int_equal(sums[count], 12345);
	test_exact_free((uint8_t *) weights);
	test_exact_free(codes);
}

static void
check_bits(Random *random, bool extreme, size_t step, int count)
{
	uint8_t *codes = make_codes(random, extreme, step, count);
	uint8_t *planes = test_exact_copy(NULL, SIGN_PLANES * REGION_CODE_BYTES);
	int32_t sums[MOST_CODES + 1];

	fill_bytes(random, extreme, planes, SIGN_PLANES * REGION_CODE_BYTES);
	sums[count] = 12345;
	kernels->dot_bits(codes, step, count, planes, sums);
	for (int i = 0; i < count; i++)
		assert_int_equal(sums[i], product_of_bits(codes + i * step, planes));
	assert_int_equal(sums[count], 12345);
	test_exact_free(planes);
	test_exact_free(codes);
}

static void
products_are_exact(void **state)
{
	static const size_t steps[] = {64, 68, 76, 77};
	Random random = {501};

	(void) state;
	for (int count = 0; count <= MOST_CODES; count++)
		for (size_t i = 0; i < lengthof(steps); i++)
			for (int extreme = 0; extreme <= 1; extreme++)
			{
				check_halves(&random, extreme, steps[i], count);
				check_bits(&random, extreme, steps[i], count);
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_exact),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
