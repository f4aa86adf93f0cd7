/*
 * subspace.h
 *		The few dimensions in which vectors have most of their norm.
 */
#ifndef INTSEARCH_SUBSPACE_H
#define INTSEARCH_SUBSPACE_H

#include "core/host.h"

/*
 * Fills basis, [dims][channels], with orthonormal rows: about the leading
 * eigenvectors of the sum of x x' over the vectors x, [count][channels], by
 * subspace iteration from a random start (Halko, Martinsson and Tropp 2011).
 * Directions in which there is nothing are random ones; rows beyond the number
 * of channels are zero.  Values are finite.
 */
extern void find_subspace(const Host *host, const float *vectors, size_t count,
						  int channels, int dims, float *basis);

#endif
