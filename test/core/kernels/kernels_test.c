/*
 * kernels_test.c
 *		Each table of kernels against loops written from the definitions in
 *		kernels.h, and against kernels_plain to the last bit.
 *
 * What a kernel reads and writes ends at a guard page: one byte too many is a
 * crash.
 */
#include "core/kernels/kernels.h"

#include <math.h>

#include "core/bits.h"
#include "core/kernels/root_polynomials.h"
#include "lib/core_test.h"
#include "core/bits.h"
#include "core/kernels/kernels_isa.h"
#include "core/map/format.h"

#define MAX_STRIDE (5 * KERNEL_LANES)

/* The table under test: all tests are run for each of test_kernels. */
static const Kernels *kernels;

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
				codes[i] = random_int(random, 0, 9) == 0
							   ? (uint8_t) random_bits(random)
							   : 0;
				break;
		}
}

/*
 * Weights whose products with any codes stay below 2^31, as the caller
 * promises.
 */
static void
fill_weights(Random *random, Inputs inputs, int16_t *weights, int stride)
{
	int left = (1 << 23) - 1; /* of the sum of |weight| */

	memset(weights, 0, sizeof(int16_t) * stride);
	for (int i = 0; i < 2 * stride && left > 0; i++)
	{
		int c = random_int(random, 0, stride - 1);
		int most = left < INT16_MAX ? left : INT16_MAX;
		int weight = inputs == INPUTS_RANDOM || inputs == INPUTS_SPARSE
						 ? random_int(random, 0, most)
						 : most;

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
check_dot(const uint8_t *codes, const int16_t *weights, int stride)
{
	for (int is_signed = 0; is_signed <= 1; is_signed++)
	{
		int64_t expected = 0;
		int32_t sum, plain;

		kernels->dot_cells(codes, 1, weights, stride, is_signed, &sum);
		kernels_plain.dot_cells(codes, 1, weights, stride, is_signed, &plain);
		for (int c = 0; c < stride; c++)
			expected += (int64_t) (is_signed ? (int8_t) codes[c] : codes[c]) *
						weights[c];
		assert_true(expected > INT32_MIN && expected <= INT32_MAX);
		if (sum != expected)
			fail_msg("%s: dot over %d channels is %ld, expected %ld",
					 kernels->name, stride, (long) sum, (long) expected);
		assert_int_equal(sum, plain);
	}
}

static void
dot_is_exact(void **state)
{
	Random random = {21};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int inputs = 0; inputs < INPUTS_COUNT; inputs++)
			for (int i = 0; i < 40; i++)
			{
				/* every second one a byte off: codes need not be aligned */
				uint8_t *block = test_exact_copy(NULL, stride + i % 2);
				int16_t *weights =
					(int16_t *) test_exact_copy(NULL,
												sizeof(int16_t) * stride);

				fill_codes(&random, inputs, block, stride);
				fill_weights(&random, i % INPUTS_COUNT, weights, stride);
				check_dot(block, weights, stride);
				test_exact_free((uint8_t *) weights);
				test_exact_free(block);
			}
}

/* The product of one cell, by the reference. */
static int32_t
plain_dot(const uint8_t *codes, const int16_t *weights, int stride,
		  bool is_signed)
{
	int32_t sum;

	kernels_plain.dot_cells(codes, 1, weights, stride, is_signed, &sum);
	return sum;
}

static void
dot_cells_is_a_dot_of_each(void **state)
{
	Random random = {23};

	(void) state;
	for (int count = 0; count <= 11; count++)
		for (int inputs = 0; inputs < 2 * INPUTS_COUNT; inputs++)
		{
			int stride = random_int(&random, 1, 5) * KERNEL_LANES;
			bool is_signed = inputs % 2;
			uint8_t *codes = test_exact_copy(NULL, (size_t) count * stride);
			int16_t *weights =
				(int16_t *) test_exact_copy(NULL, sizeof(int16_t) * stride);
			int32_t *sums =
				(int32_t *) test_exact_copy(NULL, sizeof(int32_t) * count);

			fill_codes(&random, inputs / 2, codes, (size_t) count * stride);
			fill_weights(&random, inputs / 2, weights, stride);
			kernels->dot_cells(codes, count, weights, stride, is_signed, sums);
			for (int i = 0; i < count; i++)
				assert_int_equal(sums[i],
								 plain_dot(codes + (size_t) i * stride,
										   weights, stride, is_signed));
			test_exact_free((uint8_t *) sums);
			test_exact_free((uint8_t *) weights);
			test_exact_free(codes);
		}
}

static void
dot_four_is_four_dots(void **state)
{
	Random random = {22};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 4 * INPUTS_COUNT; i++)
		{
			uint8_t *codes = test_exact_copy(NULL, stride + i % 2);
			int16_t *weights =
				(int16_t *) test_exact_copy(NULL,
											sizeof(int16_t) * 4 * stride);
			bool is_signed = i / 2 % 2;
			int32_t sums[4];

			fill_codes(&random, i % INPUTS_COUNT, codes, stride);
			for (int k = 0; k < 4; k++)
				fill_weights(&random, (i + k) % INPUTS_COUNT,
							 weights + k * stride, stride);
			kernels->dot_four(codes, weights, stride, is_signed, sums);
			for (int k = 0; k < 4; k++)
				assert_int_equal(sums[k],
								 plain_dot(codes, weights + k * stride, stride,
										   is_signed));
			test_exact_free((uint8_t *) weights);
			test_exact_free(codes);
		}
}

/* Each channel at its own, so that no lane is mistaken for another. */
static void
dot_takes_each_channel_once(void **state)
{
	static const uint8_t values[] = {255, 128};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < stride * (int) lengthof(values); i++)
		{
			uint8_t codes[MAX_STRIDE] = {0};
			int16_t weights[MAX_STRIDE];
			int c = i / (int) lengthof(values);

			for (int k = 0; k < stride; k++)
				weights[k] = (int16_t) (-INT16_MAX + 7 * k);
			codes[c] = values[i % lengthof(values)];
			for (int is_signed = 0; is_signed <= 1; is_signed++)
			{
				int code = is_signed ? (int8_t) codes[c] : codes[c];
				int32_t sum;

				kernels->dot_cells(codes, 1, weights, stride, is_signed, &sum);
				assert_int_equal(sum, code * weights[c]);
			}
		}
}

/*
 * A bitmap of this density; with damage, bits beyond the last channel may be
 * set.
 */
static void
fill_bitmap(Random *random, double density, bool damage, int channels,
			uint8_t *bitmap)
{
	int bits = damage ? (channels + 7) / 8 * 8 : channels;

	memset(bitmap, 0, (channels + 7) / 8);
	for (int bit = 0; bit < bits; bit++)
		if (random_fraction(random) < density)
			bitmap[bit / 8] |= (uint8_t) (1 << bit % 8);
}

#define MOST_CELLS 4

/* Packed cells, as unpack_cells takes them. */
typedef struct CellsToUnpack
{
	int channels;
	int planes;
	int count;
	uint8_t bytes[MOST_CELLS * 4 * MAX_STRIDE];
	size_t starts[MOST_CELLS + 1]; /* of the cells, and the end */
} CellsToUnpack;

static int
bits_set(const CellsToUnpack *cells, int cell)
{
	return count_bits(cells->bytes + cells->starts[cell],
					  (cells->channels + 7) / 8);
}

