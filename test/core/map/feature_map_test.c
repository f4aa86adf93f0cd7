/*
 * feature_map_test.c
 *		Reading the stored form: headers, sizes, cells, values, and what is
 *		damaged.
 */
#include "core/map/feature_map.h"
#include "core/map/map_values.h"

#include <math.h>

#include "lib/core_test.h"
#include "core/kernels/kernels_isa.h"
#include "core/map/sketch.h"
#include "lib/test_maps.h"
#include "lib/test_queries.h"
#include "lib/test_sketch.h"
#include "lib/test_search.h"

static const MapKind usual_kinds[] = {MAP_DENSE, MAP_SPARSE, MAP_SIGNED,
									  MAP_ZERO};

static void
headers_are_read_alone(void **state)
{
	Random random = {41};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t kind = 0; kind < lengthof(usual_kinds); kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestMap made;
			FeatureMap header;
			CoreError error;
			uint8_t *bytes;

			make_map(host, &made, &random, usual_kinds[kind], 300, 2, 9, bits);
			bytes = test_exact_copy(made.stored, FEATMAP_HEADER_SIZE);
			assert_done(feature_map_read_header(&header, bytes,
												FEATMAP_HEADER_SIZE, &error),
						&error);
			assert_int_equal(header.bits, bits);
			assert_int_equal(header.is_signed,
							 usual_kinds[kind] == MAP_SIGNED);
			assert_int_equal(header.channels, 300);
			assert_int_equal(header.height, 2);
			assert_int_equal(header.width, 9);
			assert_int_equal(header.sketch_dims, made.map.sketch_dims);
			assert_int_equal(header.coded_size, made.map.coded_size);
			test_exact_free(bytes);
			for (size_t size = 0; size < FEATMAP_HEADER_SIZE; size++)
			{
				bytes = test_exact_copy(made.stored, size);
				assert_refused(feature_map_read_header(&header, bytes, size,
													   &error),
							   &error, ERROR_FORMAT);
				test_exact_free(bytes);
			}
			free_map(host, &made);
		}
	test_host_end(&test);
}

static void
every_wrong_length_is_refused(void **state)
{
	Random random = {42};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (size_t kind = 0; kind < lengthof(usual_kinds); kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			TestMap made;
			FeatureMap map;
			CoreError error;
			uint8_t *bytes;

			make_map(host, &made, &random, usual_kinds[kind], 11, 5, 6, bits);
			for (size_t size = 0; size < made.size; size++)
			{
				bytes = test_exact_copy(made.stored, size);
				assert_refused(feature_map_open(&map, bytes, size, &error),
							   &error, ERROR_FORMAT);
				test_exact_free(bytes);
			}
			bytes = calloc(1, made.size + 100);
			memcpy(bytes, made.stored, made.size);
			for (size_t size = made.size + 1; size <= made.size + 100; size++)
				assert_refused(feature_map_open(&map, bytes, size, &error),
							   &error, ERROR_FORMAT);
			assert_done(feature_map_open(&map, bytes, made.size, &error),
						&error);
			free(bytes);
			free_map(host, &made);
		}
	test_host_end(&test);
}

/* The parts of an opened value lie one behind the other and fill it. */
static void
check_parts(const FeatureMap *map, const uint8_t *bytes, size_t size)
{
	size_t cells = (size_t) map->height * map->width;

	assert_true(map->bits == 8 || map->bits == 16 || map->bits == 24);
	assert_int_in_range(map->channels, 1, FEATMAP_MAX_CHANNELS);
	assert_int_in_range(map->height, 1, FEATMAP_MAX_SIDE);
	assert_int_in_range(map->width, 1, FEATMAP_MAX_SIDE);
	assert_int_in_range(map->sketch_dims, 0, FEATMAP_MAX_SKETCH_DIMS);
	assert_ptr_equal(map->scales, bytes + FEATMAP_HEADER_SIZE);
	assert_ptr_equal(map->kinds, map->scales + 2 * map->channels);
	assert_ptr_equal(map->cells, map->kinds + (cells + 7) / 8);
	assert_ptr_equal(map->sketch_steps, map->cells + map->coded_size);
	assert_ptr_equal(map->sketch, map->sketch_steps + 4 * map->sketch_dims);
	assert_ptr_equal(map->sketch + cells * sketch_entry_size(map->sketch_dims),
					 bytes + size);
}

