/*
 * region.c
 *		What is in a map in the units of its values.
 */
#include "region.h"

#include <float.h>
#include <math.h>

#include "code_walk.h"

/* sums[c] = sum of the codes of channel c over the window. */
static bool
sum_codes(const Host *host, const FeatureMap *map, const Window *window, double *sums,
		  CoreError *error)
{
	CodeWalk walk;
	bool done = true;

	memset(sums, 0, sizeof(double) * map->channels);
	code_walk_start(&walk, host, map);
	for (int y = 0; done && y < window->y2; y++)
		for (int x = 0; done && x < map->width; x++)
		{
			done = code_walk_next(&walk, error);
			if (done && y >= window->y1 && x >= window->x1 && x < window->x2)
				for (int n = 0; n < walk.count; n++)
					sums[walk.channel[n]] += walk.code[n];
		}
	code_walk_end(&walk);
	return done;
}

bool
region_descriptor(const Host *host, const FeatureMap *map, const Window *window, float *descriptor,
				  CoreError *error)
{
	double *sums = host_new(host, double, map->channels);
	double square = 0;
	bool done = sum_codes(host, map, window, sums, error);

	for (int c = 0; c < map->channels; c++)
	{
		sums[c] *= channel_scale(map, c);
		square += sums[c] * sums[c];
	}
	if (done && square == 0)
		done = core_error(error, ERROR_INVALID_PARAMETER,
						  "window (%d, %d, %d, %d) is zero in all channels and has no descriptor",
						  window->y1, window->x1, window->y2, window->x2);
	for (int c = 0; c < map->channels; c++)
		descriptor[c] = (float) (sums[c] / sqrt(square));
	host_free(host, sums);
	return done;
}

bool
region_integral_image(const Host *host, const FeatureMap *map, double *integral, CoreError *error)
{
	size_t stride = map->width + 1;
	size_t plane = stride * (map->height + 1);
	CodeWalk walk;
	bool done = true;

	/* the codes first, where their cells end; then running sums of integers; the scale last */
	memset(integral, 0, sizeof(double) * plane * map->channels);
	code_walk_start(&walk, host, map);
	for (int y = 1; done && y <= map->height; y++)
		for (int x = 1; done && x <= map->width; x++)
		{
			done = code_walk_next(&walk, error);
			for (int n = 0; done && n < walk.count; n++)
				integral[plane * walk.channel[n] + stride * y + x] = walk.code[n];
		}
	code_walk_end(&walk);
	for (int c = 0; c < map->channels; c++)
	{
		double *image = integral + plane * c;

		for (size_t i = stride; i < plane; i++)
			if (i % stride != 0)
				image[i] += image[i - 1] + image[i - stride] - image[i - stride - 1];
		for (size_t i = stride; i < plane; i++)
			image[i] *= channel_scale(map, c);
	}
	return done;
}

/* code * scale as a float: a scale is rounded up, so the largest values could pass FLT_MAX. */
static float
dequantise(int code, double scale)
{
	double value = code * scale;

	return value > FLT_MAX ? FLT_MAX : value < -FLT_MAX ? -FLT_MAX : (float) value;
}

bool
region_values(const Host *host, const FeatureMap *map, float *values, CoreError *error)
{
	size_t cells = cell_count(map);
	CodeWalk walk;
	bool done = true;

	memset(values, 0, sizeof(float) * cells * map->channels);
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