/* Appends a cell whose bitmap is in its place.  Some of its codes are 0. */
static void
append_codes(Random *random, CellsToUnpack *cells)
{
	size_t start = cells->starts[cells->count];
	int bitmap_bytes = (cells->channels + 7) / 8;
	int codes = bits_set(cells, cells->count) * cells->planes;
	/* all of them, at times: a cell of zeros is not occupied */
	int least = random_int(random, 0, 3) == 0 ? 0 : 1;
	int most = least == 0 && random_int(random, 0, 1) == 0 ? 0 : 255;

	for (int i = 0; i < codes; i++)
		cells->bytes[start + bitmap_bytes + i] =
			(uint8_t) random_int(random, least, most);
	cells->count++;
	cells->starts[cells->count] = start + bitmap_bytes + codes;
}

static void
check_unpacked_cell(const CellsToUnpack *cells, int cell,
					const UnpackedCells *out)
{
	const uint8_t *bitmap = cells->bytes + cells->starts[cell];
	const uint8_t *codes = bitmap + (cells->channels + 7) / 8;
	bool occupied = false;

	for (int p = 0; p < cells->planes; p++)
		for (int c = 0; c < (cells->channels + 7) / 8 * 8; c++)
		{
			bool is_set = bitmap[c / 8] >> (c % 8) & 1;
			int code = out->codes[p * out->plane_size +
								  (size_t) cell * out->stride + c];
			int expected = is_set ? *codes++ : 0;

			occupied = occupied || expected != 0;
			if (code != expected)
				fail_msg(
					"%s: cell %d of %d channels: channel %d is %d, expected %d",
					kernels->name, cell, cells->channels, c, code, expected);
		}
	assert_int_equal(out->occupied[cell], occupied);
}

/*
 * Unpacks the cells of the first `size` bytes, of which `whole` are whole;
 * `beyond` more may be read.
 */
static void
check_unpack(const CellsToUnpack *cells, size_t size, int whole, size_t beyond)
{
	int stride =
		(cells->channels + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
	size_t plane = (size_t) cells->count * stride;
	uint8_t *bytes = test_exact_copy(NULL, size + beyond);
	UnpackedCells out = {
		.codes = test_exact_copy(NULL, cells->planes * plane),
		.plane_size = plane,
		.stride = stride,
		.occupied =
			(int32_t *) test_exact_copy(NULL, sizeof(int32_t) * cells->count),
	};
	PackedCells packed = {bytes, bytes + size, bytes + size + beyond,
						  cells->channels, cells->planes};

	memset(bytes, 0xff, size + beyond);
	memcpy(bytes, cells->bytes, size);
	memset(out.codes, 0xa5, cells->planes * plane);
	assert_int_equal(kernels->unpack_cells(&packed, cells->count, &out),
					 whole);
	assert_int_equal(packed.next - bytes, cells->starts[whole]);
	for (int i = 0; i < whole; i++)
	{
		check_unpacked_cell(cells, i, &out);
		for (int c = (cells->channels + 7) / 8 * 8; c < stride; c++)
			assert_int_equal(out.codes[(size_t) i * stride + c], 0);
	}
	test_exact_free((uint8_t *) out.occupied);
	test_exact_free(out.codes);
	test_exact_free(bytes);
}

/* All of the cells, and as many as are whole before some earlier ends. */
static void
check_unpack_to_some_ends(Random *random, const CellsToUnpack *cells)
{
	/* how many bytes after the codes vectors may read */
	static const int beyond[] = {0,  1,  7,  8,  9,  15,  16,  56, 63,
								 64, 65, 71, 72, 73, 127, 136, 400};
	size_t size = cells->starts[cells->count];
	int whole = cells->count;

	for (int i = random_int(random, 0, 5); i < (int) lengthof(beyond);
		 i += random_int(random, 1, 5))
		check_unpack(cells, size, whole, beyond[i]);
	while (size > 0)
	{
		size -= random_int(random, 1, (int) (size + 1) / 2);
		while (cells->starts[whole] > size)
			whole--;
		check_unpack(cells, size, whole, random_int(random, 0, 1) * 200);
	}
}

static void
check_unpack_of_density(Random *random, double density, bool damage,
						int channels, int planes)
{
	CellsToUnpack cells = {.channels = channels, .planes = planes};

	while (cells.count < MOST_CELLS)
	{
		uint8_t *bitmap = cells.bytes + cells.starts[cells.count];

		fill_bitmap(random, density, damage, channels, bitmap);
		/* more bits than channels are refused: see below */
		if (bits_set(&cells, cells.count) > channels)
			fill_bitmap(random, density, false, channels, bitmap);
		append_codes(random, &cells);
	}
	check_unpack_to_some_ends(random, &cells);
}

static void
codes_are_unpacked_to_their_channels(void **state)
{
	static const double densities[] = {0, 0.02, 0.1, 0.5, 0.9, 0.98, 1};
	static const int channels[] = {1,   2,   7,   8,   9,   15,  16,  17,
								   31,  63,  64,  65,  71,  72,  100, 127,
								   128, 129, 135, 190, 192, 200, 257, 320};
	Random random = {27};

	(void) state;
	for (size_t n = 0; n < lengthof(channels); n++)
		for (size_t d = 0; d < lengthof(densities); d++)
			for (int planes = 1; planes <= 2; planes++)
				for (int damage = 0; damage <= 1; damage++)
					check_unpack_of_density(&random, densities[d], damage,
											channels[n], planes);
}

/*
 * Each byte of a bitmap in each of eight places: every entry of a table of
 * shuffles.
 */
static void
every_byte_of_a_bitmap_is_unpacked(void **state)
{
	Random random = {28};

	(void) state;
	for (int byte = 0; byte < 256; byte++)
		for (int place = 0; place < 8; place++)
		{
			CellsToUnpack cells = {.channels = KERNEL_LANES, .planes = 1};

			memset(cells.bytes, 0x11, 8);
			cells.bytes[place] = (uint8_t) byte;
			append_codes(&random, &cells);
			check_unpack(&cells, cells.starts[1], 1, 200);
		}
}

static void
more_bits_than_channels_are_refused(void **state)
{
	(void) state;
	for (int channels = 1; channels < MAX_STRIDE; channels++)
	{
		CellsToUnpack cells = {.channels = channels, .planes = 1, .count = 1};

		if (channels % 8 == 0)
			continue;
		memset(cells.bytes, 0xff, (channels + 7) / 8);
		check_unpack(&cells, 2 * MAX_STRIDE, 0, 0);
	}
}

static void
check_add_cells(Random *random, const uint8_t *codes, int map_columns,
				int rows, int columns, int stride, bool is_signed, bool negate)
{
	size_t row_step = (size_t) map_columns * stride;
	size_t size = sizeof(uint32_t) * stride;
	uint32_t *sums = (uint32_t *) test_exact_copy(NULL, size);
	uint32_t *plain = malloc(size);
	uint32_t *before = malloc(size);

	/* some close to where they wrap around */
	for (int c = 0; c < stride; c++)
		before[c] = c % 3 == 0 ? (uint32_t) random_int(random, -1000, 1000)
							   : (uint32_t) random_bits(random);
	memcpy(sums, before, size);
	memcpy(plain, before, size);
	kernels->add_cells(codes, row_step, rows, columns, stride, is_signed,
					   negate, sums);
	for (int c = 0; c < stride; c++)
	{
		int64_t sum = 0;
		uint32_t expected;

		for (int y = 0; y < rows; y++)
			for (int x = 0; x < columns; x++)
			{
				uint8_t code = codes[y * row_step + (size_t) x * stride + c];

				sum += is_signed ? (int8_t) code : code;
			}
		expected = before[c] + (uint32_t) (negate ? -sum : sum);
		if (sums[c] != expected)
			fail_msg(
				"%s: channel %d of %d, %d x %d cells: %u became %u, expected %u",
				kernels->name, c, stride, rows, columns, before[c], sums[c],
				expected);
	}
	kernels_plain.add_cells(codes, row_step, rows, columns, stride, is_signed,
							negate, plain);
	assert_memory_equal(sums, plain, size);
	free(before);
	free(plain);
	test_exact_free((uint8_t *) sums);
}

static void
check_cells_of_size(Random *random, Inputs inputs, int rows, int columns,
					int stride)
{
	int map_columns = columns + random_int(random, 0, 3);
	/* ends with the last cell that may be read */
	size_t size = ((size_t) (rows - 1) * map_columns + columns) * stride;
	uint8_t *codes = test_exact_copy(NULL, size);

	fill_codes(random, inputs, codes, size);
	for (int variant = 0; variant < 4; variant++)
		check_add_cells(random, codes, map_columns, rows, columns, stride,
						variant & 1, variant & 2);
	test_exact_free(codes);
}

static void
cells_are_added_and_subtracted(void **state)
{
	static const int sizes[] = {1, 2, 3, 5, 8, 13};
	Random random = {22};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= 3 * KERNEL_LANES;
		 stride += KERNEL_LANES)
		for (int inputs = 0; inputs < INPUTS_COUNT; inputs++)
			for (size_t rows = 0; rows < lengthof(sizes); rows++)
				for (size_t columns = 0; columns < lengthof(sizes); columns++)
					check_cells_of_size(&random, inputs, sizes[rows],
										sizes[columns], stride);
}

