/*
 * map_whitening.c
 *		The values of a map whose cells are whitened.
 *
 * A whitening is learned from unit vectors, and subtracts their mean.  A
 * cell's direction is whitened alike where the mean is stretched to the cell's
 * length; without that, strong cells would hardly be moved, and weak ones
 * turned about.
 */
#include "core/map/map_whitening.h"

#include <math.h>

#include "core/map/map_values.h"

/* Copies cell i of values, [channels][cells], to x; returns its length. */
static double
take_cell(const float *values, size_t cells, size_t i, int channels, float *x)
{
	double square = 0;

	for (int c = 0; c < channels; c++)
	{
		x[c] = values[cells * c + i];
		square += (double) x[c] * x[c];
	}
	return sqrt(square);
}

static bool
whiten_cells(const Host *host, const FeatureMap *map,
			 const Whitening *whitening, const float *from, float *x,
			 double *projected, float *values, CoreError *error)
{
	size_t cells = cell_count(map);

	for (size_t i = 0; i < cells; i++)
	{
		double length = take_cell(from, cells, i, map->channels, x);

		if (!whitening_project(host, whitening, x, map->channels, length,
							   projected, error))
			return false;
		for (int k = 0; k < whitening->dims; k++)
			values[cells * k + i] = (float) projected[k];
	}
	return true;
}

bool
map_whiten(const Host *host, const FeatureMap *map, const Whitening *whitening,
		   float *values, CoreError *error)
{
	float *from = host_new(host, float, cell_count(map) * map->channels);
	float *x = host_new(host, float, map->channels);
	double *projected = host_new(host, double, whitening->dims);
	bool done =
		region_values(host, map, from, error) &&
		whiten_cells(host, map, whitening, from, x, projected, values, error);

	host_free(host, projected);
	host_free(host, x);
	host_free(host, from);
	return done;
}
