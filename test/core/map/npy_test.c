/*
 * npy_test.c
 *		Reading .npy files: all kinds that are read, and refusal of everything
 *		else.
 */
#include "core/map/npy.h"

#include <float.h>
#include <math.h>

#include "core/map/build.h"
#include "lib/core_test.h"

/* What one file is made of. */
typedef struct Npy
{
	int major;        /* version major.0 */
	char order;       /* '<', '>', '|' or '=' */
	const char *type; /* "f2" ... */
	bool is_fortran;
	NpyLayout layout;
	bool has_batch;
	int channels;
	int height;
	int width;
} Npy;

/* A file in a block of exactly its size. */
typedef struct File
{
	uint8_t *bytes;
	size_t size;
	size_t data; /* where the elements start */
} File;

static const char *const types[] = {"f2", "f4", "f8", "u1", "i1"};

/*
 * A file with the given header, padded as numpy.save does, and room for the
 * data.
 */
static File
make_file(int major, const char *header, size_t data_size)
{
	size_t length_size = major == 1 ? 2 : 4;
	size_t text = strlen(header);
	size_t padded =
		(8 + length_size + text + 1 + 63) / 64 * 64 - 8 - length_size;
	File file = {NULL, 8 + length_size + padded + data_size,
				 8 + length_size + padded};

	file.bytes = test_exact_copy(NULL, file.size);
	memcpy(file.bytes, "\x93NUMPY", 6);
	file.bytes[6] = (uint8_t) major;
	file.bytes[7] = 0;
	for (size_t i = 0; i < length_size; i++)
		file.bytes[8 + i] = (uint8_t) (padded >> (8 * i));
	memset(file.bytes + 8 + length_size, ' ', padded);
	memcpy(file.bytes + 8 + length_size, header, text);
	file.bytes[file.data - 1] = '\n';
	memset(file.bytes + file.data, 0, data_size);
	return file;
}

/*
 * A small whole number that the element type has, large and negative ones
 * among them.
 */
static int
element(const Npy *npy, int c, int y, int x)
{
	int number = (c * 53 + y * 17 + x * 5 + c * y + 3) % 120;

	return npy->type[0] == 'u' ? 2 * number : number - 60;
}

/* Half precision of a whole number below 2048, by its definition. */
static uint16_t
half_of(int number)
{
	int magnitude = abs(number), exponent = 0;

	if (number == 0)
		return 0;
	while (magnitude >> (exponent + 1) != 0)
		exponent++;
	return (uint16_t) ((number < 0 ? 0x8000 : 0) | (exponent + 15) << 10 |
					   (((magnitude << 10) >> exponent) & 0x3ff));
}

/* In either byte order, on machines of either. */
static void
store_bits(uint8_t *item, int size, bool is_big_endian, uint64_t bits)
{
	for (int i = 0; i < size; i++)
		item[is_big_endian ? size - 1 - i : i] = (uint8_t) (bits >> (8 * i));
}

static void
store_element(const Npy *npy, uint8_t *item, int number)
{
	int size = npy->type[1] - '0';
	float single = (float) number;
	double value = number;
	uint32_t word;
	uint64_t bits;

	memcpy(&word, &single, sizeof(word));
	memcpy(&bits, &value, sizeof(bits));
	if (npy->type[0] != 'f')
		bits = (uint8_t) number;
	else if (size == 2)
		bits = half_of(number);
	else if (size == 4)
		bits = word;
	store_bits(item, size, npy->order == '>', bits);
}

/* Writes the file as NumPy would: each element's place from its indices. */
static File
write_npy(const Npy *npy)
{
	int size = npy->type[1] - '0';
	bool first = npy->layout == NPY_CHANNELS_FIRST;
	int shape[3] = {first ? npy->channels : npy->height,
					first ? npy->height : npy->width,
					first ? npy->width : npy->channels};
	char header[200];
	File file;

	snprintf(
		header, sizeof(header),
		"{'descr': '%c%s', 'fortran_order': %s, 'shape': (%s%d, %d, %d), }",
		npy->order, npy->type, npy->is_fortran ? "True" : "False",
		npy->has_batch ? "1, " : "", shape[0], shape[1], shape[2]);
	file = make_file(npy->major, header,
					 (size_t) shape[0] * shape[1] * shape[2] * size);
	for (int c = 0; c < npy->channels; c++)
		for (int y = 0; y < npy->height; y++)
			for (int x = 0; x < npy->width; x++)
			{
				int i = first ? c : y, j = first ? y : x, k = first ? x : c;
				int at = npy->is_fortran ? (k * shape[1] + j) * shape[0] + i
										 : (i * shape[1] + j) * shape[2] + k;

				store_element(npy, file.bytes + file.data + (size_t) at * size,
							  element(npy, c, y, x));
			}
	return file;
}