/* About as many cells as sums of 16 bits can hold, and far beyond. */
static void
many_cells_are_added_and_subtracted(void **state)
{
	static const Inputs inputs[] = {INPUTS_RANDOM, INPUTS_LARGEST,
									INPUTS_LOWEST};
	static const int sizes[][2] = {{1, 255},  {1, 256},  {1, 257}, {1, 258},
								   {1, 259},  {1, 515},  {127, 1}, {128, 1},
								   {129, 1},  {256, 1},  {257, 1}, {258, 1},
								   {86, 3},   {16, 16},  {17, 15}, {43, 7},
								   {1, 1025}, {301, 299}};
	Random random = {23};

	(void) state;
	for (size_t i = 0; i < lengthof(inputs); i++)
		for (size_t s = 0; s < lengthof(sizes); s++)
			check_cells_of_size(&random, inputs[i], sizes[s][0], sizes[s][1],
								(1 + (int) s % 2) * KERNEL_LANES);
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
check_cosine_parts(const double *sums, const double *weights,
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
	kernels_plain.cosine_parts(sums, weights, scales, stride, &plain[0],
							   &plain[1]);
	if (memcmp(parts, expected, sizeof(parts)) != 0)
		fail_msg(
			"%s: cosine parts over %d channels are %a and %a, expected %a and %a",
			kernels->name, stride, parts[0], parts[1], expected[0],
			expected[1]);
	assert_memory_equal(parts, plain, sizeof(parts));
}

static void
cosine_parts_have_one_order(void **state)
{
	Random random = {24};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 200; i++)
		{
			double *numbers =
				(double *) test_exact_copy(NULL, sizeof(double) * 3 * stride);

			for (int c = 0; c < stride; c++)
			{
				/*
				 * magnitudes far apart, so that any other order rounds
				 * differently
				 */
				numbers[c] = rint(random_normal(&random) *
								  pow(2, random_int(&random, 0, 24)));
				numbers[stride + c] = random_normal(&random) *
									  pow(10, random_int(&random, -6, 6));
				numbers[2 * stride + c] = random_fraction(&random) *
										  pow(10, random_int(&random, -6, 6));
			}
			check_cosine_parts(numbers, numbers + stride, numbers + 2 * stride,
							   stride);
			test_exact_free((uint8_t *) numbers);
		}
}

/* Scales as small and as large as a float's, sums as large as a map's. */
static void
cosine_parts_at_the_ends_of_the_range(void **state)
{
	static const double scales[] = {0x1p-133, 1e-38, 1, 3e38};
	double numbers[3][KERNEL_LANES];

	(void) state;
	for (size_t i = 0; i < lengthof(scales); i++)
	{
		double numerator, square;

		for (int c = 0; c < KERNEL_LANES; c++)
		{
			numbers[0][c] = c % 2 == 0 ? 0x1p39 : -0x1p39;
			numbers[1][c] = scales[i] / 3;
			numbers[2][c] = scales[i];
		}
		check_cosine_parts(numbers[0], numbers[1], numbers[2], KERNEL_LANES);
		kernels->cosine_parts(numbers[0], numbers[1], numbers[2], KERNEL_LANES,
							  &numerator, &square);
		assert_true(isfinite(numerator) && isfinite(square) && square > 0);
	}
}

/*
 * Floats up to the guard page, magnitudes far apart, so that any other order
 * rounds differently.
 */
static float *
random_floats(Random *random, int count)
{
	float *floats = (float *) test_exact_copy(NULL, sizeof(float) * count);

	for (int i = 0; i < count; i++)
		floats[i] = (float) (random_normal(random) *
							 pow(10, random_int(random, -4, 4)));
	return floats;
}

static void
rows_are_subtracted(void **state)
{
	Random random = {28};

	(void) state;
	for (int count = 8; count <= 8 * 40; count += 8)
	{
		float *below = random_floats(&random, count);
		float *above = random_floats(&random, count);
		float *out = (float *) test_exact_copy(NULL, sizeof(float) * count);

		above[count / 2] = below[count / 2];
		below[count / 3] = INFINITY;
		above[count - 1] = INFINITY;
		kernels->subtract(below, above, count, out);
		for (int i = 0; i < count; i++)
			assert_true(out[i] == below[i] - above[i]);
		test_exact_free((uint8_t *) out);
		test_exact_free((uint8_t *) above);
		test_exact_free((uint8_t *) below);
	}
}

/* The definition's order of additions again: partial sums over i modulo 8. */
static float
sum_floats_in_order(const float *terms, int count)
{
	float partial[8] = {0};

	for (int i = 0; i < count; i++)
		partial[i % 8] = partial[i % 8] + terms[i];
	return ((partial[0] + partial[4]) + (partial[2] + partial[6])) +
		   ((partial[1] + partial[5]) + (partial[3] + partial[7]));
}

/* From the definition. */
static float
square_by_definition(float *const *corners, int dims)
{
	float squares[MAX_STRIDE];

	for (int k = 0; k < dims; k++)
	{
		float bottom = corners[3][k] - corners[2][k];
		float top = corners[1][k] - corners[0][k];
		float sum = bottom - top;

		squares[k] = sum * sum;
	}
	return sum_floats_in_order(squares, dims);
}

/* A row by the table under test, or by the reference, as bytes. */
static void
decode_row_by(const Kernels *table, SketchDecoder decoder,
			  const uint8_t *entries, const int32_t *above, float *corners,
			  int32_t *steps, float *greatest)
{
	size_t numbers = (size_t) decoder.width * decoder.padded;

	decoder.greatest = greatest;
	memset(greatest, 0, sizeof(float) * decoder.padded);
	greatest[0] = 1000;
	memcpy(steps, above, sizeof(int32_t) * numbers);
	memset(corners, 0xff, sizeof(float) * numbers);
	table->decode_row(&decoder, entries, steps, corners);
}

