/*
 * map_values.h
 *		The values of a map and their integral image, in the units in which
 *		they were given.
 */
#ifndef INTSEARCH_MAP_VALUES_H
#define INTSEARCH_MAP_VALUES_H

#include "core/map/feature_map.h"

/*
 * Writes the integral image, [channels][height + 1][width + 1].  False and an
 * error where the map is damaged.
 */
extern bool region_integral_image(const Host *host, const FeatureMap *map,
								  double *integral, CoreError *error);

/*
 * Writes all values, code * scale, as [channels][height][width].  False and an
 * error where the map is damaged.
 */
extern bool region_values(const Host *host, const FeatureMap *map,
						  float *values, CoreError *error);

#endif