/*
 * Everything that reads a value, on one that may be damaged: each either
 * succeeds or refuses it as ill-formed.  Returns whether it opened.
 */
static bool
read_all(const Host *host, Searcher *searcher, const uint8_t *bytes,
		 size_t size)
{
	SearchOptions options = any_options;
	FeatureMap map;
	CoreError error = {.class = ERROR_FORMAT};
	size_t cells;
	float *values, *query;
	const Kernels *const *tables;
	DecodedSketch sketch;
	bool valid;

	if (!feature_map_open(&map, bytes, size, &error))
	{
		assert_int_equal(error.class, ERROR_FORMAT);
		return false;
	}
	check_parts(&map, bytes, size);
	cells = cell_count(&map);
	valid = feature_map_validate(host, &map, &error);
	assert_int_equal(error.class, ERROR_FORMAT);
	values = malloc(sizeof(float) * cells * map.channels);
	if (!region_values(host, &map, values, &error))
		assert_false(valid);
	assert_int_equal(error.class, ERROR_FORMAT);
	query = malloc(sizeof(float) * map.channels);
	for (int c = 0; c < map.channels; c++)
		query[c] = (float) (c % 3 + 1);
	for (int table = 0; table < test_kernels(&tables); table++)
	{
		searcher->kernels = tables[table];
		if (!search_map(searcher, &map, query, map.channels, &options, &error))
			assert_false(valid);
		assert_int_equal(error.class, ERROR_FORMAT);
		for (int i = 0; i < searcher->result_count; i++)
			assert_done(window_check(&searcher->results[i].window, map.height,
									 map.width, &error),
						&error);
	}
	decode_sketch(&sketch, &map, 1);
	free_sketch(&sketch);
	free(query);
	free(values);
	return true;
}

/*
 * Each byte of the header takes every value; those that open are consistent.
 */
static void
damaged_headers_do_no_harm(void **state)
{
	Random random = {43};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host};
	int opened = 0;

	(void) state;
	for (size_t kind = 0; kind < lengthof(usual_kinds); kind++)
	{
		TestMap made;
		uint8_t *bytes;

		make_map(host, &made, &random, usual_kinds[kind], 9, 3, 4,
				 kind % 2 == 0 ? 8 : 16);
		bytes = test_exact_copy(made.stored, made.size);
		for (int i = 0; i < FEATMAP_HEADER_SIZE; i++)
			for (int value = 0; value < 256; value++)
			{
				if (value == made.stored[i])
					continue;
				bytes[i] = (uint8_t) value;
				opened += read_all(host, &searcher, bytes, made.size);
				bytes[i] = made.stored[i];
			}
		assert_true(read_all(host, &searcher, bytes, made.size));
		test_exact_free(bytes);
		free_map(host, &made);
	}
	/*
	 * the flags, sign and level of the rounding error, and the other numbers of
	 * bits, can be changed and still open
	 */
	assert_int_in_range(opened, 4 * 255, 4 * 255 + 40);
	test_host_end(&test);
}