static void
check_decode_row(Random *random, int dims, int width)
{
	int padded = dims <= LEADING_DIMS ? LEADING_DIMS : (dims + 7) / 8 * 8;
	size_t numbers = (size_t) width * padded;
	size_t size = width * sketch_entry_size(dims);
	uint8_t *entries = test_exact_copy(NULL, size);
	float step[FEATMAP_MAX_SKETCH_DIMS + 8] = {0};
	int32_t *above = malloc(sizeof(int32_t) * numbers);
	float *corners[2];
	int32_t *steps[2];
	float *greatest[2];

	for (size_t i = 0; i < size; i++)
		entries[i] = (uint8_t) random_bits(random);
	for (int k = 0; k < dims; k++)
		step[k] = k % 7 == 6 ? INFINITY : (float) random_fraction(random);
	for (size_t i = 0; i < numbers; i++)
		above[i] = (int) (i % padded) >= dims ? 0
				   : random_int(random, 0, 3) == 0
					   ? (int32_t) random_bits(random)
					   : random_int(random, -1000, 1000);
	for (int i = 0; i < 2; i++)
	{
		SketchDecoder decoder = {.width = width,
								 .dims = dims,
								 .padded = padded,
								 .entry_size = (int) sketch_entry_size(dims),
								 .limit = entries + size,
								 .step = step};

		corners[i] = (float *) test_exact_copy(NULL, sizeof(float) * numbers);
		steps[i] =
			(int32_t *) test_exact_copy(NULL, sizeof(int32_t) * numbers);
		greatest[i] = (float *) test_exact_copy(NULL, sizeof(float) * padded);
		decode_row_by(i == 0 ? kernels : &kernels_plain, decoder, entries,
					  above, corners[i], steps[i], greatest[i]);
	}
	assert_memory_equal(steps[0], steps[1], sizeof(int32_t) * numbers);
	assert_memory_equal(greatest[0], greatest[1], sizeof(float) * padded);
	for (size_t i = 0; i < numbers; i++)
		assert_true(corners[0][i] == corners[1][i] ||
					(isnan(corners[0][i]) && isnan(corners[1][i])));
	/* the first corner is the first entry below the one above */
	for (int k = 0; k < dims; k++)
		assert_int_equal((uint32_t) steps[1][k],
						 (uint32_t) above[k] +
							 (k < SKETCH_WIDE_DIMS
								  ? load_wide_number(entries, k)
								  : load_narrow_number(entries, k)));
	for (int i = 0; i < 2; i++)
	{
		test_exact_free((uint8_t *) greatest[i]);
		test_exact_free((uint8_t *) steps[i]);
		test_exact_free((uint8_t *) corners[i]);
	}
	free(above);
	test_exact_free(entries);
}

static void
rows_of_the_sketch_are_decoded(void **state)
{
	Random random = {29};

	(void) state;
	for (int dims = 0; dims <= FEATMAP_MAX_SKETCH_DIMS; dims++)
		for (int width = 1; width <= 40; width++)
			check_decode_row(&random, dims, width);
}

static void
squares_of_the_sketch_have_one_order(void **state)
{
	Random random = {29};

	(void) state;
	for (int dims = 8; dims <= 40; dims += 8)
		for (int i = 0; i < 300; i++)
		{
			/* top left, top right, bottom left, bottom right */
			float *corners[4];
			float square, expected, plain;

			for (int corner = 0; corner < 4; corner++)
				corners[corner] = random_floats(&random, dims);
			square = kernels->sketch_square(corners[0], corners[1], corners[2],
											corners[3], dims);
			plain = kernels_plain.sketch_square(corners[0], corners[1],
												corners[2], corners[3], dims);
			expected = square_by_definition(corners, dims);
			if (square != expected)
				fail_msg("%s: square in %d dimensions is %a, expected %a",
						 kernels->name, dims, square, expected);
			assert_memory_equal(&square, &plain, sizeof(float));
			for (int corner = 0; corner < 4; corner++)
				test_exact_free((uint8_t *) corners[corner]);
		}
}

/* The definition's order: partial sums over c modulo SQUARE_LANES. */
static float
sum_lanes_in_order(const float *terms, int stride)
{
	float lanes[SQUARE_LANES] = {0};
	float eight[8];

	for (int c = 0; c < stride; c++)
		lanes[c % SQUARE_LANES] += terms[c];
	for (int i = 0; i < 8; i++)
		eight[i] = (lanes[i] + lanes[i + 16]) + (lanes[i + 8] + lanes[i + 24]);
	return sum_floats_in_order(eight, 8);
}

static float
sums_square_by_definition(const uint32_t *sums, const float *scales,
						  int stride)
{
	float squares[MAX_STRIDE];

	for (int c = 0; c < stride; c++)
	{
		float value = (float) (int32_t) sums[c] * scales[c];

		squares[c] = value * value;
	}
	return sum_lanes_in_order(squares, stride);
}

static void
squares_of_sums_have_one_order(void **state)
{
	Random random = {31};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 100; i++)
		{
			uint32_t *sums =
				(uint32_t *) test_exact_copy(NULL, sizeof(uint32_t) * stride);
			float *scales = random_floats(&random, stride);
			float square, expected;

			for (int c = 0; c < stride; c++)
				sums[c] =
					(uint32_t) random_int(&random, i % 2 ? -INT32_MAX : 0,
										  INT32_MAX);
			square = kernels->sums_square(sums, scales, stride);
			expected = sums_square_by_definition(sums, scales, stride);
			assert_memory_equal(&square, &expected, sizeof(float));
			test_exact_free((uint8_t *) sums);
			test_exact_free((uint8_t *) scales);
		}
}

static void
cosine_parts_of_floats_have_one_order(void **state)
{
	Random random = {33};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 100; i++)
		{
			float *sums = random_floats(&random, stride);
			float *weights = random_floats(&random, stride);
			float *scales = random_floats(&random, stride);
			float products[MAX_STRIDE], squares[MAX_STRIDE];
			float parts[2], expected[2];

			for (int c = 0; c < stride; c++)
			{
				float value = scales[c] * sums[c];

				products[c] = weights[c] * sums[c];
				squares[c] = value * value;
			}
			expected[0] = sum_lanes_in_order(products, stride);
			expected[1] = sum_lanes_in_order(squares, stride);
			kernels->cosine_parts_float(sums, weights, scales, stride,
										&parts[0], &parts[1]);
			assert_memory_equal(parts, expected, sizeof(parts));
			test_exact_free((uint8_t *) sums);
			test_exact_free((uint8_t *) weights);
			test_exact_free((uint8_t *) scales);
		}
}

#define MOST_ROWS 40

/*
 * Of the first `count` rows, with the result in a place of its own and in that
 * of the first row.
 */
static void
check_greatest(uint8_t *const *rows, int count, int stride, bool is_signed)
{
	const uint8_t *given[MOST_ROWS];
	uint8_t expected[MAX_STRIDE];
	uint8_t *out = test_exact_copy(NULL, stride);

	for (int c = 0; c < stride; c++)
	{
		int greatest = INT32_MIN;

		for (int i = 0; i < count; i++)
		{
			int code = is_signed ? (int8_t) rows[i][c] : rows[i][c];

			greatest = code > greatest ? code : greatest;
		}
		expected[c] = (uint8_t) greatest;
	}
	memcpy(given, rows, sizeof(given));
	kernels->greatest(given, count, stride, is_signed, out);
	if (memcmp(out, expected, stride) != 0)
		fail_msg("%s: wrong greatest codes of %d rows of %d channels",
				 kernels->name, count, stride);
	kernels_plain.greatest(given, count, stride, is_signed, out);
	assert_memory_equal(out, expected, stride);
	memcpy(out, rows[0], stride);
	given[0] = out;
	kernels->greatest(given, count, stride, is_signed, out);
	if (memcmp(out, expected, stride) != 0)
		fail_msg(
			"%s: wrong greatest codes of %d rows of %d channels in place of the first",
			kernels->name, count, stride);
	test_exact_free(out);
}

