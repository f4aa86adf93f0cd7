/*
 * kernels_test.c
 *		Each table of kernels against loops written from the definitions in
 *		kernels.h, and against kernels_plain to the last bit.
 */
#include "kernels.h"

#include <math.h>

#include "core_test.h"

#define MAX_STRIDE (5 * KERNEL_LANES)
#define CANARY     0x5a5a

/* The tables that this machine can run. */
static const Kernels *const kernels_here[] = {&kernels_plain};

#define for_each_kernels(kernels)                                                         \
	for (size_t kernels##_number = 0; kernels##_number < lengthof(kernels_here) &&        \
									  ((kernels) = kernels_here[kernels##_number], true); \
		 kernels##_number++)

/* How the bytes of codes and the weights are chosen. */
typedef enum Inputs
{
	INPUTS_RANDOM,
	INPUTS_EXTREME, /* 0, 1, 127, 128 (-128), 255 (-1) */
	INPUTS_LARGEST, /* all 255 */
	INPUTS_LOWEST,  /* all 128, which is -128 */
	INPUTS_SPARSE
} Inputs;

#define INPUTS_COUNT 5

static void
fill_codes(Random *random, Inputs inputs, uint8_t *codes, size_t count)
{
	static const uint8_t extremes[] = {0, 1, 127, 128, 255};

	for (size_t i = 0; i < count; i++)
		switch (inputs)
		{
			case INPUTS_RANDOM:
				codes[i] = (uint8_t) random_bits(random);
				break;
			case INPUTS_EXTREME:
				codes[i] = extremes[random_int(random, 0, 4)];
				break;
			case INPUTS_LARGEST:
				codes[i] = 255;
				break;
			case INPUTS_LOWEST:
				codes[i] = 128;
				break;
			case INPUTS_SPARSE:
				codes[i] = random_int(random, 0, 9) == 0 ? (uint8_t) random_bits(random) : 0;
				break;
		}
}

/* Weights whose products with any codes stay below 2^31, as the caller promises. */
static void
fill_weights(Random *random, Inputs inputs, int16_t *weights, int stride)
{
	int left = (1 << 23) - 1; /* of the sum of |weight| */

	memset(weights, 0, sizeof(int16_t) * stride);
	for (int i = 0; i < 2 * stride && left > 0; i++)
	{
		int c = random_int(random, 0, stride - 1);
		int most = left < INT16_MAX ? left : INT16_MAX;
		int weight =
			inputs == INPUTS_RANDOM || inputs == INPUTS_SPARSE ? random_int(random, 0, most) : most;

		if (weights[c] != 0)
			continue;
		left -= weight;
		/* all of one sign, for the greatest sums, or mixed */
		weights[c] = (int16_t) (inputs == INPUTS_LARGEST   ? weight
								: inputs == INPUTS_LOWEST  ? -weight
								: random_int(random, 0, 1) ? weight
														   : -weight);
	}
}

static void
check_dot(const Kernels *kernels, const uint8_t *codes, const int16_t *weights, int stride)
{
	for (int is_signed = 0; is_signed <= 1; is_signed++)
	{
		int64_t expected = 0;
		int32_t sum = kernels->dot(codes, weights, stride, is_signed);

		for (int c = 0; c < stride; c++)
			expected += (int64_t) (is_signed ? (int8_t) codes[c] : codes[c]) * weights[c];
		assert_true(expected > INT32_MIN && expected <= INT32_MAX);
		if (sum != expected)
			fail_msg("%s: dot over %d channels is %ld, expected %ld", kernels->name, stride,
					 (long) sum, (long) expected);
		assert_int_equal(sum, kernels_plain.dot(codes, weights, stride, is_signed));
	}
}

static void
dot_is_exact(void **state)
{
	Random random = {21};
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels) for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
								   stride +=
								   KERNEL_LANES) for (int inputs = 0; inputs < INPUTS_COUNT;
													  inputs++) for (int i = 0; i < 40; i++)
	{
		/* one byte off: nobody promises that codes are aligned */
		uint8_t *block = malloc(stride + 1);
		uint8_t *codes = block + i % 2;
		int16_t *weights = malloc(sizeof(int16_t) * stride);

		fill_codes(&random, inputs, codes, stride);
		fill_weights(&random, i % INPUTS_COUNT, weights, stride);
		check_dot(kernels, codes, weights, stride);
		free(weights);
		free(block);
	}
}

/* Each channel at its own, so that no lane is mistaken for another. */
static void
dot_takes_each_channel_once(void **state)
{
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels) for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
								   stride += KERNEL_LANES) for (int c = 0; c < stride; c++)
	{
		uint8_t codes[MAX_STRIDE] = {0};
		int16_t weights[MAX_STRIDE];

		for (int i = 0; i < stride; i++)
			weights[i] = (int16_t) (-INT16_MAX + 7 * i);
		codes[c] = 255;
		assert_int_equal(kernels->dot(codes, weights, stride, false), 255 * weights[c]);
		assert_int_equal(kernels->dot(codes, weights, stride, true), -weights[c]);
		codes[c] = 128;
		assert_int_equal(kernels->dot(codes, weights, stride, false), 128 * weights[c]);
		assert_int_equal(kernels->dot(codes, weights, stride, true), -128 * weights[c]);
	}
}

