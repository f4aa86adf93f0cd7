/*
 * map_values.c
 *		What is in a map in the units of its values.
 */
#include "core/map/map_values.h"

#include <float.h>

#include "core/integral.h"
#include "core/map/code_walk.h"

bool
region_integral_image(const Host *host, const FeatureMap *map,
					  double *integral, CoreError *error)
{
	size_t stride = map->width + 1;
	size_t plane = stride * (map->height + 1);
	CodeWalk walk;
	bool done = true;

	/*
	 * the codes first, where their cells end; then running sums of integers;
	 * the scale last
	 */
	for (int c = 0; c < map->channels; c++)
	{
		host_check(host);
		memset(integral + plane * c, 0, sizeof(double) * plane);
	}
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
	for (int c = 0; c < map->channels; c++)
	{
		double *image = integral + plane * c;

		for (size_t i = stride; i < plane; i += stride)
		{
			host_check(host);
			integral_row_double(image + i + 1, image + i - stride, map->width,
								image + i);
		}
		for (size_t i = stride; i < plane; i++)
			image[i] *= channel_scale(map, c);
	}
	return done;
}

/*
 * code * scale as a float: a scale is rounded up, so the largest values could
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
