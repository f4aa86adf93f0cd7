/*
 * build_test.c
 *		Construction of stored maps: quantisation, the form of cells, refusals,
 *		and the admission of stored forms from outside.
 */
#include "core/map/build.h"
#include "core/map/map_values.h"

#include <float.h>
#include <math.h>

#include "lib/core_test.h"
#include "lib/test_maps.h"

/* Bytes of the block that belong to the caller. */
#define ROOM 24

/* Scales below this are as good as zero: see pack_cells. */
#define LEAST_SCALE 1e-37

/* What rounding a value to a float moves it by, in steps. */
static double
rounding_of_values(const FeatureMap *map)
{
	return 1.001 * 0x1p-24 * max_code(map->bits, map->is_signed);
}

static float
greatest_magnitude(const float *channel, size_t cells)
{
	float greatest = 0;

	for (size_t i = 0; i < cells; i++)
		greatest = fmaxf(greatest, fabsf(channel[i]));
	return greatest;
}

static void
check_scale(const FeatureMap *map, const float *channel, int c)
{
	double greatest = greatest_magnitude(channel, cell_count(map));
	double exact = greatest / max_code(map->bits, map->is_signed);
	double step = channel_scale(map, c);

	if (greatest == 0)
		assert_true(step == 0);
	else if (exact > LEAST_SCALE &&
			 !(step >= exact * (1 - 0x1p-23) && step <= 1.01 * exact))
		fail_msg("channel %d: step is %g, expected %g or little more", c, step,
				 exact);
	assert_true(step >= 0 && step <= FLT_MAX);
}

/* Each value is at most half a step away from what is read back. */
static void
check_quantisation(const Host *host, const TestMap *made)
{
	const FeatureMap *map = &made->map;
	size_t cells = cell_count(map);
	float *values = malloc(sizeof(float) * cells * map->channels);
	CoreError error;

	assert_done(region_values(host, map, values, &error), &error);
	for (int c = 0; c < map->channels; c++)
	{
		double step = channel_scale(map, c);
		double most =
			fmax(step, FEATMAP_LEAST_SCALE) * (0.5 + rounding_of_values(map));

		check_scale(map, made->values + cells * c, c);
		for (size_t i = cells * c; i < cells * (c + 1); i++)
			if (!(fabs((double) values[i] - made->values[i]) <= most))
				fail_msg("%s, %d bits: %g became %g, with steps of %g",
						 map_kind_names[made->kind], map->bits,
						 made->values[i], values[i], step);
	}
	free(values);
}

static bool
any_negative(const float *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i] < 0)
			return true;
	return false;
}

static void
values_are_within_half_a_step(void **state)
{
	static const int sizes[][3] = {{1, 1, 1},   {1, 5, 7},  {3, 1, 9},
								   {7, 6, 1},   {8, 4, 4},  {65, 3, 5},
								   {130, 6, 7}, {9, 1, 300}};
	Random random = {31};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				const int *size = sizes[s];
				CoreError error;
				TestMap made;

				make_map(host, &made, &random, kind, size[0], size[1], size[2],
						 bits);
				assert_int_equal(made.map.bits, bits);
				assert_int_equal(made.map.channels, size[0]);
				assert_int_equal(made.map.height, size[1]);
				assert_int_equal(made.map.width, size[2]);
				assert_int_equal(made.map.is_signed,
								 any_negative(made.values, (size_t) size[0] *
															   size[1] *
															   size[2]));
				assert_done(feature_map_validate(host, &made.map, &error),
							&error);
				check_quantisation(host, &made);
				free_map(host, &made);
			}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Every magnitude a float can have, dead channels between living ones. */