/* Each bit behind the header, and random stretches of it. */
static void
damaged_bodies_do_no_harm(void **state)
{
	Random random = {44};
	TestHost test;
	const Host *host = test_host_start(&test);
	Searcher searcher = {.host = host};

	(void) state;
	for (size_t kind = 0; kind < lengthof(usual_kinds); kind++)
	{
		TestMap made;
		uint8_t *bytes;

		make_map(host, &made, &random, usual_kinds[kind], 9, 3, 4,
				 24 - kind % 3 * 8);
		bytes = test_exact_copy(made.stored, made.size);
		for (size_t bit = 8 * FEATMAP_HEADER_SIZE; bit < 8 * made.size; bit++)
		{
			bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			read_all(host, &searcher, bytes, made.size);
			bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
		}
		for (int i = 0; i < 2000; i++)
		{
			/* several bytes at a time, and whole stretches */
			size_t from =
				FEATMAP_HEADER_SIZE +
				random_bits(&random) % (made.size - FEATMAP_HEADER_SIZE);
			size_t length =
				1 + random_bits(&random) % (i % 2 == 0 ? 4 : made.size - from);

			for (size_t at = from; at < made.size && at < from + length; at++)
				bytes[at] = i % 3 == 0 ? 0xff : (uint8_t) random_bits(&random);
			read_all(host, &searcher, bytes, made.size);
			memcpy(bytes, made.stored, made.size);
		}
		test_exact_free(bytes);
		free_map(host, &made);
	}
	test_host_end(&test);
}

