/*
 * sketch_basis.h
 *		Choosing the directions that the norm sketch keeps.
 */
#ifndef INTSEARCH_SKETCH_BASIS_H
#define INTSEARCH_SKETCH_BASIS_H

#include "core/map/value_walk.h"

/*
 * Writes the basis, [channels][FEATMAP_MAX_SKETCH_DIMS], whose first dims
 * columns are directions in which the sums of the map's windows have most of
 * their norm; dims is at most the number of channels and of cells.  The others
 * are zero, and so are some of these where the map has fewer directions.
 * Columns are orthonormal to float precision; the projection of a vector is
 * never longer than the vector.
 */
extern bool sketch_find_basis(const Host *host, ValueWalk *walk, int dims,
							  double *basis, CoreError *error);

#endif