static void
check_sum_cells(const Kernels *kernels, const uint8_t *codes, int map_columns, int rows,
				int columns, int stride, bool is_signed)
{
	size_t row_step = (size_t) map_columns * stride;
	int32_t *sums = malloc(sizeof(int32_t) * (stride + 1));
	int32_t *plain = malloc(sizeof(int32_t) * stride);

	memset(sums, 0xa5, sizeof(int32_t) * stride);
	sums[stride] = CANARY;
	kernels->sum_cells(codes, row_step, rows, columns, stride, is_signed, sums);
	assert_int_equal(sums[stride], CANARY);
	for (int c = 0; c < stride; c++)
	{
		int64_t expected = 0;

		for (int y = 0; y < rows; y++)
			for (int x = 0; x < columns; x++)
			{
				uint8_t code = codes[y * row_step + (size_t) x * stride + c];

				expected += is_signed ? (int8_t) code : code;
			}
		if (sums[c] != expected)
			fail_msg("%s: channel %d of %d, %d x %d cells: sum is %ld, expected %ld", kernels->name,
					 c, stride, rows, columns, (long) sums[c], (long) expected);
	}
	kernels_plain.sum_cells(codes, row_step, rows, columns, stride, is_signed, plain);
	assert_memory_equal(sums, plain, sizeof(int32_t) * stride);
	free(plain);
	free(sums);
}

static void
sums_of_cells_are_exact(void **state)
{
	static const int sizes[] = {1, 2, 3, 5, 8, 13};
	Random random = {22};
	const Kernels *kernels;

	(void) state;
	for_each_kernels(
		kernels) for (int stride = KERNEL_LANES; stride <= 3 * KERNEL_LANES;
					  stride +=
					  KERNEL_LANES) for (int inputs = 0; inputs < INPUTS_COUNT;
										 inputs++) for (size_t rows = 0; rows < lengthof(sizes);
														rows++) for (size_t columns = 0;
																	 columns < lengthof(sizes);
																	 columns++)
	{
		int map_columns = sizes[columns] + random_int(&random, 0, 3);
		/* ends with the last cell that may be read */
		size_t size = ((size_t) (sizes[rows] - 1) * map_columns + sizes[columns]) * stride;
		uint8_t *codes = malloc(size);

		fill_codes(&random, inputs, codes, size);
		for (int is_signed = 0; is_signed <= 1; is_signed++)
			check_sum_cells(kernels, codes, map_columns, sizes[rows], sizes[columns], stride,
							is_signed);
		free(codes);
	}
}

/* Beyond what sums of 16 bits could hold. */
static void
sums_of_many_cells_are_exact(void **state)
{
	static const Inputs inputs[] = {INPUTS_RANDOM, INPUTS_LARGEST, INPUTS_LOWEST};
	int rows = 301, columns = 299, stride = KERNEL_LANES;
	size_t size = (size_t) rows * columns * stride;
	uint8_t *codes = malloc(size);
	Random random = {23};
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels) for (size_t i = 0; i < lengthof(inputs); i++)
	{
		fill_codes(&random, inputs[i], codes, size);
		for (int is_signed = 0; is_signed <= 1; is_signed++)
			check_sum_cells(kernels, codes, columns, rows, columns, stride, is_signed);
	}
	free(codes);
}

/* The definition's order: partial sums over c modulo 8. */
static double
sum_in_order(const double *terms, int stride)
{
	double partial[8] = {0};

	for (int c = 0; c < stride; c++)
		partial[c % 8] = partial[c % 8] + terms[c];
	return ((partial[0] + partial[4]) + (partial[2] + partial[6])) +
		   ((partial[1] + partial[5]) + (partial[3] + partial[7]));
}