static void
greatest_codes_of_rows(void **state)
{
	Random random = {30};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int inputs = 0; inputs < INPUTS_COUNT; inputs++)
		{
			/*
			 * every second one a byte off: codes need not be aligned
			 */
			uint8_t *rows[MOST_ROWS];

			for (int i = 0; i < MOST_ROWS; i++)
			{
				rows[i] = test_exact_copy(NULL, stride + i % 2);
				fill_codes(&random, inputs, rows[i], stride);
			}
			for (int count = 1; count <= MOST_ROWS; count++)
				for (int is_signed = 0; is_signed <= 1; is_signed++)
					check_greatest(rows, count, stride, is_signed);
			for (int i = 0; i < MOST_ROWS; i++)
				test_exact_free(rows[i]);
		}
}

/* From the definition in kernels.h. */
static BoxParts
box_by_definition(const BoxQuery *query, const int16_t *low,
				  const int16_t *high)
{
	BoxParts parts = {0};

	for (int c = 0; c < query->stride; c++)
	{
		int nearest = query->target[c] < low[c]    ? low[c]
					  : query->target[c] > high[c] ? high[c]
												   : query->target[c];
		int least = low[c] > 0 || high[c] < 0
						? (abs(low[c]) < abs(high[c]) ? low[c] : high[c])
						: 0;
		int greatest = abs(low[c]) > abs(high[c]) ? low[c] : high[c];

		parts.product += query->query[c] * nearest;
		parts.square += nearest * nearest;
		parts.least_square += least * least;
		parts.greatest_square += greatest * greatest;
	}
	return parts;
}

static void
assert_same_box(const char *what, const BoxParts *parts,
				const BoxParts *expected)
{
	if (memcmp(parts, expected, sizeof(BoxParts)) != 0)
		fail_msg("%s: box %s is %d, %d, %d, %d, expected %d, %d, %d, %d",
				 kernels->name, what, parts->product, parts->square,
				 parts->least_square, parts->greatest_square,
				 expected->product, expected->square, expected->least_square,
				 expected->greatest_square);
}

static int16_t *
random_halves(Random *random, int count, int least, int most)
{
	int16_t *halves =
		(int16_t *) test_exact_copy(NULL, sizeof(int16_t) * count);

	for (int i = 0; i < count; i++)
		halves[i] = (int16_t) random_int(random, least, most);
	return halves;
}

/* Sides and queries as large as their sums over all channels may be. */
static void
check_box(Random *random, int stride, bool is_signed)
{
	int most = (int) (46340 / sqrt(stride));
	int16_t *low = random_halves(random, stride, is_signed ? -most : 0, most);
	int16_t *high = random_halves(random, stride, is_signed ? -most : 0, most);
	int16_t *rounded = random_halves(random, stride, -most, most);
	int16_t *target = random_halves(random, stride, -INT16_MAX, INT16_MAX);
	BoxQuery query = {stride, is_signed, rounded, target};
	BoxParts parts, plain, expected;

	for (int c = 0; c < stride; c++)
	{
		int16_t side = low[c];

		low[c] = side < high[c] ? side : high[c];
		high[c] = c % 3 == 0 ? low[c] : side > high[c] ? side : high[c];
		target[c] = c % 2 == 0 ? (int16_t) (target[c] / 16) : target[c];
	}
	expected = box_by_definition(&query, low, high);
	kernels->box_parts(&query, low, high, &parts);
	kernels_plain.box_parts(&query, low, high, &plain);
	assert_same_box("", &parts, &expected);
	assert_same_box("in plain C", &plain, &expected);
	test_exact_free((uint8_t *) target);
	test_exact_free((uint8_t *) rounded);
	test_exact_free((uint8_t *) high);
	test_exact_free((uint8_t *) low);
}

static void
boxes_of_sides(void **state)
{
	Random random = {31};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 100; i++)
			check_box(&random, stride, i % 2 == 0);
}

static void
check_sides_of_codes(Random *random, Inputs inputs, int stride, int offset,
					 bool is_signed)
{
	uint8_t *codes = test_exact_copy(NULL, stride);
	int16_t *factors = random_halves(random, stride, 0, INT16_MAX);
	int16_t *out = random_halves(random, stride, -9, 9);

	fill_codes(random, inputs, codes, stride);
	for (int plain = 0; plain <= 1; plain++)
	{
		(plain ? &kernels_plain : kernels)
			->sides_of_codes(codes, factors, offset, stride, is_signed, out);
		for (int c = 0; c < stride; c++)
		{
			int code = is_signed ? (int8_t) codes[c] : codes[c];
			double product =
				floor(ldexp(code * (double) factors[c], CODE_SHIFT - 16));

			if (out[c] != (code == 0 ? 0 : (int) product + offset))
				fail_msg("%s: side of code %d by %d is %d", kernels->name,
						 code, factors[c], out[c]);
		}
	}
	test_exact_free((uint8_t *) out);
	test_exact_free((uint8_t *) factors);
	test_exact_free(codes);
}

static void
sides_of_greatest_codes(void **state)
{
	Random random = {32};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 40; i++)
			check_sides_of_codes(&random, i % INPUTS_COUNT, stride, i % 4 - 1,
								 i % 3 == 0);
}

/* Cells whose lower sides have norms as large as they may be, or small. */
static void
check_squares(Random *random, Inputs inputs, int count, int stride,
			  bool is_signed)
{
	uint8_t *codes = test_exact_copy(NULL, (size_t) count * stride);
	int most = random_int(random, 1, 46340 / (int) ceil(sqrt(stride)));
	int16_t *factors =
		random_halves(random, stride, 0, (most << (16 - CODE_SHIFT)) / 255);
	int32_t squares[9], plain[9];

	fill_codes(random, inputs, codes, count * stride);
	kernels->squares_of_codes(codes, count, factors, stride, is_signed,
							  squares);
	kernels_plain.squares_of_codes(codes, count, factors, stride, is_signed,
								   plain);
	for (int i = 0; i < count; i++)
	{
		double expected = 0;

		for (int c = 0; c < stride; c++)
		{
			uint8_t byte = codes[(size_t) i * stride + c];
			int code = is_signed ? (int8_t) byte : byte;
			double side =
				floor(ldexp(code * (double) factors[c], CODE_SHIFT - 16));

			expected += side * side;
		}
		if (squares[i] != expected || plain[i] != expected)
			fail_msg("%s: square of cell %d of %d is %d, in plain C %d, "
					 "expected %g",
					 kernels->name, i, count, squares[i], plain[i], expected);
	}
	test_exact_free((uint8_t *) factors);
	test_exact_free(codes);
}

static void
squares_of_cells(void **state)
{
	Random random = {33};

	(void) state;
	for (int stride = KERNEL_LANES; stride <= MAX_STRIDE;
		 stride += KERNEL_LANES)
		for (int i = 0; i < 40; i++)
			check_squares(&random, i % INPUTS_COUNT, 1 + i % 9, stride,
						  i % 4 == 0);
}

static float
float_of_power(uint16_t power, int dropped)
{
	return float_from_bits((uint32_t) power << dropped);
}

/* The fewest bits that may be dropped of floats below 2^power. */
static int
fewest_dropped(int power)
{
	int dropped = FEWEST_DROPPED;

	while (power > (1 << (dropped - 7)) - 127)
		dropped++;
	return dropped;
}

/* Powers from 2^power to 2^(power + 1), or 0. */
static uint16_t *
random_powers(Random *random, int stride, int power, int dropped)
{
	uint16_t *powers =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * stride);

	for (int c = 0; c < stride; c++)
		if (random_int(random, 0, 3) > 0)
			powers[c] =
				(uint16_t) (float_bits(
								ldexpf((float) (1 + random_fraction(random)),
									   power)) >>
							dropped);
	return powers;
}