static void
check_npy(const Host *host, const Npy *npy)
{
	File file = write_npy(npy);
	size_t count = (size_t) npy->channels * npy->height * npy->width;
	float *values = malloc(sizeof(float) * count);
	int64_t channels, height, width;
	NpyArray array;
	CoreError error;

	assert_done(npy_open(&array, file.bytes, file.size, &error), &error);
	assert_int_equal(array.dims, npy->has_batch ? 4 : 3);
	assert_ptr_equal(array.data, file.bytes + file.data);
	assert_done(npy_map_shape(&array, npy->layout, &channels, &height, &width,
							  &error),
				&error);
	assert_int_equal(channels, npy->channels);
	assert_int_equal(height, npy->height);
	assert_int_equal(width, npy->width);
	assert_done(npy_read_values(host, &array, npy->layout, values, &error),
				&error);
	for (int c = 0; c < npy->channels; c++)
		for (int y = 0; y < npy->height; y++)
			for (int x = 0; x < npy->width; x++)
			{
				float value = values[(c * npy->height + y) * npy->width + x];

				if (value != element(npy, c, y, x))
					fail_msg(
						"version %d, %c%s, fortran %d, layout %d, batch %d: "
						"value at %d, %d, %d is %g, expected %d",
						npy->major, npy->order, npy->type, npy->is_fortran,
						npy->layout, npy->has_batch, c, y, x, value,
						element(npy, c, y, x));
			}
	free(values);
	test_exact_free(file.bytes);
}

static void
every_kind_is_read(void **state)
{
	static const int sizes[][3] = {{3, 4, 5}, {1, 1, 1}, {7, 1, 2}, {1, 6, 1}};
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int kind = 0; kind < 3 * 4 * 5 * 2 * 2 * 2 * 4; kind++)
	{
		const int *size = sizes[kind / 480];
		Npy npy = {
			.major = 1 + kind % 3,
			.order = "<>|="[kind / 3 % 4],
			.type = types[kind / 12 % 5],
			.is_fortran = kind / 60 % 2,
			.layout = kind / 120 % 2 ? NPY_CHANNELS_LAST : NPY_CHANNELS_FIRST,
			.has_batch = kind / 240 % 2,
			.channels = size[0],
			.height = size[1],
			.width = size[2],
		};

		check_npy(host, &npy);
	}
	assert_int_equal(test.live_blocks, 0);
	assert_true(test.interrupts > 0);
	test_host_end(&test);
}

/* What half precision means: IEEE 754-2008, 3.4. */
static double
half_value(int half)
{
	int exponent = half >> 10 & 31, fraction = half & 0x3ff;
	double magnitude = exponent == 31
						   ? (fraction == 0 ? (double) INFINITY : (double) NAN)
					   : exponent == 0 ? ldexp(fraction, -24)
									   : ldexp(1024 + fraction, exponent - 25);

	return half & 0x8000 ? -magnitude : magnitude;
}

static void
every_half_is_read(void **state)
{
	static float values[65536];
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int big = 0; big <= 1; big++)
	{
		File file = make_file(
			1,
			big ? "{'descr': '>f2', 'fortran_order': False, 'shape': (1, 256, 256), }"
				: "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 256, 256), }",
			65536 * 2);
		NpyArray array;
		CoreError error;

		for (int half = 0; half < 65536; half++)
		{
			file.bytes[file.data + 2 * half + big] = (uint8_t) half;
			file.bytes[file.data + 2 * half + 1 - big] = (uint8_t) (half >> 8);
		}
		assert_done(npy_open(&array, file.bytes, file.size, &error), &error);
		assert_done(npy_read_values(host, &array, NPY_CHANNELS_FIRST, values,
									&error),
					&error);
		for (int half = 0; half < 65536; half++)
		{
			double expected = half_value(half);

			if (isnan(expected)
					? !isnan(values[half])
					: values[half] != expected ||
						  !signbit(values[half]) != !signbit(expected))
				fail_msg("half 0x%04x is %g, expected %g", half, values[half],
						 expected);
		}
		test_exact_free(file.bytes);
	}
	test_host_end(&test);
}

