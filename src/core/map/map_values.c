/*
 * map_values.c
 *		The values of a map and their integral image, in the units in which
 *		they were given.
 */
#include "core/map/map_values.h"

#include <float.h>

#include "core/integral.h"
#include "core/map/code_walk.h"

/* Writes zeros, [planes][plane]. */
static void
clear_planes(const Host *host, double *numbers, size_t planes, size_t plane)
{
	for (size_t c = 0; c < planes; c++)
	{
		host_check(host);
		memset(numbers + plane * c, 0, sizeof(double) * plane);
	}
}

/* Writes each code to the corner below and to the right of its cell. */
static bool
scatter_codes(const Host *host, const FeatureMap *map, double *integral,
			  CoreError *error)
{
	size_t stride = map->width + 1;
	size_t plane = stride * (map->height + 1);
	CodeWalk walk;
	bool done = true;

	code_walk_start(&walk, host, map);
	for (int y = 1; done && y <= map->height; y++)
		for (int x = 1; done && x <= map->width; x++)
		{
			done = code_walk_next(&walk, error);
			for (int n = 0; done && n < walk.count; n++)
				integral[plane * walk.channel[n] + stride * y + x] =
					walk.code[n];
		}
	code_walk_end(&walk);
	return done;
}

/* Turns the codes of one channel to its integral image, in place. */
static void
sum_codes(const Host *host, const FeatureMap *map, double scale, double *image)
{
	size_t stride = map->width + 1;
	size_t plane = stride * (map->height + 1);

	for (size_t i = stride; i < plane; i += stride)
	{
		host_check(host);
		integral_row_double(image + i + 1, image + i - stride, map->width,
							image + i);
	}
	/* sums of integers are exact, so the scale comes last */
	for (size_t i = stride; i < plane; i++)
		image[i] *= scale;
}

bool
region_integral_image(const Host *host, const FeatureMap *map,
					  double *integral, CoreError *error)
{
	size_t plane = (size_t) (map->width + 1) * (map->height + 1);

	clear_planes(host, integral, map->channels, plane);
	if (!scatter_codes(host, map, integral, error))
		return false;
	for (int c = 0; c < map->channels; c++)
		sum_codes(host, map, channel_scale(map, c), integral + plane * c);
	return true;
}

/*
 * code * scale as a float.  A scale is rounded up, so the largest values could
 * pass FLT_MAX.
 */
static float
dequantise(int code, double scale)
{
	double value = code * scale;

	return value > FLT_MAX    ? FLT_MAX
		   : value < -FLT_MAX ? -FLT_MAX
							  : (float) value;
}

bool
region_values(const Host *host, const FeatureMap *map, float *values,
			  CoreError *error)
{
	size_t cells = cell_count(map);
	CodeWalk walk;
	bool done = true;

	for (int c = 0; c < map->channels; c++)
	{
		host_check(host);
		memset(values + cells * c, 0, sizeof(float) * cells);
	}
	code_walk_start(&walk, host, map);
	for (size_t i = 0; done && i < cells; i++)
	{
		done = code_walk_next(&walk, error);
		for (int n = 0; done && n < walk.count; n++)
			values[cells * walk.channel[n] + i] =
				dequantise(walk.code[n], channel_scale(map, walk.channel[n]));
	}
	code_walk_end(&walk);
	return done;
}