static void
check_cosine_parts(const Kernels *kernels, const double *sums, const double *weights,
				   const double *scales, int stride)
{
	double products[MAX_STRIDE], squares[MAX_STRIDE];
	double parts[2], expected[2], plain[2];

	for (int c = 0; c < stride; c++)
	{
		double value = scales[c] * sums[c];

		products[c] = weights[c] * sums[c];
		squares[c] = value * value;
	}
	expected[0] = sum_in_order(products, stride);
	expected[1] = sum_in_order(squares, stride);
	kernels->cosine_parts(sums, weights, scales, stride, &parts[0], &parts[1]);
	kernels_plain.cosine_parts(sums, weights, scales, stride, &plain[0], &plain[1]);
	if (memcmp(parts, expected, sizeof(parts)) != 0)
		fail_msg("%s: cosine parts over %d channels are %a and %a, expected %a and %a",
				 kernels->name, stride, parts[0], parts[1], expected[0], expected[1]);
	assert_memory_equal(parts, plain, sizeof(parts));
}

static void
cosine_parts_have_one_order(void **state)
{
	Random random = {24};
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels) for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
								   stride += KERNEL_LANES) for (int i = 0; i < 200; i++)
	{
		double *numbers = malloc(sizeof(double) * 3 * stride);

		for (int c = 0; c < stride; c++)
		{
			/* magnitudes far apart, so that any other order rounds differently */
			numbers[c] = rint(random_normal(&random) * pow(2, random_int(&random, 0, 24)));
			numbers[stride + c] = random_normal(&random) * pow(10, random_int(&random, -6, 6));
			numbers[2 * stride + c] =
				random_fraction(&random) * pow(10, random_int(&random, -6, 6));
		}
		check_cosine_parts(kernels, numbers, numbers + stride, numbers + 2 * stride, stride);
		free(numbers);
	}
}

/* Scales as small and as large as a float's, sums as large as a map's. */
static void
cosine_parts_at_the_ends_of_the_range(void **state)
{
	static const double scales[] = {0x1p-133, 1e-38, 1, 3e38};
	double numbers[3][KERNEL_LANES];
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels) for (size_t i = 0; i < lengthof(scales); i++)
	{
		double numerator, square;

		for (int c = 0; c < KERNEL_LANES; c++)
		{
			numbers[0][c] = c % 2 == 0 ? 0x1p39 : -0x1p39;
			numbers[1][c] = scales[i] / 3;
			numbers[2][c] = scales[i];
		}
		check_cosine_parts(kernels, numbers[0], numbers[1], numbers[2], KERNEL_LANES);
		kernels->cosine_parts(numbers[0], numbers[1], numbers[2], KERNEL_LANES, &numerator,
							  &square);
		assert_true(isfinite(numerator) && isfinite(square) && square > 0);
	}
}

/* The test of windows as bound_scan.c and kernels.h define it, one window at a time. */
static int
select_by_definition(const BoundTest *test, int width, int count, uint16_t *selected)
{
	int found = 0;

	for (int x = 0; x < count; x++)
	{
		int numerator = test->numerators[x + width] - test->numerators[x];
		float reach = test->slope * (float) numerator + test->offset;
		float square = 0;

		for (int k = 0; k < test->dims; k++)
		{
			float sum = test->strip[(size_t) k * test->stride + x + width] -
						test->strip[(size_t) k * test->stride + x];

			square = square + sum * sum;
		}
		if (numerator >= test->least_numerator && reach * reach >= square)
			selected[found++] = (uint16_t) x;
	}
	return found;
}

static int
check_select(const Kernels *kernels, const BoundTest *test, int width)
{
	int count = test->stride - width;
	uint16_t *selected = malloc(sizeof(uint16_t) * (test->stride + 1));
	uint16_t *expected = malloc(sizeof(uint16_t) * test->stride);
	uint16_t *plain = malloc(sizeof(uint16_t) * test->stride);
	int expected_found = select_by_definition(test, width, count, expected);
	int found, plain_found;

	selected[test->stride] = CANARY;
	found = kernels->select_windows(test, width, count, selected);
	plain_found = kernels_plain.select_windows(test, width, count, plain);
	if (found != expected_found)
		fail_msg("%s: %d windows of width %d of %d pass, expected %d", kernels->name, found, width,
				 count, expected_found);
	assert_memory_equal(selected, expected, sizeof(uint16_t) * found);
	assert_int_equal(found, plain_found);
	assert_memory_equal(selected, plain, sizeof(uint16_t) * found);
	assert_int_equal(selected[test->stride], CANARY);
	free(plain);
	free(expected);
	free(selected);
	return found;
}