/*
 * A double that no float holds becomes infinite, so that construction refuses
 * it.
 */
static void
doubles_are_rounded_to_floats(void **state)
{
	static const double doubles[] = {0.1,   -1e300, 1e39,        3.4028234e38,
									 1e-50, -0.0,   1 + 0x1p-24, -1e-40};
	File file = make_file(
		3, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 4), }",
		64);
	float values[8];
	TestHost test;
	const Host *host = test_host_start(&test);
	NpyArray array;
	CoreError error;
	size_t size;

	(void) state;
	for (int i = 0; i < 8; i++)
	{
		uint64_t bits;

		memcpy(&bits, &doubles[i], sizeof(bits));
		store_bits(file.bytes + file.data + 8 * i, 8, false, bits);
	}
	assert_done(npy_open(&array, file.bytes, file.size, &error), &error);
	assert_done(npy_read_values(host, &array, NPY_CHANNELS_FIRST, values,
								&error),
				&error);
	assert_true(values[0] == 0.1f);
	assert_true(isinf(values[1]) && values[1] < 0);
	assert_true(isinf(values[2]) && values[2] > 0);
	assert_true(values[3] == 3.4028234e38f);
	assert_true(values[4] == FLT_TRUE_MIN);
	assert_true(values[5] == 0 && signbit(values[5]));
	assert_true(values[6] == 1);
	assert_true(values[7] == -1e-40f);
	assert_refused(feature_map_build(host, values, 1, 2, 4, 8, 0, &size,
									 &error) != NULL,
				   &error, ERROR_NOT_FINITE);
	assert_non_null(strstr(error.message, "row 0, column 1"));
	test_exact_free(file.bytes);
	test_host_end(&test);
}

static void
every_truncation_is_refused(void **state)
{
	(void) state;
	for (int major = 1; major <= 3; major++)
		for (size_t type = 0; type < lengthof(types); type++)
		{
			Npy npy = {major, '<', types[type], false, NPY_CHANNELS_FIRST,
					   true,  3,   2,           5};
			File file = write_npy(&npy);
			NpyArray array;
			CoreError error;

			assert_done(npy_open(&array, file.bytes, file.size, &error),
						&error);
			for (size_t size = 0; size < file.size; size++)
			{
				uint8_t *cut = test_exact_copy(file.bytes, size);

				assert_refused(npy_open(&array, cut, size, &error), &error,
							   ERROR_FORMAT);
				test_exact_free(cut);
			}
			for (size_t more = 1; more < 20; more++)
			{
				uint8_t *longer = calloc(1, file.size + more);

				memcpy(longer, file.bytes, file.size);
				assert_refused(npy_open(&array, longer, file.size + more,
										&error),
							   &error, ERROR_FORMAT);
				free(longer);
			}
			test_exact_free(file.bytes);
		}
}

/* Opens a file with this header and as many bytes of data. */
static bool
open_header(const char *header, size_t data_size, CoreError *error)
{
	File file = make_file(1, header, data_size);
	NpyArray array;
	bool done = npy_open(&array, file.bytes, file.size, error);

	test_exact_free(file.bytes);
	return done;
}

static void
headers_of_other_writers_are_read(void **state)
{
	static const char *const headers[] = {
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4)}",
		"{'shape':(2,3,4),'fortran_order':False,'descr':'<f4'}",
		"{'fortran_order': True, 'descr': '<f4', 'shape': (2, 3, 4,)}",
		"  { \"descr\" : \"<f4\" ,\t\"fortran_order\" : False , \"shape\" : ( 2 , 3 , 4 ) , }  ",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3, 4), }",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (0000000000002, 3, 4), }",
	};
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(headers); i++)
		assert_done(open_header(headers[i], 96, &error), &error);
}

