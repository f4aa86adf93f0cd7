/*
 * region.c
 *		What is in a map in the units of its values.
 */
#include "region.h"

#include <float.h>
#include <math.h>

#include "code_walk.h"

/* The pooled values of a window, in units of codes, [channels rounded up to KERNEL_LANES]. */
static bool
pool_region(const Host *host, const Kernels *kernels, const FeatureMap *map, const Window *window,
			const Pooling *pooling, double *pooled, CoreError *error)
{
	Codes codes = {0};
	Pooler pooler = {0};
	bool done = codes_unpack(host, &codes, map, kernels, error) &&
				pooler_prepare(host, &pooler, pooling, &codes, error);

	if (done)
		pool_window(host, &pooler, &codes, window, pooled);
	pooler_release(host, &pooler);
	codes_release(host, &codes);
	return done;
}

bool
region_descriptor(const Host *host, const Kernels *kernels, const FeatureMap *map,
				  const Window *window, const Pooling *pooling, float *descriptor, CoreError *error)
{
	double *pooled = host_new(host, double, (size_t) map->channels + KERNEL_LANES);
	double square = 0;
	bool done = pool_region(host, kernels, map, window, pooling, pooled, error);

	for (int c = 0; done && c < map->channels; c++)
	{
		pooled[c] *= channel_scale(map, c);
		square += pooled[c] * pooled[c];
	}
	if (done && square == 0)
		done = core_error(error, ERROR_INVALID_PARAMETER,
						  "window (%d, %d, %d, %d) is zero in all channels and has no descriptor",
						  window->y1, window->x1, window->y2, window->x2);
	for (int c = 0; done && c < map->channels; c++)
		descriptor[c] = (float) (pooled[c] / sqrt(square));
	host_free(host, pooled);
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
