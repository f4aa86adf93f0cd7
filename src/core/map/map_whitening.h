/*
 * map_whitening.h
 *		The values of a map whose cells are whitened.
 */
#ifndef INTSEARCH_MAP_WHITENING_H
#define INTSEARCH_MAP_WHITENING_H

#include "core/map/feature_map.h"
#include "core/vectors/whitening.h"

/*
 * Writes W (x - |x| mean) for each cell x, as [dims][height][width]: cells
 * keep their lengths' proportions, and a cell of zeros stays one.  Refuses a
 * whitening of another number of channels, and a map that is damaged.
 */
extern bool
map_whiten(const Host *host, const FeatureMap *map, const Whitening *whitening,
		   float *values, CoreError *error);

#endif