/* Every code, each in every place. */
static void
powers_of_codes_are_looked_up(void **state)
{
	const int stride = 5 * KERNEL_LANES;
	Random random = {41};
	uint8_t *codes = test_exact_copy(NULL, stride);
	uint16_t *out =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * stride);
	uint16_t *powers =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * CODES_OF_A_BYTE);

	(void) state;
	for (int code = 0; code < CODES_OF_A_BYTE; code++)
		powers[code] = (uint16_t) random_bits(&random);
	for (int first = 0; first < CODES_OF_A_BYTE; first++)
	{
		for (int c = 0; c < stride; c++)
			codes[c] = (uint8_t) (first + c);
		kernels->look_up_powers(codes, powers, stride, out);
		for (int c = 0; c < stride; c++)
			assert_int_equal(out[c], powers[codes[c]]);
	}
	test_exact_free((uint8_t *) powers);
	test_exact_free((uint8_t *) out);
	test_exact_free(codes);
}

/* Fails unless a power is the sum, rounded up. */
static void
check_rounded_up(uint16_t power, int dropped, float sum)
{
	if (float_of_power(power, dropped) < sum ||
		(power > 0 && float_of_power((uint16_t) (power - 1), dropped) >= sum))
		fail_msg("%s: sum %a becomes %a, without %d bits", kernels->name, sum,
				 float_of_power(power, dropped), dropped);
}

/* Up to four parts, and their runs. */
static void
check_sums_of_powers(Random *random, int stride, int count, int power)
{
	int dropped = random_int(random, fewest_dropped(power + 3), MOST_DROPPED);
	/* the pieces, some way apart, and their runs backwards */
	int step = stride + 16;
	size_t size = sizeof(uint16_t) * step * count;
	uint16_t *pieces = (uint16_t *) test_exact_copy(NULL, size);
	uint16_t *runs = (uint16_t *) test_exact_copy(NULL, size);
	uint16_t *out =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * stride);
	const uint16_t *parts[4];

	for (int i = 0; i < count; i++)
	{
		uint16_t *powers = random_powers(random, stride, power, dropped);

		parts[i] =
			memcpy(pieces + i * step, powers, sizeof(uint16_t) * stride);
		test_exact_free((uint8_t *) powers);
	}
	kernels->add_powers(parts, count, dropped, stride, out);
	kernels->run_powers(pieces, step, count, dropped, stride,
						runs + (count - 1) * step, -step);
	for (int c = 0; c < stride; c++)
	{
		float part[4] = {0}, sum = float_of_power(pieces[c], dropped);

		for (int i = 0; i < count; i++)
			part[i] = float_of_power(parts[i][c], dropped);
		check_rounded_up(out[c], dropped,
						 (part[0] + part[1]) + (part[2] + part[3]));
		for (int i = 1; i < count; i++)
		{
			sum += part[i];
			check_rounded_up(runs[(count - 1 - i) * step + c], dropped, sum);
		}
		/* the first alone is left as it was */
		assert_int_equal(runs[(count - 1) * step + c], 0);
	}
	/* in place of one of them */
	kernels->add_powers(parts, count, dropped, stride, pieces);
	assert_memory_equal(pieces, out, sizeof(uint16_t) * stride);
	test_exact_free((uint8_t *) out);
	test_exact_free((uint8_t *) runs);
	test_exact_free((uint8_t *) pieces);
}

static void
sums_of_powers_are_rounded_up(void **state)
{
	Random random = {34};

	(void) state;
	for (int power = -126; power <= 120; power++)
		for (int count = 1; count <= 4; count++)
			check_sums_of_powers(&random, KERNEL_LANES * (1 + (power & 3)),
								 count, power);
}

/*
 * Roots are within their error, and sides one of factors that make them about
 * 30000, where sums are below 2^power.
 */
static void
check_sides_of_parts(const uint16_t *const *parts, int count, int stride,
					 int dropped, double exponent, int offset, double power)
{
	float *factors = (float *) test_exact_copy(NULL, sizeof(float) * stride);
	int16_t *out = (int16_t *) test_exact_copy(NULL, sizeof(int16_t) * stride);
	int16_t *plain =
		(int16_t *) test_exact_copy(NULL, sizeof(int16_t) * stride);
	PowerSides sides = {.kind = exponent == 3 ? ROOT_CUBE : ROOT_ANY,
						.dropped = dropped,
						.offset = offset,
						.inverse = (float) (1 / exponent),
						.factors = factors};
	double error = exponent == 3 ? CUBE_ROOT_ERROR : ANY_ROOT_ERROR;

	for (int c = 0; c < stride; c++)
		factors[c] = (float) (25000 / exp2(power / exponent));
	kernels->sides_of_powers(parts, count, &sides, stride, out);
	kernels_plain.sides_of_powers(parts, count, &sides, stride, plain);
	for (int c = 0; c < stride; c++)
	{
		double sum = 0, expected;

		for (int i = 0; i < count; i++)
			sum += float_of_power(parts[i][c], dropped);
		expected = pow(sum, 1 / exponent) * factors[c];
		if (sum == 0 ? out[c] != 0
					 : out[c] < expected * (1 - error) - 1 ||
						   out[c] > expected * (1 + error) + offset)
			fail_msg("%s: root %g of %g, times %g, is %d, expected %.12g",
					 kernels->name, exponent, sum, factors[c], out[c],
					 expected);
	}
	assert_memory_equal(out, plain, sizeof(int16_t) * stride);
	test_exact_free((uint8_t *) plain);
	test_exact_free((uint8_t *) out);
	test_exact_free((uint8_t *) factors);
}

/*
 * Short roots are the same with all kernels, whatever their tables have;
 * short_root_sides_test.c has what they are.
 */
static void
check_short_sides(Random *random, const uint16_t *const *parts, int count,
				  int stride, int dropped, int offset)
{
	size_t size = sizeof(uint16_t) * stride;
	uint16_t *starts = (uint16_t *) test_exact_copy(NULL, size);
	uint8_t *corrections = test_exact_copy(NULL, LOG_CELLS);
	int16_t *out = (int16_t *) test_exact_copy(NULL, size);
	int16_t *plain = (int16_t *) test_exact_copy(NULL, size);
	PowerSides sides = {.kind = ROOT_SHORT,
						.dropped = dropped,
						.offset = offset,
						.below = offset * ((1 << dropped) - 1),
						.slope = (uint16_t) random_bits(random),
						.base = (uint16_t) random_int(random, 0, 300),
						.corrections = corrections,
						.starts = starts};

	for (int i = 0; i < LOG_CELLS; i++)
		corrections[i] = (uint8_t) random_bits(random);
	for (int c = 0; c < stride; c++)
		starts[c] = (uint16_t) random_bits(random);
	kernels->sides_of_powers(parts, count, &sides, stride, out);
	kernels_plain.sides_of_powers(parts, count, &sides, stride, plain);
	assert_memory_equal(out, plain, size);
	test_exact_free((uint8_t *) plain);
	test_exact_free((uint8_t *) out);
	test_exact_free(corrections);
	test_exact_free((uint8_t *) starts);
}

static void
check_sides_of_powers(Random *random, int stride, int count, double exponent,
					  int power)
{
	int dropped = random_int(random, fewest_dropped(power + 3), MOST_DROPPED);
	int offset = random_int(random, 0, 1);
	uint16_t *parts[4];

	for (int i = 0; i < count; i++)
		parts[i] = random_powers(random, stride, power, dropped);
	check_sides_of_parts((const uint16_t *const *) parts, count, stride,
						 dropped, exponent, offset, power + 3);
	check_short_sides(random, (const uint16_t *const *) parts, count, stride,
					  dropped, offset);
	for (int i = 0; i < count; i++)
		test_exact_free((uint8_t *) parts[i]);
}