static void
scales_of_every_magnitude(void **state)
{
	static const float magnitudes[] = {0,       1e-45f, 1e-40f, 1e-38f,
									   FLT_MIN, 1e-36f, 1e-35f, 1e-30f,
									   1e-20f,  1e-6f,  1,      1e10f,
									   1e30f,   1e38f,  3e38f,  FLT_MAX,
									   0};
	enum
	{
		CHANNELS = lengthof(magnitudes),
		CELLS = 5 * 6
	};
	Random random = {32};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int is_signed = 0; is_signed <= 1; is_signed++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			float *values = host_new(host, float, CHANNELS *CELLS);
			CoreError error;
			TestMap made = {.kind = MAP_RANGES};

			for (int c = 0; c < CHANNELS; c++)
				for (int i = 0; i < CELLS; i++)
				{
					double fraction = i == 7 ? 1 : random_fraction(&random);

					values[c * CELLS + i] =
						(float) (magnitudes[c] *
								 (is_signed ? 2 * fraction - 1 : fraction));
				}
			make_map_of_values(host, &made, values, CHANNELS, 5, 6, bits);
			assert_int_equal(made.map.is_signed, is_signed);
			assert_done(feature_map_validate(host, &made.map, &error), &error);
			check_quantisation(host, &made);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/*
 * Whole codes times a power of two come back as they were, up to the greatest
 * code.
 */
static void
codes_are_exact(void **state)
{
	Random random = {33};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int is_signed = 0; is_signed <= 1; is_signed++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			int limit = max_code(bits, is_signed);
			float *values = host_new(host, float, 10 * 12);
			float *read = host_new(host, float, 10 * 12);
			CoreError error;
			TestMap made;

			for (int i = 0; i < 120; i++)
			{
				int code =
					i % 12 == 3 ? limit
					: i % 12 == 5
						? (is_signed ? -limit : 1)
						: random_int(&random, is_signed ? -limit : 0, limit);

				values[i] = ldexpf((float) code, i / 12 * 9 - 40);
			}
			make_map_of_values(host, &made, values, 10, 3, 4, bits);
			assert_done(region_values(host, &made.map, read, &error), &error);
			for (int c = 0; c < 10; c++)
				assert_true(channel_scale(&made.map, c) ==
							ldexp(1, c * 9 - 40));
			assert_memory_equal(read, values, sizeof(float) * 120);
			host_free(host, read);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/*
 * Greatest values around those that a scale of 8 bits divides to the greatest
 * code, where a float's rounding makes the scale too small for 24 bits.
 */
static void
no_code_is_too_large(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;

	(void) state;
	for (int is_signed = 0; is_signed <= 1; is_signed++)
		for (int bits = 8; bits <= 24; bits += 8)
			for (int scale = 128; scale < 256; scale++)
				for (int ulps = -3; ulps <= 3; ulps++)
				{
					int most = max_code(bits, is_signed);
					float greatest = (float) scale * (float) most;
					float *values = host_new(host, float, 2);
					TestMap made;
					CellReader reader;
					PackedCell cell;

					for (int i = 0; i < abs(ulps); i++)
						greatest =
							nextafterf(greatest, ulps < 0 ? 0 : INFINITY);
					values[0] = greatest;
					values[1] = is_signed ? -greatest : greatest;
					make_map_of_values(host, &made, values, 1, 1, 2, bits);
					cell_reader_start(&reader, &made.map);
					assert_done(cell_reader_next(&reader, &cell, &error),
								&error);
					assert_int_in_range(packed_code(&made.map, &cell, 0),
										most * 0.99, most);
					assert_done(feature_map_validate(host, &made.map, &error),
								&error);
					free_map(host, &made);
				}
	test_host_end(&test);
}

static void
negative_zero_is_zero(void **state)
{
	float values[] = {-0.0f, 0, -0.0f, -0.0f, 1, -0.0f};
	float read[6];
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	FeatureMap map;
	size_t size;
	uint8_t *stored =
		feature_map_build(host, values, 2, 1, 3, 8, 0, &size, &error);

	(void) state;
	assert_done(stored != NULL, &error);
	assert_done(feature_map_open(&map, stored, size, &error), &error);
	assert_false(map.is_signed);
	assert_true(channel_scale(&map, 0) == 0 && channel_scale(&map, 1) > 0);
	assert_done(region_values(host, &map, read, &error), &error);
	assert_true(read[0] == 0 && read[4] > 0.99f && read[5] == 0);
	test_host_end(&test);
}

/*
 * A cell is dense where that is not longer, whatever the number of its
 * non-zero codes.
 */
static void
cells_take_their_shorter_form(void **state)
{
	static const int channels[] = {1, 7, 8, 9, 16, 63, 64, 65, 130};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t n = 0; n < lengthof(channels); n++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			int count = channels[n], cells = count + 1;
			size_t bytes = bits / 8, bitmap = ((size_t) count + 7) / 8,
				   coded = 0;
			float *values = host_new(host, float, (size_t) count *cells);
			TestMap made;

			/* cell i has i codes that are not zero */
			for (int c = 0; c < count; c++)
				for (int i = 0; i < cells; i++)
					values[c * cells + i] = c < i ? 1 : 0;
			make_map_of_values(host, &made, values, count, 1, cells, bits);
			for (int i = 0; i < cells; i++)
			{
				bool dense = bytes * count <= bitmap + bytes * i;

				assert_int_equal(made.map.kinds[i / 8] >> (i % 8) & 1, dense);
				coded += dense ? bytes * count : bitmap + bytes * i;
			}
			assert_int_equal(made.map.coded_size, coded);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/*
 * The layout of feature_map.h, byte by byte: nine channels, cells with two
 * codes, with seven (as long either way, so dense) and with none.
 */
static void
the_stored_form_is_as_documented(void **state)
{
	static const uint16_t codes[3][9] = {
		{255, 0, 0, 0, 0, 0, 0, 0, 100},
		{1, 2, 255, 255, 255, 255, 255, 0, 0},
		{0},
	};
	/*
	 * 2 / 255 is rounded up to 8 bits, 0x3c01, so that 2 becomes the code 254;
	 * 100 likewise 255
	 */
	static const uint8_t expected[] = {
		2,
		8,
		68 << 1, /* of a rounding error of up to 7.3e-5 */
		0,
		9,
		0,
		1,
		0,
		3,
		0,
		0,
		0,
		15,
		0,
		0,
		0, /* header */
		0x80,
		0x3f,
		0x01,
		0x3c,
		0x80,
		0x3f,
		0x80,
		0x3f,
		0x80,
		0x3f,
		0x80,
		/* scales: 1, 2 / 255, 1, 1, 1, 1, 1, 0, 100 / 255 */
		0x3f,
		0x80,
		0x3f,
		0,
		0,
		0xc9,
		0x3e,
		/* kinds: the second is dense */
		0x02,
		0x01,
		0x01,
		255,
		255, /* bitmap, codes */
		/* no code at all */
		1,
		254,
		255,
		255,
		255,
		255,
		255,
		0,
		0,
		0x00,
		0x00,
	};
	float values[9 * 3];
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;

	(void) state;
	for (int i = 0; i < 27; i++)
		values[i] = codes[i % 3][i / 3];
	make_map_of_values(host, &made, values, 9, 1, 3, 8);
	assert_int_equal(strip_sketch(made.stored, &made.map), sizeof(expected));
	assert_memory_equal(made.stored, expected, sizeof(expected));
	test_host_end(&test);
}

static void
the_room_in_front_is_left_alone(void **state)
{
	Random random = {34};
	float values[3 * 4 * 5];
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	size_t size, room_size, admitted_size;
	uint8_t *stored, *with_room, *admitted;

	(void) state;
	fill_values(&random, MAP_SIGNED, values, 3, 4, 5);
	stored = feature_map_build(host, values, 3, 4, 5, 8, 0, &size, &error);
	with_room =
		feature_map_build(host, values, 3, 4, 5, 8, ROOM, &room_size, &error);
	admitted =
		feature_map_admit(host, stored, size, ROOM, &admitted_size, &error);
	assert_int_equal(room_size, size);
	assert_int_equal(admitted_size, size);
	assert_memory_equal(with_room + ROOM, stored, size);
	assert_memory_equal(admitted + ROOM, stored, size);
	assert_int_equal(test.live_blocks, 3);
	test_host_end(&test);
}

static void
numbers_that_are_not_finite_are_refused(void **state)
{
	static const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
	Random random = {35};
	float values[3 * 4 * 5];
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int i = 0; i < 60; i++)
		for (size_t b = 0; b < lengthof(bad); b++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				char position[60];
				CoreError error;
				size_t size;

				fill_values(&random, MAP_SIGNED, values, 3, 4, 5);
				values[i] = bad[b];
				snprintf(position, sizeof(position),
						 "channel %d, row %d, column %d is %s", i / 20,
						 i / 5 % 4, i % 5, b < 2 ? "NaN" : "infinite");
				assert_refused(feature_map_build(host, values, 3, 4, 5, bits,
												 ROOM, &size, &error) != NULL,
							   &error, ERROR_NOT_FINITE);
				if (strstr(error.message, position) == NULL)
					fail_msg("\"%s\" does not say \"%s\"", error.message,
							 position);
				assert_int_equal(test.live_blocks, 0);
			}
	test_host_end(&test);
}

static void
the_first_bad_number_is_named(void **state)
{
	float values[2 * 2 * 3] = {0};
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	size_t size;

	(void) state;
	values[11] = NAN;
	values[8] = -INFINITY;
	values[9] = NAN;
	assert_refused(feature_map_build(host, values, 2, 2, 3, 8, 0, &size,
									 &error) != NULL,
				   &error, ERROR_NOT_FINITE);
	assert_non_null(
		strstr(error.message, "channel 1, row 0, column 2 is infinite"));
	test_host_end(&test);
}

static void
dimensions_have_limits(void **state)
{
	static const struct
	{
		int64_t channels, height, width;
		ErrorClass class;
	} bad[] = {
		{0, 1, 1, ERROR_SHAPE},
		{1, 0, 1, ERROR_SHAPE},
		{1, 1, 0, ERROR_SHAPE},
		{-1, 1, 1, ERROR_SHAPE},
		{1, -5, 1, ERROR_SHAPE},
		{1, 1, INT64_MIN, ERROR_SHAPE},
		{16385, 1, 1, ERROR_LIMIT},
		{1, 4097, 1, ERROR_LIMIT},
		{1, 1, 4097, ERROR_LIMIT},
		{INT64_MAX, 1, 1, ERROR_LIMIT},
		{1, INT64_C(1) << 32 | 1, 1, ERROR_LIMIT},
	};
	CoreError error;

	(void) state;
	assert_done(feature_map_check_dimensions(1, 1, 1, &error), &error);
	assert_done(feature_map_check_dimensions(16384, 4096, 4096, &error),
				&error);
	for (size_t i = 0; i < lengthof(bad); i++)
		assert_refused(feature_map_check_dimensions(bad[i].channels,
													bad[i].height,
													bad[i].width, &error),
					   &error, bad[i].class);
}

static void
bits_are_8_16_or_24(void **state)
{
	static const int bad[] = {0, 1, 7, 9, 23, 25, 32, -8};
	CoreError error;

	(void) state;
	assert_done(feature_map_check_bits(8, &error), &error);
	assert_done(feature_map_check_bits(16, &error), &error);
	assert_done(feature_map_check_bits(24, &error), &error);
	for (size_t i = 0; i < lengthof(bad); i++)
		assert_refused(feature_map_check_bits(bad[i], &error), &error,
					   ERROR_INVALID_PARAMETER);
}

static void
the_largest_dimensions_are_built(void **state)
{
	static const int sizes[][3] = {{16384, 1, 1},
								   {1, 4096, 1},
								   {1, 1, 4096},
								   {16384, 2, 3}};
	Random random = {36};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t s = 0; s < lengthof(sizes); s++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			CoreError error;
			TestMap made;

			make_map(host, &made, &random, MAP_SPARSE, sizes[s][0],
					 sizes[s][1], sizes[s][2], bits);
			assert_done(feature_map_validate(host, &made.map, &error), &error);
			check_quantisation(host, &made);
			free_map(host, &made);
		}
	test_host_end(&test);
}

static void
bad_dimensions_are_not_built(void **state)
{
	float value = 1;
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	size_t size;

	(void) state;
	assert_refused(feature_map_build(host, &value, 0, 1, 1, 8, 0, &size,
									 &error) != NULL,
				   &error, ERROR_SHAPE);
	assert_refused(feature_map_build(host, &value, 1, 1, 4097, 8, 0, &size,
									 &error) != NULL,
				   &error, ERROR_LIMIT);
	assert_refused(feature_map_build(host, &value, 1, 1, 1, 12, 0, &size,
									 &error) != NULL,
				   &error, ERROR_INVALID_PARAMETER);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

static void
check_admitted(const Host *host, const uint8_t *bytes, size_t bytes_size,
			   const TestMap *made)
{
	uint8_t *exact = test_exact_copy(bytes, bytes_size);
	CoreError error;
	size_t size;
	uint8_t *admitted =
		feature_map_admit(host, exact, bytes_size, ROOM, &size, &error);

	assert_done(admitted != NULL, &error);
	assert_int_equal(size, made->size);
	assert_memory_equal(admitted + ROOM, made->stored, size);
	host_free(host, admitted);
	test_exact_free(exact);
}

/*
 * Without its sketch, with it, and with a false one: the sketch is always made
 * anew.
 */
static void
check_sketches(const Host *host, const TestMap *made, Random *random)
{
	uint8_t *copy = test_exact_copy(made->stored, made->size);

	check_admitted(host, made->stored, made->size, made);
	for (size_t i = made->map.sketch - made->stored; i < made->size; i++)
		copy[i] = (uint8_t) random_bits(random);
	check_admitted(host, copy, made->size, made);
	check_admitted(host, copy, strip_sketch(copy, &made->map), made);
	test_exact_free(copy);
}

static void
admitted_maps_are_those_built(void **state)
{
	static const int sizes[][3] = {{1, 1, 1}, {40, 5, 6}, {130, 3, 7}};
	Random random = {37};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	check_all_maps(host, &random, sizes, lengthof(sizes), check_sketches);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* A stored form without a sketch, put together by hand. */
typedef struct Bytes
{
	uint8_t bytes[200];
	size_t size;
	size_t cells; /* where they start */
} Bytes;

static void
append(Bytes *to, int count, const uint8_t *bytes)
{
	if (count > 0)
		memcpy(to->bytes + to->size, bytes, count);
	to->size += count;
}

/* Channels all of scale 1; cells are appended after this. */
static void
start_bytes(Bytes *made, int bits, bool is_signed, int channels, int width,
			uint8_t kinds)
{
	static const uint8_t one[] = {0x80, 0x3f};

	memset(made, 0, sizeof(*made));
	store_header(made->bytes, &(StoredHeader){
								  .version = FEATMAP_VERSION,
								  .bits = (uint8_t) bits,
								  .flags = is_signed ? FEATMAP_FLAG_SIGNED : 0,
								  .channels = (uint16_t) channels,
								  .height = 1,
								  .width = (uint16_t) width,
							  });
	made->size = FEATMAP_HEADER_SIZE;
	for (int c = 0; c < channels; c++)
		append(made, 2, one);
	append(made, 1, &kinds);
	made->cells = made->size;
}

static bool
admit_bytes(const Host *host, Bytes *made, CoreError *error)
{
	uint8_t *exact, *admitted;
	size_t size;

	store_le32(made->bytes + HEADER_CODED_SIZE,
			   (uint32_t) (made->size - made->cells));
	exact = test_exact_copy(made->bytes, made->size);
	admitted = feature_map_admit(host, exact, made->size, 0, &size, error);
	test_exact_free(exact);
	if (admitted == NULL)
		return false;
	host_free(host, admitted);
	return true;
}

/* One cell, or two, and whether they may be admitted. */
typedef struct CellCase
{
	const char *what;
	bool valid;
	int bits;
	bool is_signed;
	int channels;
	int width; /* number of cells */
	uint8_t kinds;
	int size;
	uint8_t cells[24];
} CellCase;

static const CellCase cell_cases[] = {
	{"sparse", true, 8, false, 10, 1, 0, 3, {0x04, 0x00, 7}},
	{"sparse, nothing but zeros", true, 8, false, 10, 1, 0, 2, {0x00, 0x00}},
	{"sparse, as long as it can be",
	 true,
	 8,
	 false,
	 10,
	 1,
	 0,
	 9,
	 {0x7f, 0x00, 1, 2, 3, 4, 5, 6, 7}},
	{"dense", true, 8, false, 10, 1, 1, 10, {1, 2, 3, 4, 5, 6, 7, 8, 0, 0}},
	{"dense, of one channel", true, 8, false, 1, 1, 1, 1, {0}},
	{"dense, then sparse",
	 true,
	 8,
	 false,
	 10,
	 2,
	 1,
	 13,
	 {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 0x02, 5}},
	{"sparse, signed, lowest code",
	 true,
	 8,
	 true,
	 10,
	 1,
	 0,
	 3,
	 {0x04, 0x00, 0x81}},
	{"dense, signed, lowest code", true, 8, true, 2, 1, 1, 2, {0x81, 0x7f}},
	{"sparse, 16 bits",
	 true,
	 16,
	 false,
	 10,
	 1,
	 0,
	 6,
	 {0x04, 0x02, 0, 7, 1, 0}},
	{"sparse, 16 bits, lowest code",
	 true,
	 16,
	 true,
	 10,
	 1,
	 0,
	 4,
	 {0x04, 0x00, 0x01, 0x80}},
	{"dense, 16 bits", true, 16, true, 2, 1, 1, 4, {0x01, 0x00, 0x80, 0x7f}},
	{"sparse, 24 bits",
	 true,
	 24,
	 false,
	 10,
	 1,
	 0,
	 11,
	 {0x04, 0x03, 0, 0, 7, 0, 1, 0, 2, 0, 0}},
	{"sparse, 24 bits, lowest code",
	 true,
	 24,
	 true,
	 10,
	 1,
	 0,
	 5,
	 {0x04, 0x00, 0x01, 0x00, 0x80}},
	{"dense, 24 bits",
	 true,
	 24,
	 true,
	 2,
	 1,
	 1,
	 6,
	 {0x01, 0x00, 0x00, 0x00, 0x80, 0x7f}},

	{"sparse, a code that is zero",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 3,
	 {0x04, 0x00, 0}},
	{"sparse, one of two codes zero",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 4,
	 {0x05, 0x00, 1, 0}},
	{"sparse, 16 bits, a code that is zero",
	 false,
	 16,
	 false,
	 10,
	 1,
	 0,
	 4,
	 {0x04, 0x00, 0, 0}},
	{"sparse, 24 bits, a code that is zero",
	 false,
	 24,
	 false,
	 10,
	 1,
	 0,
	 5,
	 {0x04, 0x00, 0, 0, 0}},
	{"sparse, 24 bits, without the highest byte",
	 false,
	 24,
	 false,
	 10,
	 1,
	 0,
	 4,
	 {0x04, 0x00, 1, 1}},
	{"sparse, a channel beyond the last",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 3,
	 {0x00, 0x04, 7}},
	{"sparse, the last bit beyond",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 3,
	 {0x00, 0x80, 7}},
	{"sparse, more codes than channels",
	 false,
	 8,
	 false,
	 2,
	 1,
	 0,
	 4,
	 {0x07, 1, 2, 3}},
	{"sparse where dense is shorter",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 11,
	 {0xff, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
	{"sparse where dense is as long",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 10,
	 {0xff, 0x00, 1, 2, 3, 4, 5, 6, 7, 8}},
	{"sparse, 16 bits, where dense is as long",
	 false,
	 16,
	 false,
	 2,
	 1,
	 0,
	 5,
	 {0x03, 1, 2, 3, 4}},
	{"dense where sparse is shorter",
	 false,
	 8,
	 false,
	 10,
	 1,
	 1,
	 10,
	 {1, 2, 3, 4, 5, 6, 7, 0, 0, 0}},
	{"dense, nothing but zeros", false, 8, false, 10, 1, 1, 10, {0}},
	{"dense, 16 bits, where sparse is shorter",
	 false,
	 16,
	 false,
	 2,
	 1,
	 1,
	 4,
	 {0, 0, 0, 0}},
	{"sparse, signed, code below the lowest",
	 false,
	 8,
	 true,
	 10,
	 1,
	 0,
	 3,
	 {0x04, 0x00, 0x80}},
	{"dense, signed, code below the lowest",
	 false,
	 8,
	 true,
	 2,
	 1,
	 1,
	 2,
	 {0x81, 0x80}},
	{"sparse, 16 bits, code below the lowest",
	 false,
	 16,
	 true,
	 10,
	 1,
	 0,
	 4,
	 {0x04, 0x00, 0x00, 0x80}},
	{"sparse, 24 bits, code below the lowest",
	 false,
	 24,
	 true,
	 10,
	 1,
	 0,
	 5,
	 {0x04, 0x00, 0x00, 0x00, 0x80}},
	{"dense, 24 bits, code below the lowest",
	 false,
	 24,
	 true,
	 2,
	 1,
	 1,
	 6,
	 {0x01, 0x00, 0x00, 0x00, 0x80, 0x80}},
	{"dense, 16 bits, code below the lowest",
	 false,
	 16,
	 true,
	 2,
	 1,
	 1,
	 4,
	 {0x01, 0x00, 0x80, 0x80}},
	{"a second cell marked where there is none",
	 false,
	 8,
	 false,
	 2,
	 1,
	 3,
	 2,
	 {1, 2}},
	{"an eighth cell marked where there is none",
	 false,
	 8,
	 false,
	 2,
	 1,
	 0x81,
	 2,
	 {1, 2}},
	{"one byte more than the cells",
	 false,
	 8,
	 false,
	 10,
	 1,
	 0,
	 4,
	 {0x04, 0x00, 7, 0}},
	{"cells end before the bitmap", false, 8, false, 10, 1, 0, 0, {0}},
	{"cells end in the bitmap", false, 8, false, 10, 1, 0, 1, {0x04}},
	{"cells end before the code", false, 8, false, 10, 1, 0, 2, {0x04, 0x00}},
	{"cells end before the high byte",
	 false,
	 16,
	 false,
	 10,
	 1,
	 0,
	 3,
	 {0x04, 0x00, 7}},
	{"cells end in a dense cell",
	 false,
	 8,
	 false,
	 10,
	 1,
	 1,
	 9,
	 {1, 2, 3, 4, 5, 6, 7, 8, 9}},
	{"cells end before the second",
	 false,
	 8,
	 false,
	 10,
	 2,
	 1,
	 10,
	 {1, 2, 3, 4, 5, 6, 7, 8, 9, 1}},
	{"the second cell has no valid form",
	 false,
	 8,
	 false,
	 10,
	 2,
	 1,
	 13,
	 {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 0, 0x02, 0}},
};

static void
only_canonical_cells_are_admitted(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t i = 0; i < lengthof(cell_cases); i++)
	{
		const CellCase *cell = &cell_cases[i];
		CoreError error = {0};
		Bytes made;

		start_bytes(&made, cell->bits, cell->is_signed, cell->channels,
					cell->width, cell->kinds);
		append(&made, cell->size, cell->cells);
		if (admit_bytes(host, &made, &error) != cell->valid)
			fail_msg("%s: %s", cell->what,
					 cell->valid ? error.message : "admitted");
		if (!cell->valid)
			assert_refused(admit_bytes(host, &made, &error), &error,
						   ERROR_FORMAT);
		assert_int_equal(test.live_blocks, 0);
	}
	test_host_end(&test);
}

/* Infinity, NaN and negative numbers; none of them is what a scale can be. */
static void
impossible_scales_are_not_admitted(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int scale = 0;
		 scale<65536; scale += scale> 0x7f00 && scale < 0x8100 ? 1 : 113)
	{
		CoreError error;
		Bytes made;

		start_bytes(&made, 8, false, 10, 1, 0);
		append(&made, 3, (uint8_t[]){0x04, 0x00, 7});
		store_le16(made.bytes + FEATMAP_HEADER_SIZE + SCALE_SIZE * 2,
				   (uint16_t) scale);
		if (scale < 0x7f80)
			assert_done(admit_bytes(host, &made, &error), &error);
		else
			assert_refused(admit_bytes(host, &made, &error), &error,
						   ERROR_FORMAT);
	}
	test_host_end(&test);
}

static void
truncated_maps_are_not_admitted(void **state)
{
	Random random = {38};
	TestHost test;
	const Host *host = test_host_start(&test);
	CoreError error;
	TestMap made;
	size_t whole, size;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 20, 4, 5, 16);
	whole = strip_sketch(made.stored, &made.map);
	for (size_t cut = 0; cut < whole; cut++)
	{
		uint8_t *exact = test_exact_copy(made.stored, cut);

		assert_refused(feature_map_admit(host, exact, cut, 0, &size, &error) !=
						   NULL,
					   &error, ERROR_FORMAT);
		test_exact_free(exact);
	}
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/*
 * Whatever is admitted is in the one form: admitting it again gives the same.
 */
static void
damaged_maps_are_refused_or_canonical(void **state)
{
	Random random = {39};
	TestHost test;
	const Host *host = test_host_start(&test);
	int refused = 0;
	TestMap made;
	size_t size;

	(void) state;
	make_map(host, &made, &random, MAP_SPARSE, 12, 3, 4, 8);
	size = strip_sketch(made.stored, &made.map);
	for (size_t bit = 0; bit < 8 * size; bit++)
	{
		uint8_t *damaged = test_exact_copy(made.stored, size);
		CoreError error;
		size_t once_size, twice_size;
		uint8_t *once, *twice;

		damaged[bit / 8] ^= (uint8_t) (1 << bit % 8);
		error.message[0] = '\0';
		once = feature_map_admit(host, damaged, size, 0, &once_size, &error);
		if (once == NULL)
		{
			assert_int_equal(error.class, ERROR_FORMAT);
			refused++;
		}
		else
		{
			store_sketch_dims(damaged, 0);
			assert_memory_equal(once, damaged, 3);
			assert_memory_equal(once + 4, damaged + 4, size - 4);
			twice = feature_map_admit(host, once, once_size, 0, &twice_size,
									  &error);
			assert_done(twice != NULL, &error);
			assert_int_equal(once_size, twice_size);
			assert_memory_equal(once, twice, once_size);
			host_free(host, twice);
			host_free(host, once);
		}
		test_exact_free(damaged);
	}
	assert_true(refused > 8 * 12);
	free_map(host, &made);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_within_half_a_step),
		cmocka_unit_test(scales_of_every_magnitude),
		cmocka_unit_test(codes_are_exact),
		cmocka_unit_test(negative_zero_is_zero),
		cmocka_unit_test(cells_take_their_shorter_form),
		cmocka_unit_test(the_stored_form_is_as_documented),
		cmocka_unit_test(the_room_in_front_is_left_alone),
		cmocka_unit_test(numbers_that_are_not_finite_are_refused),
		cmocka_unit_test(the_first_bad_number_is_named),
		cmocka_unit_test(dimensions_have_limits),
		cmocka_unit_test(bits_are_8_16_or_24),
		cmocka_unit_test(no_code_is_too_large),
		cmocka_unit_test(the_largest_dimensions_are_built),
		cmocka_unit_test(bad_dimensions_are_not_built),
		cmocka_unit_test(admitted_maps_are_those_built),
		cmocka_unit_test(only_canonical_cells_are_admitted),
		cmocka_unit_test(impossible_scales_are_not_admitted),
		cmocka_unit_test(truncated_maps_are_not_admitted),
		cmocka_unit_test(damaged_maps_are_refused_or_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
