/*
 * sketch_basis.h
 *		Choosing the directions that the norm sketch keeps.
 */
#ifndef INTSEARCH_SKETCH_BASIS_H
#define INTSEARCH_SKETCH_BASIS_H

#include "feature_map.h"

/*
 * Writes dims orthonormal directions, [channels][dims], in which the sums of the map's windows have
 * most of their norm; dims is at most the number of channels and of cells.
 * Where the map has fewer, the others are zero.
 */
extern bool sketch_find_basis(const Host *host, const FeatureMap *map, int dims, double *basis,
							  CoreError *error);

#endif
