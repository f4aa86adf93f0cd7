/*
 * test_maps.h
 *		Makers of feature maps of many kinds for the unit tests.
 */
#ifndef INTSEARCH_TEST_MAPS_H
#define INTSEARCH_TEST_MAPS_H

#include <math.h>

#include "core/map/build.h"
#include "lib/core_test.h"
#include "core/map/sketch.h"

typedef enum MapKind
{
	MAP_ZERO,
	MAP_CONSTANT, /* the same vector in each cell */
	MAP_DENSE,    /* all values positive */
	/* like activations behind a ReLU, without any order in space */
	MAP_SPARSE,
	/* sparse, each channel a few broad spots, like a CNN's deeper layers */
	MAP_SMOOTH,
	MAP_SIGNED,
	MAP_RANGES,  /* sparse, channels differ by up to 10^12 */
	MAP_COUNTS,  /* 0 to 3, mostly 0: windows tie often */
	MAP_BALANCED /* -1, 0, 1: sums of windows vanish often */
} MapKind;

#define MAP_KINDS 9

static const char *const map_kind_names[MAP_KINDS] = {"zero",    "constant",
													  "dense",   "sparse",
													  "smooth",  "signed",
													  "ranges",  "counts",
													  "balanced"};

/* A map, the values it was made from, and its stored form. */
typedef struct TestMap
{
	MapKind kind;
	float *values; /* [channels][height][width], before quantisation */
	uint8_t *stored;
	size_t size;
	FeatureMap map;
} TestMap;

/* Some broad spots, cut off below. */
static inline void
fill_spots(Random *random, float *channel, int height, int width)
{
	double y[3], x[3], breadth[3], strength[3];

	for (int i = 0; i < 3; i++)
	{
		y[i] = random_fraction(random) * height;
		x[i] = random_fraction(random) * width;
		breadth[i] = (0.1 + 0.15 * random_fraction(random)) * (height + width);
		strength[i] =
			random_fraction(random) < 0.4 ? 0 : random_fraction(random);
	}
	for (int row = 0; row < height; row++)
		for (int column = 0; column < width; column++)
		{
			double value = -0.25;

			for (int i = 0; i < 3; i++)
				value +=
					strength[i] * exp(-((row - y[i]) * (row - y[i]) +
										(column - x[i]) * (column - x[i])) /
									  (breadth[i] * breadth[i]));
			channel[row * width + column] = value > 0 ? (float) value : 0;
		}
}

static inline float
random_value(Random *random, MapKind kind)
{
	double normal = random_normal(random);

	switch (kind)
	{
		case MAP_DENSE:
			return (float) (0.1 + random_fraction(random));
		case MAP_SPARSE:
		case MAP_RANGES:
			return normal > 1 ? (float) (normal - 1) : 0;
		case MAP_SIGNED:
			return (float) normal;
		case MAP_COUNTS:
			return normal > 0.5 ? (float) random_int(random, 1, 3) : 0;
		case MAP_BALANCED:
			return (float) random_int(random, -1, 1);
		default:
			return 0;
	}
}

/* Fills values, [channels][height][width]. */
static inline void
fill_values(Random *random, MapKind kind, float *values, int channels,
			int height, int width)
{
	size_t cells = (size_t) height * width;

	for (int c = 0; c < channels; c++)
	{
		float *channel = values + cells * c;
		float constant = random_int(random, 0, 2) == 0
							 ? 0
							 : (float) random_fraction(random);
		float factor = kind == MAP_RANGES
						   ? (float) pow(10, random_int(random, -6, 6))
						   : 1;

		if (kind == MAP_SMOOTH)
			fill_spots(random, channel, height, width);
		else
			for (size_t i = 0; i < cells; i++)
				channel[i] = kind == MAP_CONSTANT
								 ? constant
								 : random_value(random, kind) * factor;
	}
	if (kind == MAP_CONSTANT)
		for (size_t i = 0; i < cells; i++)
			values[i] = 0.5; /* at least one channel is alive */
}

/* Builds the stored form of the given values. */
static inline void
make_map_of_values(const Host *host, TestMap *made, float *values,
				   int channels, int height, int width, int bits)
{
	CoreError error = {0};

	made->values = values;
	made->stored = feature_map_build(host, values, channels, height, width,
									 bits, 0, &made->size, &error);
	assert_done(made->stored != NULL, &error);
	assert_done(feature_map_open(&made->map, made->stored, made->size, &error),
				&error);
}

static inline void
make_map(const Host *host, TestMap *made, Random *random, MapKind kind,
		 int channels, int height, int width, int bits)
{
	float *values = host_new(host, float, (size_t) channels *height *width);

	fill_values(random, kind, values, channels, height, width);
	made->kind = kind;
	make_map_of_values(host, made, values, channels, height, width, bits);
}

static inline void
free_map(const Host *host, TestMap *made)
{
	host_free(host, made->values);
	host_free(host, made->stored);
}

/*
 * Cuts a stored form to what text and binary output carry; returns its size.
 */
static inline size_t
strip_sketch(uint8_t *stored, const FeatureMap *map)
{
	store_sketch_dims(stored, 0);
	return feature_map_size_without_sketch(map);
}

/*
 * The integral image of a sketch, decoded as bound_scan.c does; see
 * sketch_integral for the shapes.
 */
typedef struct DecodedSketch
{
	int dims;
	int row_stride;
	float *corners;
	float *leading;
	double error;
} DecodedSketch;

/* All arrays end at a guard page. */
static inline void
decode_sketch(DecodedSketch *sketch, const FeatureMap *map, double unit)
{
	size_t rows = map->height + 1, columns = map->width + 1;
	int32_t *steps;
	TestHost test;

	sketch->dims = sketch_padded_dims(map);
	sketch->row_stride = (map->width + 1 + ROW_PADDING + 7) / 8 * 8;
	sketch->corners =
		(float *) test_exact_copy(NULL, sizeof(float) * rows * columns *
											sketch->dims);
	sketch->leading =
		(float *) test_exact_copy(NULL, sizeof(float) * rows * LEADING_DIMS *
											sketch->row_stride);
	steps = (int32_t *) test_exact_copy(NULL, sizeof(int32_t) * columns *
												  sketch->dims);
	/* whatever is not written is NaN, or far from zero */
	memset(sketch->corners, 0xff,
		   sizeof(float) * rows * columns * sketch->dims);
	memset(sketch->leading, 0xff,
		   sizeof(float) * rows * LEADING_DIMS * sketch->row_stride);
	memset(steps, 0x55, sizeof(int32_t) * columns * sketch->dims);
	sketch->error =
		sketch_integral(test_host_start(&test), map, unit, sketch->corners,
						sketch->leading, sketch->row_stride, steps);
	test_exact_free((uint8_t *) steps);
}

static inline void
free_sketch(DecodedSketch *sketch)
{
	test_exact_free((uint8_t *) sketch->leading);
	test_exact_free((uint8_t *) sketch->corners);
}

#endif
