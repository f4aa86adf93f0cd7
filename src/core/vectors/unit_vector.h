/*
 * unit_vector.h
 *		Vectors divided by their norm.
 */
#ifndef INTSEARCH_UNIT_VECTOR_H
#define INTSEARCH_UNIT_VECTOR_H

#include <stdbool.h>

/*
 * unit = vector divided by its norm, [count]; false where that is 0: it has no
 * direction.
 */
extern bool unit_vector(const double *vector, int count, float *unit);

#endif