/* A test whose decisions are close: the slope is taken from one of its windows. */
static void
fill_bound_test(Random *random, BoundTest *test, float *strip, int32_t *numerators, int stride,
				int dims, int width)
{
	int x = random_int(random, 0, stride - 1 - width);
	double numerator, square = 0;

	for (int k = 0; k < dims; k++)
	{
		float sum = 0;

		for (int i = 0; i < stride; i++)
		{
			strip[(size_t) k * stride + i] = sum;
			sum += (float) random_normal(random) + (k == 0 ? 1.0f : 0.0f);
		}
	}
	for (int i = 0, sum = 0; i < stride; i++)
	{
		numerators[i] = sum;
		sum += random_int(random, -1000, 3000);
	}
	*test = (BoundTest){
		.strip = strip,
		.numerators = numerators,
		.stride = stride,
		.dims = dims,
		.least_numerator = random_int(random, 0, 1) ? random_int(random, -1, 1) : numerators[width],
	};
	numerator = (double) numerators[x + width] - numerators[x];
	for (int k = 0; k < dims; k++)
	{
		double sum =
			strip[(size_t) k * stride + x + width] - (double) strip[(size_t) k * stride + x];

		square += sum * sum;
	}
	test->offset = random_int(random, 0, 1) ? 0 : (float) (0.1 * random_fraction(random));
	test->slope = (float) ((sqrt(square) - test->offset) / (fabs(numerator) + 1));
}

static void
windows_are_selected_by_the_test(void **state)
{
	static const int strides[] = {2, 3, 8, 16, 17, 18, 31, 33, 50, 65, 130};
	static const int dims[] = {0, 1, 3, 4, 16, 27, 28};
	Random random = {25};
	const Kernels *kernels;
	int windows = 0, selected = 0;

	(void) state;
	for_each_kernels(kernels) for (size_t s = 0; s < lengthof(strides);
								   s++) for (size_t d = 0; d < lengthof(dims); d++)
	{
		int stride = strides[s];
		float *strip = malloc(sizeof(float) * dims[d] * stride + 1);
		int32_t *numerators = malloc(sizeof(int32_t) * stride);

		for (int width = 1; width < stride; width++)
		{
			BoundTest test;

			fill_bound_test(&random, &test, strip, numerators, stride, dims[d], width);
			windows += stride - width;
			selected += check_select(kernels, &test, width);
		}
		free(numerators);
		free(strip);
	}
	/* neither hardly any nor nearly all, or the comparison would say little */
	assert_in_range(selected, windows / 10, windows - windows / 10);
}

static void
windows_at_the_limits_of_the_test(void **state)
{
	enum
	{
		STRIDE = 67,
		DIMS = 5
	};
	float strip[DIMS * STRIDE];
	int32_t numerators[STRIDE];
	BoundTest test = {strip, numerators, STRIDE, DIMS, 1, 0, INFINITY};
	const Kernels *kernels;

	(void) state;
	for_each_kernels(kernels)
	{
		/* exact numbers: reach^2 = square in every window, which passes */
		for (int x = 0; x < STRIDE; x++)
		{
			numerators[x] = x;
			for (int k = 0; k < DIMS; k++)
				strip[k * STRIDE + x] = k == 2 ? (float) x : 0;
		}
		test.slope = 1;
		test.offset = 0;
		for (int width = 1; width < STRIDE; width++)
			assert_int_equal(check_select(kernels, &test, width), STRIDE - width);
		test.slope = 1 - 0x1p-20f;
		for (int width = 1; width < STRIDE; width++)
			assert_int_equal(check_select(kernels, &test, width), 0);
		/* without a threshold, the sign of the numerator alone decides */
		test.slope = 0;
		test.offset = INFINITY;
		for (int x = 0; x < STRIDE; x++)
			numerators[x] = x % 3 * 0x20000000 - 0x20000000;
		for (int width = 1; width < STRIDE; width++)
			check_select(kernels, &test, width);
		/* a damaged sketch is NaN or infinite: nothing but the same answer is asked for */
		test.slope = 1;
		strip[2 * STRIDE + 20] = NAN;
		strip[3 * STRIDE + 40] = INFINITY;
		strip[4 * STRIDE + 60] = -INFINITY;
		for (int width = 1; width < STRIDE; width++)
			check_select(kernels, &test, width);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dot_is_exact),
		cmocka_unit_test(dot_takes_each_channel_once),
		cmocka_unit_test(sums_of_cells_are_exact),
		cmocka_unit_test(sums_of_many_cells_are_exact),
		cmocka_unit_test(cosine_parts_have_one_order),
		cmocka_unit_test(cosine_parts_at_the_ends_of_the_range),
		cmocka_unit_test(windows_are_selected_by_the_test),
		cmocka_unit_test(windows_at_the_limits_of_the_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