/* What the header says can be up to 2^32 bytes, of a value of a few. */
static void
promised_sizes_cannot_overflow(void **state)
{
	static const uint8_t headers[][FEATMAP_HEADER_SIZE] = {
		{1, 8, 0, 28, 0x00, 0x40, 0x00, 0x10, 0x00, 0x10, 0, 0, 0xff, 0xff,
		 0xff, 0xff},
		{1, 16, 1, 0, 0x00, 0x40, 0x00, 0x10, 0x00, 0x10, 0, 0, 0, 0, 0, 0},
		{1, 8, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
	};

	(void) state;
	for (size_t i = 0; i < lengthof(headers); i++)
	{
		uint8_t *bytes = test_exact_copy(headers[i], FEATMAP_HEADER_SIZE);
		FeatureMap map;
		CoreError error;

		assert_done(feature_map_read_header(&map, bytes, FEATMAP_HEADER_SIZE,
											&error),
					&error);
		assert_refused(feature_map_open(&map, bytes, FEATMAP_HEADER_SIZE,
										&error),
					   &error, ERROR_FORMAT);
		test_exact_free(bytes);
	}
}

/* Steps of the sketch that are negative, infinite or NaN do not open. */
static void
impossible_sketch_steps_are_refused(void **state)
{
	static const float bad[] = {-1, -1e-40f, INFINITY, -INFINITY, NAN};
	Random random = {45};
	TestHost test;
	const Host *host = test_host_start(&test);
	TestMap made;
	CoreError error;
	FeatureMap map;

	(void) state;
	make_map(host, &made, &random, MAP_SIGNED, 9, 3, 4, 8);
	assert_true(made.map.sketch_dims > 1);
	for (int k = 0; k < made.map.sketch_dims; k++)
		for (size_t i = 0; i < lengthof(bad); i++)
		{
			uint8_t *step =
				made.stored + (made.map.sketch_steps - made.stored) + 4 * k;
			float good = load_le_float(step);

			store_le_float(step, bad[i]);
			assert_refused(feature_map_open(&map, made.stored, made.size,
											&error),
						   &error, ERROR_FORMAT);
			store_le_float(step, good);
		}
	assert_done(feature_map_open(&map, made.stored, made.size, &error),
				&error);
	test_host_end(&test);
}

/*
 * The packed cells as this file reads them, from the layout in feature_map.h.
 */
static void
decode_codes(const FeatureMap *map, int32_t *codes)
{
	const uint8_t *at = map->cells;
	int bytes = map->bits / 8;

	for (int i = 0; i < map->height * map->width; i++)
	{
		bool dense = map->kinds[i / 8] >> (i % 8) & 1;
		const uint8_t *bitmap = at;
		int count = 0, next = 0;

		for (int c = 0; c < map->channels; c++)
			count += dense || (bitmap[c / 8] >> (c % 8) & 1);
		if (!dense)
			at += (map->channels + 7) / 8;
		for (int c = 0; c < map->channels; c++)
		{
			int32_t *code = &codes[i * map->channels + c];

			*code = 0;
			if (!dense && (bitmap[c / 8] >> (c % 8) & 1) == 0)
				continue;
			*code = at[next];
			for (int byte = 1; byte < bytes; byte++)
				*code += at[byte * count + next] << 8 * byte;
			if (map->is_signed && *code >= 1 << (map->bits - 1))
				*code -= 1 << map->bits;
			next++;
		}
		at += count * bytes;
	}
	assert_ptr_equal(at, map->cells + map->coded_size);
}

static void
check_cells(const Host *host, const TestMap *made, Random *random)
{
	const FeatureMap *map = &made->map;
	size_t cells = cell_count(map);
	int32_t *codes = malloc(sizeof(int32_t) * cells * map->channels);
	float *values = malloc(sizeof(float) * cells * map->channels);
	int *channel = malloc(sizeof(int) * map->channels);
	int *code = malloc(sizeof(int) * map->channels);
	CellReader reader;
	PackedCell cell;
	CoreError error;

	(void) random;
	decode_codes(map, codes);
	assert_done(region_values(host, map, values, &error), &error);
	cell_reader_start(&reader, map);
	for (size_t i = 0; i < cells; i++)
	{
		int count, expected = 0;

		assert_done(cell_reader_next(&reader, &cell, &error), &error);
		count = cell_nonzero_codes(map, &cell, channel, code);
		for (int c = 0; c < map->channels; c++)
		{
			int32_t wanted = codes[i * map->channels + c];

			assert_true(values[cells * c + i] ==
						(float) (wanted * channel_scale(map, c)));
			if (wanted == 0)
				continue;
			assert_true(expected < count);
			assert_int_equal(channel[expected], c);
			assert_int_equal(code[expected], wanted);
			expected++;
		}
		assert_int_equal(count, expected);
	}
	free(code);
	free(channel);
	free(values);
	free(codes);
}

static void
cells_are_read_as_documented(void **state)
{
	static const int sizes[][3] = {{1, 1, 1},  {1, 3, 5},   {7, 2, 4},
								   {8, 3, 3},  {63, 2, 5},  {64, 3, 3},
								   {65, 5, 2}, {127, 1, 9}, {128, 4, 1},
								   {515, 2, 3}};
	Random random = {46};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	check_all_maps(host, &random, sizes, lengthof(sizes), check_cells);
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

/* Values that were read back once are the same when built and read again. */
static void
values_round_trip(void **state)
{
	Random random = {47};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < MAP_KINDS; kind++)
		for (int bits = 8; bits <= 24; bits += 8)
		{
			size_t count = 20 * 4 * 7;
			TestMap made, again;
			float *read = host_new(host, float, count);
			float *read_again = host_new(host, float, count);
			CoreError error;

			make_map(host, &made, &random, kind, 20, 4, 7, bits);
			assert_done(region_values(host, &made.map, read, &error), &error);
			make_map_of_values(host, &again, read, 20, 4, 7, bits);
			assert_done(region_values(host, &again.map, read_again, &error),
						&error);
			for (size_t i = 0; i < count; i++)
			{
				double step = channel_scale(&again.map, (int) (i / 28));

				assert_true(fabs((double) read[i] - read_again[i]) <=
							0.51 * step);
			}
			/* and whole codes with a code at the limit come back to the bit */
			for (int i = 0; i < (int) count; i++)
				read[i] = (float) (i % 28 == 3 ? max_code(bits, true)
											   : random_int(&random, -99, 99));
			host_free(host, again.stored);
			make_map_of_values(host, &again, read, 20, 4, 7, bits);
			assert_done(region_values(host, &again.map, read_again, &error),
						&error);
			assert_memory_equal(read, read_again, sizeof(float) * count);
			free_map(host, &again);
			host_free(host, read_again);
			free_map(host, &made);
		}
	assert_int_equal(test.live_blocks, 0);
	test_host_end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read_alone),
		cmocka_unit_test(every_wrong_length_is_refused),
		cmocka_unit_test(damaged_headers_do_no_harm),
		cmocka_unit_test(damaged_bodies_do_no_harm),
		cmocka_unit_test(promised_sizes_cannot_overflow),
		cmocka_unit_test(impossible_sketch_steps_are_refused),
		cmocka_unit_test(cells_are_read_as_documented),
		cmocka_unit_test(values_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