static const double root_exponents[] = {1, 1.0001, 1.5, 2,  2.5, 3, 3.99,
										4, 5,      10,  30, 63,  64};

static void
sides_of_roots(void **state)
{
	Random random = {33};

	(void) state;
	for (size_t e = 0; e < lengthof(root_exponents); e++)
		for (int power = -126; power <= 120; power++)
			/* the factor is to be an ordinary float, too */
			if (power / root_exponents[e] < 64 &&
				power / root_exponents[e] > -112)
				check_sides_of_powers(&random,
									  KERNEL_LANES * (1 + (power & 3)),
									  1 + (power & 3), root_exponents[e],
									  power);
}

/* Every power there is, from one binary order to the next. */
static void
sides_of_all_powers(void **state)
{
	uint16_t *powers =
		(uint16_t *) test_exact_copy(NULL, sizeof(uint16_t) * KERNEL_LANES);
	const uint16_t *parts[] = {powers};

	(void) state;
	for (size_t e = 0; e < lengthof(root_exponents); e++)
		for (int dropped = FEWEST_DROPPED; dropped <= MOST_DROPPED; dropped++)
			for (int first = 1 << (23 - dropped); first < 0x7f80 << 1;
				 first += KERNEL_LANES)
			{
				int power = (first >> (23 - dropped)) - 126;

				if (power / root_exponents[e] > 64 ||
					power / root_exponents[e] < -112 || power > 127)
					continue;
				for (int c = 0; c < KERNEL_LANES; c++)
					powers[c] = (uint16_t) (first + c);
				check_sides_of_parts(parts, 1, KERNEL_LANES, dropped,
									 root_exponents[e], 1, power);
			}
	test_exact_free((uint8_t *) powers);
}

/* Squared norm and numerator of the window of columns x to right. */
static float
window_square(const BoundTest *test, int x, int right, int dims,
			  int *numerator)
{
	float square = 0;

	for (int k = 0; k < dims; k++)
	{
		const float *below = test->below + (size_t) k * test->stride;
		const float *above = test->above + (size_t) k * test->stride;
		float sum = (below[right] - above[right]) - (below[x] - above[x]);

		square = square + sum * sum;
	}
	*numerator = test->numerators[right] - test->numerators[x];
	return square;
}

static bool
block_passes(const BoundTest *test, int x, int widest)
{
	int numerator;
	float square = window_square(test, x, x + widest, BLOCK_DIMS, &numerator);
	float reach = (test->slope * (float) numerator + test->offset) +
				  test->slack[x + widest];

	return reach * reach >= square;
}

/* The test as kernels.h defines it, one window at a time. */
static bool
window_passes(const BoundTest *test, int x, int width, int least)
{
	int numerator;
	float square = window_square(test, x, x + width, LEADING_DIMS, &numerator);
	float reach = test->slope * (float) numerator + test->offset;
	int widest = width - (width - least) % BLOCK_WIDTHS + BLOCK_WIDTHS - 1;

	return numerator >= test->least_numerator && reach * reach >= square &&
		   (test->slack == NULL || block_passes(test, x, widest));
}

/*
 * All calls for a strip, one after the other: windows by eight columns, then
 * width, then column.
 */
static int
select_by_definition(const BoundTest *test, int least, int step, int most,
					 SelectedWindow *selected)
{
	int found = 0;

	for (int x = 0; x < test->columns; x += SELECT_LANES)
		for (int width = least; width <= most; width += step)
			for (int i = x; i < x + SELECT_LANES && i + width <= test->columns;
				 i++)
				if (window_passes(test, i, width, least))
					selected[found++] =
						(SelectedWindow){(uint16_t) i, (uint16_t) width};
	return found;
}

/*
 * A strip of a map, its rows padded as bound_scan.c pads them, and a guard
 * page after each array.
 */
typedef struct Strip
{
	int map_width;
	int stride;
	float *below;        /* [LEADING_DIMS][stride] */
	float *above;        /* [LEADING_DIMS][stride] */
	float *sums;         /* [BLOCK_DIMS][stride], of pad_strip */
	int32_t *numerators; /* [stride] */
	float *slack;        /* [stride] */
} Strip;

static void
strip_start(Strip *strip, int map_width, int padding)
{
	int stride = (map_width + 1 + padding + 7) / 8 * 8;

	strip->map_width = map_width;
	strip->stride = stride;
	strip->below =
		(float *) test_exact_copy(NULL, sizeof(float) * LEADING_DIMS * stride);
	strip->above =
		(float *) test_exact_copy(NULL, sizeof(float) * LEADING_DIMS * stride);
	strip->sums =
		(float *) test_exact_copy(NULL, sizeof(float) * BLOCK_DIMS * stride);
	strip->numerators =
		(int32_t *) test_exact_copy(NULL, sizeof(int32_t) * stride);
	strip->slack = (float *) test_exact_copy(NULL, sizeof(float) * stride);
}

static void
strip_end(Strip *strip)
{
	test_exact_free((uint8_t *) strip->slack);
	test_exact_free((uint8_t *) strip->numerators);
	test_exact_free((uint8_t *) strip->sums);
	test_exact_free((uint8_t *) strip->above);
	test_exact_free((uint8_t *) strip->below);
}

/* Repeats the last column, and sets the sums. */
static void
pad_strip(Strip *strip)
{
	for (int x = strip->map_width + 1; x < strip->stride; x++)
	{
		strip->numerators[x] = strip->numerators[strip->map_width];
		for (int k = 0; k < LEADING_DIMS; k++)
		{
			size_t row = (size_t) k * strip->stride;

			strip->below[row + x] = strip->below[row + strip->map_width];
			strip->above[row + x] = strip->above[row + strip->map_width];
		}
	}
	for (int i = 0; i < BLOCK_DIMS * strip->stride; i++)
		strip->sums[i] = strip->below[i] - strip->above[i];
}

/* Returns how many windows pass of all calls for the strip. */
static int
check_select(const BoundTest *test, int least, int step, int most)
{
	int windows = test->columns * test->columns;
	SelectedWindow *expected = malloc(sizeof(SelectedWindow) * windows);
	int expected_found =
		select_by_definition(test, least, step, most, expected);
	int found = 0;
	/* ends at a guard page */
	SelectedWindow *selected = (SelectedWindow *) test_exact_copy(
		NULL, sizeof(SelectedWindow) * SELECT_LANES * test->columns);

	for (int x = 0; x + least <= test->columns;)
	{
		int before = x;
		int more =
			kernels->select_windows(test, &x, least, step, most, selected);

		assert_true(x > before);
		if (found + more > expected_found)
			fail_msg("%s: more than the %d windows expected pass",
					 kernels->name, expected_found);
		assert_memory_equal(selected, expected + found,
							sizeof(SelectedWindow) * more);
		found += more;
	}
	assert_int_equal(found, expected_found);
	test_exact_free((uint8_t *) selected);
	free(expected);
	return found;
}

/*
 * A test whose decisions are close: the slope is taken from one of its
 * windows.
 */