static void
foreign_headers_are_refused(void **state)
{
	static const struct
	{
		const char *header;
		ErrorClass class;
	} cases[] = {
		{"", ERROR_FORMAT},
		{"{}", ERROR_FORMAT},
		{"{", ERROR_FORMAT},
		{"[]", ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), ",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), } x",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }}",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4,",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, }", ERROR_FORMAT},
		{"{'descr': '<f4', 'shape': (2, 3, 4), }", ERROR_FORMAT},
		{"{'fortran_order': False, 'shape': (2, 3, 4), }", ERROR_FORMAT},
		{"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 4), 'extra': 1}",
		 ERROR_FORMAT},
		{"{'descr': '<f4' 'fortran_order': False 'shape': (2, 3, 4)}",
		 ERROR_FORMAT},
		{"{'descr', '<f4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': <f4, 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': false, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': 'False', 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3, 4], }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': 24, }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2 3 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2,, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (,2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3, -4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2.0, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (0x2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 40000000000000000000), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 5), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 0), }",
		 ERROR_FORMAT},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_FORMAT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
		 ERROR_SHAPE},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (24,), }",
		 ERROR_SHAPE},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (6, 4), }",
		 ERROR_SHAPE},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 3, 4), }",
		 ERROR_SHAPE},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4), }",
		 ERROR_SHAPE},
		{"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<f16', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<U4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '|V4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '', 'fortran_order': False, 'shape': (2, 3, 4), }",
		 ERROR_UNSUPPORTED},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999, 3, 4), }",
		 ERROR_LIMIT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647), }",
		 ERROR_LIMIT},
		/* these bytes are 0 modulo 2^64 */
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1073741824, 1073741824, 16, 24), }",
		 ERROR_LIMIT},
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (536870912, 8589934592, 24), }",
		 ERROR_LIMIT},
		/* and these 0 modulo 2^32 */
		{"{'descr': '<f4', 'fortran_order': False, 'shape': (1024, 1024, 1024), }",
		 ERROR_LIMIT},
	};
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		error.message[0] = '\0';
		if (open_header(cases[i].header, 96, &error) ||
			error.class != cases[i].class || error.message[0] == '\0')
			fail_msg("header %s: class %d, \"%s\"", cases[i].header,
					 (int) error.class, error.message);
	}
}

static void
other_files_and_versions_are_refused(void **state)
{
	static const char *const starts[] = {"PK\x03\x04NUMPY",
										 "\x89PNG\r\n\x1a\n", "\x93NUMPZ\x01",
										 "NUMPY\x93\x01", "\x93numpy\x01"};
	static const uint8_t versions[][2] = {{0, 0}, {4, 0},   {1, 1},
										  {2, 9}, {255, 0}, {3, 255}};
	Npy npy = {1, '<', "f4", false, NPY_CHANNELS_FIRST, false, 2, 3, 4};
	File file = write_npy(&npy);
	NpyArray array;
	CoreError error;

	(void) state;
	for (size_t i = 0; i < lengthof(starts); i++)
	{
		uint8_t *other = test_exact_copy(file.bytes, file.size);

		memcpy(other, starts[i], strlen(starts[i]));
		assert_refused(npy_open(&array, other, file.size, &error), &error,
					   ERROR_FORMAT);
		test_exact_free(other);
	}
	for (size_t i = 0; i < lengthof(versions); i++)
	{
		memcpy(file.bytes + 6, versions[i], 2);
		assert_refused(npy_open(&array, file.bytes, file.size, &error), &error,
					   ERROR_UNSUPPORTED);
	}
	test_exact_free(file.bytes);
}

/* A header length that reaches beyond the file, as far as the length can. */
static void
endless_headers_are_refused(void **state)
{
	(void) state;
	for (int major = 1; major <= 3; major++)
	{
		Npy npy = {major, '<', "f4", false, NPY_CHANNELS_FIRST,
				   false, 2,   3,    4};
		File file = write_npy(&npy);
		NpyArray array;
		CoreError error;

		memset(file.bytes + 8, 0xff, major == 1 ? 2 : 4);
		assert_refused(npy_open(&array, file.bytes, file.size, &error), &error,
					   ERROR_FORMAT);
		test_exact_free(file.bytes);
	}
}

/*
 * Each byte of the header, with each of its bits flipped: refused, or read
 * within the file.
 */
