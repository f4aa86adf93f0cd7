/*
 * map_values.h
 *		What is in a map in the units of its values: the values themselves, and
 *		the integral image.
 */
#ifndef INTSEARCH_REGION_H
#define INTSEARCH_REGION_H

#include "core/map/feature_map.h"

/* The integral image, [channels][height + 1][width + 1]. */
extern bool region_integral_image(const Host *host, const FeatureMap *map,
								  double *integral, CoreError *error);

/* Writes all values, code * scale, as [channels][height][width]. */
extern bool region_values(const Host *host, const FeatureMap *map,
						  float *values, CoreError *error);

#endif
