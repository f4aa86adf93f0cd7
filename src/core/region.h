/*
 * region.h
 *		What is in a map in the units of its values: the values themselves, the
 *		descriptor of one window, and the integral image.
 */
#ifndef INTSEARCH_REGION_H
#define INTSEARCH_REGION_H

#include "feature_map.h"
#include "kernels.h"
#include "pool.h"
#include "window.h"

/*
 * The descriptor of a window: its pooled vector divided by its norm, [channels].
 * Refuses a window whose pooled vector is zero, and what pooler_prepare refuses.
 */
extern bool region_descriptor(const Host *host, const Kernels *kernels, const FeatureMap *map,
							  const Window *window, const Pooling *pooling, float *descriptor,
							  CoreError *error);

/* The integral image, [channels][height + 1][width + 1]. */
extern bool
region_integral_image(const Host *host, const FeatureMap *map, double *integral, CoreError *error);

/* Writes all values, code * scale, as [channels][height][width]. */
extern bool region_values(const Host *host, const FeatureMap *map, float *values, CoreError *error);

#endif