static void
fill_bound_test(Random *random, BoundTest *test, Strip *strip)
{
	int width = random_int(random, 1, strip->map_width);
	int x = random_int(random, 0, strip->map_width - width);
	double square = 0;

	for (int k = 0; k < LEADING_DIMS; k++)
	{
		float *below = strip->below + (size_t) k * strip->stride;
		float *above = strip->above + (size_t) k * strip->stride;

		for (int i = 0; i < strip->map_width; i++)
		{
			above[i + 1] = above[i] + (float) random_normal(random);
			below[i + 1] = below[i] + above[i + 1] - above[i] +
						   (float) random_normal(random) +
						   (k == 0 ? 1.0f : 0.0f);
		}
		square += pow((double) below[x + width] - above[x + width] -
						  (below[x] - above[x]),
					  2);
	}
	for (int i = 0; i < strip->map_width; i++)
		strip->numerators[i + 1] =
			strip->numerators[i] + random_int(random, -1000, 3000);
	pad_strip(strip);
	*test = (BoundTest){
		.strip = strip->sums,
		.below = strip->below,
		.above = strip->above,
		.numerators = strip->numerators,
		.stride = strip->stride,
		.columns = strip->map_width,
		.least_numerator = random_int(random, 0, 1) ? random_int(random, -1, 1)
													: strip->numerators[width],
	};
	test->offset =
		random_int(random, 0, 1) ? 0 : (float) (0.1 * random_fraction(random));
	test->slope = (float) ((sqrt(square) - test->offset) /
						   (fabs((double) strip->numerators[x + width] -
								 strip->numerators[x]) +
							1));
}

/* From the definition in kernels.h. */
static float
slack_by_definition(const BoundTest *test, int right, float root_factor,
					float rounding)
{
	float greatest = 0;

	for (int columns = 1; columns < BLOCK_WIDTHS; columns++)
	{
		int numerator;
		float root = sqrtf(window_square(test, right - columns, right,
										 BLOCK_DIMS, &numerator));
		float score = test->slope * (float) numerator;
		float gain = (root * root_factor - score) + fabsf(score) * rounding;

		if (gain > greatest)
			greatest = gain;
	}
	return greatest;
}

static void
check_slack(BoundTest *test, Strip *strip)
{
	kernels->block_slack(test, 1.125f, 0.0625f, strip->slack);
	for (int x = BLOCK_WIDTHS - 1; x <= test->columns + BLOCK_WIDTHS - 1; x++)
	{
		float expected = slack_by_definition(test, x, 1.125f, 0.0625f);

		assert_memory_equal(&strip->slack[x], &expected, sizeof(float));
	}
}

static void
windows_are_selected_by_the_test(void **state)
{
	Random random = {25};
	int windows = 0, selected = 0, could_be_selected = 0,
		selected_in_blocks = 0;

	(void) state;
	for (int map_width = 1; map_width <= 130;
		 map_width += map_width < 34 ? 1 : 8)
		for (int i = 0; i < 40; i++)
		{
			Strip strip;
			BoundTest test;
			int least = random_int(&random, 1, map_width);
			int most = random_int(&random, least, map_width);
			bool in_blocks = i % 2 == 1;
			int alone;

			strip_start(&strip, map_width,
						in_blocks ? ROW_PADDING : SELECT_LANES - 1);
			fill_bound_test(&random, &test, &strip);
			check_select(&test, least, random_int(&random, 2, 5), most);
			for (int width = least; width <= most; width++)
				windows += map_width - width + 1;
			alone = check_select(&test, least, 1, most);
			selected += alone;
			if (in_blocks)
			{
				check_slack(&test, &strip);
				/*
				 * less than it should be, so that blocks rule out windows that
				 * would pass
				 */
				for (int x = 0; x < strip.stride; x++)
					strip.slack[x] *= -0.5f;
				test.slack = strip.slack;
				could_be_selected += alone;
				selected_in_blocks += check_select(&test, least, 1, most);
			}
			strip_end(&strip);
		}
	/* neither hardly any nor nearly all, or the comparison would say little */
	assert_int_in_range(selected, windows / 10, windows - windows / 10);
	assert_int_in_range(selected_in_blocks, could_be_selected / 10,
						could_be_selected - could_be_selected / 50);
}

/*
 * All widths, one by one and in blocks; returns how many windows pass alone.
 */
static int
check_all_widths(BoundTest *test, Strip *strip)
{
	int found;

	pad_strip(strip);
	test->slack = NULL;
	found = check_select(test, 1, 1, strip->map_width);
	check_slack(test, strip);
	test->slack = strip->slack;
	check_select(test, 1, 1, strip->map_width);
	return found;
}

static void
windows_at_the_limits_of_the_test(void **state)
{
	Strip strip;
	BoundTest test;

	(void) state;
	strip_start(&strip, 66, ROW_PADDING);
	test = (BoundTest){
		.strip = strip.sums,
		.below = strip.below,
		.above = strip.above,
		.numerators = strip.numerators,
		.stride = strip.stride,
		.columns = 66,
		.least_numerator = 1,
	};
	/* exact numbers: reach^2 = square in every window, which passes */
	for (int x = 0; x <= strip.map_width; x++)
		strip.numerators[x] = x;
	for (int k = 0; k < LEADING_DIMS; k++)
	{
		float *row = strip.below + (size_t) k * strip.stride;

		for (int x = 0; x <= strip.map_width; x++)
			row[x] = (float) x;
		test.slope = 1;
		assert_int_equal(check_all_widths(&test, &strip), 66 * 67 / 2);
		test.slope = 1 - 0x1p-20f;
		assert_int_equal(check_all_widths(&test, &strip), 0);
		memset(row, 0, sizeof(float) * strip.stride);
	}
	/* without a threshold, the sign of the numerator alone decides */
	test.slope = 0;
	test.offset = INFINITY;
	for (int x = 0; x <= strip.map_width; x++)
		strip.numerators[x] = x % 3 * 0x20000000 - 0x20000000;
	check_all_widths(&test, &strip);
	/*
	 * a damaged sketch is NaN or infinite: nothing but the same answer is
	 * asked for
	 */
	test.slope = 1;
	strip.below[2 * strip.stride + 20] = NAN;
	strip.below[3 * strip.stride + 40] = INFINITY;
	strip.below[4 * strip.stride + 60] = -INFINITY;
	check_all_widths(&test, &strip);
	strip_end(&strip);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dot_is_exact),
		cmocka_unit_test(dot_cells_is_a_dot_of_each),
		cmocka_unit_test(dot_four_is_four_dots),
		cmocka_unit_test(dot_takes_each_channel_once),
		cmocka_unit_test(more_bits_than_channels_are_refused),
		cmocka_unit_test(codes_are_unpacked_to_their_channels),
		cmocka_unit_test(every_byte_of_a_bitmap_is_unpacked),
		cmocka_unit_test(cells_are_added_and_subtracted),
		cmocka_unit_test(many_cells_are_added_and_subtracted),
		cmocka_unit_test(cosine_parts_have_one_order),
		cmocka_unit_test(cosine_parts_at_the_ends_of_the_range),
		cmocka_unit_test(rows_are_subtracted),
		cmocka_unit_test(rows_of_the_sketch_are_decoded),
		cmocka_unit_test(squares_of_the_sketch_have_one_order),
		cmocka_unit_test(squares_of_sums_have_one_order),
		cmocka_unit_test(cosine_parts_of_floats_have_one_order),
		cmocka_unit_test(greatest_codes_of_rows),
		cmocka_unit_test(boxes_of_sides),
		cmocka_unit_test(sides_of_greatest_codes),
		cmocka_unit_test(squares_of_cells),
		cmocka_unit_test(powers_of_codes_are_looked_up),
		cmocka_unit_test(sums_of_powers_are_rounded_up),
		cmocka_unit_test(sides_of_roots),
		cmocka_unit_test(sides_of_all_powers),
		cmocka_unit_test(windows_are_selected_by_the_test),
		cmocka_unit_test(windows_at_the_limits_of_the_test),
	};

	return run_with_all_kernels(tests, lengthof(tests), &kernels);
}
