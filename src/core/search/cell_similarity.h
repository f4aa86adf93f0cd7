/*
 * cell_similarity.h
 *		The cosine of a query with each cell of a map.
 */
#ifndef INTSEARCH_CELL_SIMILARITY_H
#define INTSEARCH_CELL_SIMILARITY_H

#include "core/map/feature_map.h"

/*
 * Writes the cosines, [height][width]; NaN for a cell of zeros, which has
 * none.  A query is a vector that query_check lets through, [length].  Refuses
 * one of another length than the map's channels, and a map that is damaged.
 */
extern bool
cell_similarities(const Host *host, const FeatureMap *map, const float *query,
				  int length, float *similarities, CoreError *error);

#endif