static void
damaged_headers_do_no_harm(void **state)
{
	static const Npy files[] = {
		{1, '<', "f4", false, NPY_CHANNELS_FIRST, true, 2, 3, 4},
		{2, '>', "f2", true, NPY_CHANNELS_LAST, false, 1, 2, 8},
	};
	TestHost test;
	const Host *host = test_host_start(&test);
	int refused = 0, read = 0;

	(void) state;
	for (size_t i = 0; i < lengthof(files); i++)
	{
		File file = write_npy(&files[i]);
		float *values = malloc(sizeof(float) * (file.size - file.data));

		for (size_t bit = 0; bit < 8 * file.data; bit++)
		{
			NpyArray array;
			CoreError error = {0};
			int64_t channels, height, width;

			file.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			if (npy_open(&array, file.bytes, file.size, &error) &&
				npy_map_shape(&array, files[i].layout, &channels, &height,
							  &width, &error))
			{
				assert_true(array.data +
								channels * height * width * array.item_size ==
							file.bytes + file.size);
				assert_done(npy_read_values(host, &array, files[i].layout,
											values, &error),
							&error);
				read++;
			}
			else
			{
				assert_true(error.message[0] != '\0');
				refused++;
			}
			file.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
		}
		free(values);
		test_exact_free(file.bytes);
	}
	assert_true(refused > 500);
	assert_true(read > 0);
	test_host_end(&test);
}

/* Python 2 wrote long integers with an L. */
static void
shapes_of_python_2_are_read(void **state)
{
	File file = make_file(
		1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3L, 4L, 5L), }",
		60);
	int64_t channels, height, width;
	NpyArray array;
	CoreError error;

	(void) state;
	assert_done(npy_open(&array, file.bytes, file.size, &error) &&
					npy_map_shape(&array, NPY_CHANNELS_FIRST, &channels,
								  &height, &width, &error),
				&error);
	assert_int_equal(channels, 3);
	assert_int_equal(height, 4);
	assert_int_equal(width, 5);
	test_exact_free(file.bytes);
}

/* A message is text in any encoding, whatever bytes the file has. */
static void
messages_are_ascii(void **state)
{
	File file = make_file(1,
						  "{'descr': '\xff\\x01<f4\n', "
						  "'fortran_order': False, 'shape': (3, 4, 5), }",
						  60);
	NpyArray array;
	CoreError error;

	(void) state;
	file.bytes[10 + 12] = 1; /* the backslash would end the string */
	assert_refused(npy_open(&array, file.bytes, file.size, &error), &error,
				   ERROR_UNSUPPORTED);
	for (const char *c = error.message; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
	assert_non_null(strstr(error.message, "\"\\xff\\x01x01<f4\\x0a\""));
	test_exact_free(file.bytes);
}

static void
batches_are_refused(void **state)
{
	File file = make_file(
		1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4, 5), }",
		120);
	float values[120];
	int64_t channels, height, width;
	TestHost test;
	const Host *host = test_host_start(&test);
	NpyArray array;
	CoreError error;

	(void) state;
	assert_done(npy_open(&array, file.bytes, file.size, &error), &error);
	assert_refused(npy_map_shape(&array, NPY_CHANNELS_FIRST, &channels,
								 &height, &width, &error),
				   &error, ERROR_SHAPE);
	assert_refused(npy_read_values(host, &array, NPY_CHANNELS_LAST, values,
								   &error),
				   &error, ERROR_SHAPE);
	test_exact_free(file.bytes);
	test_host_end(&test);
}

/* No elements are no feature map, whichever dimension is empty. */
static void
empty_arrays_are_refused(void **state)
{
	static const char *const shapes[] = {"0, 3, 4", "3, 0, 4", "3, 4, 0",
										 "0, 3, 4, 5", "1, 0, 0, 0"};

	(void) state;
	for (size_t i = 0; i < lengthof(shapes); i++)
	{
		char header[100];
		int64_t channels, height, width;
		File file;
		NpyArray array;
		CoreError error;

		snprintf(header, sizeof(header),
				 "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }",
				 shapes[i]);
		file = make_file(1, header, 0);
		assert_refused(npy_open(&array, file.bytes, file.size, &error) &&
						   npy_map_shape(&array, NPY_CHANNELS_FIRST, &channels,
										 &height, &width, &error) &&
						   feature_map_check_dimensions(channels, height,
														width, &error),
					   &error, ERROR_SHAPE);
		test_exact_free(file.bytes);
	}
}

