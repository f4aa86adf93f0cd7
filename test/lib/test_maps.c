/*
 * test_maps.c
 *		Makers of feature maps of many kinds for the unit tests.
 */
#include "lib/test_maps.h"

#include <math.h>

#include "core/map/code_walk.h"

const char *const map_kind_names[MAP_KINDS] = {"zero",     "constant",
											   "dense",    "sparse",
											   "smooth",   "signed",
											   "ranges",   "counts",
											   "balanced", "spikes"};

/* Some broad spots, cut off below. */
static void
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

static float
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
		case MAP_SPIKES:
			if (random_int(random, 0, 39) == 0)
				normal *= pow(10, random_int(random, 1, 5));
			return (float) fabs(normal);
		default:
			return 0;
	}
}

void
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

void
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

void
make_map(const Host *host, TestMap *made, Random *random, MapKind kind,
		 int channels, int height, int width, int bits)
{
	float *values = host_new(host, float, (size_t) channels *height *width);

	fill_values(random, kind, values, channels, height, width);
	made->kind = kind;
	make_map_of_values(host, made, values, channels, height, width, bits);
}

void
free_map(const Host *host, TestMap *made)
{
	host_free(host, made->values);
	host_free(host, made->stored);
}

double *
exact_values(const Host *host, const FeatureMap *map)
{
	size_t cells = cell_count(map);
	double *values = calloc(cells * map->channels, sizeof(double));
	CodeWalk walk;
	CoreError error;

	code_walk_start(&walk, host, map);
	for (size_t i = 0; i < cells; i++)
	{
		assert_done(code_walk_next(&walk, &error), &error);
		for (int n = 0; n < walk.count; n++)
			values[cells * walk.channel[n] + i] =
				walk.code[n] * channel_scale(map, walk.channel[n]);
	}
	code_walk_end(&walk);
	return values;
}

size_t
strip_sketch(uint8_t *stored, const FeatureMap *map)
{
	store_sketch_dims(stored, 0);
	return feature_map_size_without_sketch(map);
}

void
check_all_maps(const Host *host, Random *random, const int (*sizes)[3],
			   size_t count, MapCheck check)
{
	for (size_t s = 0; s < count; s++)
		for (int kind = 0; kind < MAP_KINDS; kind++)
			for (int bits = 8; bits <= 24; bits += 8)
			{
				TestMap made;

				make_map(host, &made, random, kind, sizes[s][0], sizes[s][1],
						 sizes[s][2], bits);
				check(host, &made, random);
				free_map(host, &made);
			}
}
