/*
 * lapack.h
 *		Eigenvectors by LAPACK.
 */
#ifndef INTSEARCH_LAPACK_H
#define INTSEARCH_LAPACK_H

#include "postgres.h"

/* Room for [rows][columns] numbers, more than 1 GB if it must be. */
extern double *alloc_matrix(size_t rows, size_t columns);

/*
 * The count largest eigenvalues of a symmetric matrix, [size][size], which is
 * overwritten: values, [count], the largest first, and vectors, [count][size],
 * of norm 1.
 */
extern void symmetric_eigenvectors(double *matrix, int size, int count,
								   double *values, double *vectors);

#endif