/* A file of tokens: element t * 7 + c of token t, channel c, in bytes. */
static File
write_tokens(int tokens, int channels, bool is_fortran, bool has_batch)
{
	char header[200];
	File file;

	snprintf(header, sizeof(header),
			 "{'descr': '|u1', 'fortran_order': %s, 'shape': (%s%d, %d), }",
			 is_fortran ? "True" : "False", has_batch ? "1, " : "", tokens,
			 channels);
	file = make_file(1, header, (size_t) tokens * channels);
	for (int t = 0; t < tokens; t++)
		for (int c = 0; c < channels; c++)
			file.bytes[file.data +
					   (is_fortran ? c * tokens + t : t * channels + c)] =
				(uint8_t) (t * 7 + c);
	return file;
}

/* The last tokens are the cells, whatever comes before. */
static void
check_tokens_file(const Host *host, int others, bool is_fortran,
				  bool has_batch)
{
	enum
	{
		HEIGHT = 3,
		WIDTH = 4,
		CHANNELS = 5
	};
	File file =
		write_tokens(others + HEIGHT * WIDTH, CHANNELS, is_fortran, has_batch);
	float values[CHANNELS * HEIGHT * WIDTH];
	int64_t channels;
	NpyArray array;
	CoreError error;

	assert_done(npy_open_tokens(&array, file.bytes, file.size, &error),
				&error);
	assert_done(npy_tokens_shape(&array, HEIGHT, WIDTH, &channels, &error),
				&error);
	assert_int_equal(channels, CHANNELS);
	assert_done(npy_read_tokens(host, &array, HEIGHT, WIDTH, values, &error),
				&error);
	for (int c = 0; c < CHANNELS; c++)
		for (int cell = 0; cell < HEIGHT * WIDTH; cell++)
			assert_true(values[c * HEIGHT * WIDTH + cell] ==
						(others + cell) * 7 + c);
	test_exact_free(file.bytes);
}

static void
tokens_are_read(void **state)
{
	TestHost test;
	const Host *host = test_host_start(&test);

	(void) state;
	for (int others = 0; others <= NPY_MAX_OTHER_TOKENS; others++)
		for (int kind = 0; kind < 4; kind++)
			check_tokens_file(host, others, kind % 2, kind / 2);
	assert_int_equal(test.live_blocks, 0);
	assert_true(test.interrupts > 0);
	test_host_end(&test);
}

/* Opens a file of bytes of that shape as tokens of 3 x 4 cells. */
static bool
fits_tokens(const char *shape, size_t size, CoreError *error)
{
	char header[100];
	int64_t channels;
	NpyArray array;
	File file;
	bool fits;

	snprintf(header, sizeof(header),
			 "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }",
			 shape);
	file = make_file(1, header, size);
	fits = npy_open_tokens(&array, file.bytes, file.size, error) &&
		   npy_tokens_shape(&array, 3, 4, &channels, error);
	test_exact_free(file.bytes);
	return fits;
}

static void
other_numbers_of_tokens_are_refused(void **state)
{
	CoreError error;

	(void) state;
	assert_done(fits_tokens("12, 2", 24, &error), &error);
	assert_done(fits_tokens("28, 2", 56, &error), &error);
	assert_refused(fits_tokens("11, 2", 22, &error), &error, ERROR_SHAPE);
	assert_non_null(strstr(error.message, "11"));
	assert_refused(fits_tokens("29, 2", 58, &error), &error, ERROR_SHAPE);
	assert_non_null(strstr(error.message, "17"));
	assert_refused(fits_tokens("2, 12, 2", 48, &error), &error, ERROR_SHAPE);
	assert_refused(fits_tokens("12,", 12, &error), &error, ERROR_SHAPE);
	assert_refused(fits_tokens("1, 1, 12, 2", 24, &error), &error,
				   ERROR_SHAPE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_read),
		cmocka_unit_test(every_half_is_read),
		cmocka_unit_test(doubles_are_rounded_to_floats),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(headers_of_other_writers_are_read),
		cmocka_unit_test(foreign_headers_are_refused),
		cmocka_unit_test(other_files_and_versions_are_refused),
		cmocka_unit_test(endless_headers_are_refused),
		cmocka_unit_test(damaged_headers_do_no_harm),
		cmocka_unit_test(shapes_of_python_2_are_read),
		cmocka_unit_test(messages_are_ascii),
		cmocka_unit_test(batches_are_refused),
		cmocka_unit_test(empty_arrays_are_refused),
		cmocka_unit_test(tokens_are_read),
		cmocka_unit_test(other_numbers_of_tokens_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
