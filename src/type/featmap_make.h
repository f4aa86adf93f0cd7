/*
 * featmap_make.h
 *		Between featmap and PostgreSQL's arrays.
 */
#ifndef INTSEARCH_FEATMAP_ARRAY_H
#define INTSEARCH_FEATMAP_ARRAY_H

#include "postgres.h"

#include "utils/array.h"

/*
 * Makes a featmap of a real[] or double precision[] of
 * [channels][height][width].
 */
extern struct varlena *featmap_from_pg_array(ArrayType *array, int bits);

/*
 * The elements of a real[] argument with one dimension; refuses NULL elements
 * and other shapes.
 */
extern const float *
real_vector(ArrayType *array, const char *name, int *length);

/* The same of two dimensions, *rows and *columns. */
extern const float *
real_matrix(ArrayType *array, const char *name, int *rows, int *columns);

/*
 * A real[] of the given shape, its elements not yet set: *values points at
 * them.
 */
extern ArrayType *
new_array(Oid element_type, int dims, const int *shape, void **values);

#endif
