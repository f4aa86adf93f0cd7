/*
 * arrays.h
 *		PostgreSQL's arrays of numbers, as arguments and as results.
 */
#ifndef INTSEARCH_ARRAYS_H
#define INTSEARCH_ARRAYS_H

#include "postgres.h"

#include "utils/array.h"

/* Refuses an array with NULL elements; name is that of the argument. */
extern void refuse_nulls(ArrayType *array, const char *name);

/*
 * The elements of a real[] argument, [*length].  Refuses NULL elements and
 * other numbers of dimensions than 1.
 */
extern const float *
real_vector(ArrayType *array, const char *name, int *length);

/* The same for two dimensions, [*rows][*columns]. */
extern const float *
real_matrix(ArrayType *array, const char *name, int *rows, int *columns);

/*
 * The same for arrays of any type of numbers, as real.  Refuses what real
 * cannot hold.
 */
extern const float *
number_vector(ArrayType *array, const char *name, int *length);
extern const float *
number_matrix(ArrayType *array, const char *name, int *rows, int *columns);

/*
 * A new array of real or double precision (element_type) of the given shape,
 * [dims].  Its elements, *values, are not yet set.  Refuses more than a value
 * of PostgreSQL can hold.
 */
extern ArrayType *
new_array(Oid element_type, int dims, const int *shape, void **values);

/* A new real[] of one dimension: *values is [length], not yet set. */
extern ArrayType *new_vector(int length, float **values);

#endif
