/*
 * kmeans.h
 *		Lists of vectors that lie close together.
 */
#ifndef INTSEARCH_KMEANS_H
#define INTSEARCH_KMEANS_H

#include "core/host.h"

/*
 * Finds centres, [lists][dims], of vectors, [count][dims], by Lloyd's
 * iterations from random ones of them.  The same vectors give the same
 * centres.  A list that no vector is nearest to starts anew from a random
 * vector; where vectors are alike, it stays without one.
 */
extern void kmeans(const Host *host, const float *vectors, size_t count,
				   int dims, int lists, float *centres);

/*
 * The list with the nearest centre to a vector, the first of several.
 * half_squares, [lists], has half the squared norm of each centre; products,
 * [lists], is scratch space.
 */
extern int
nearest_centre(const float *centres, const float *half_squares, int lists,
			   int dims, const float *vector, float *products);

/* half_squares[i] = half the squared norm of centre i */
extern void centre_half_squares(const float *centres, int lists, int dims,
								float *half_squares);

#endif
