/*
 * kmeans.h
 *		Lists of vectors that lie close together.
 */
#ifndef INTSEARCH_KMEANS_H
#define INTSEARCH_KMEANS_H

#include "core/host.h"

/*
 * Finds centres, [lists][dims], of vectors, [count][dims], dims a multiple of
 * 8, by Lloyd's iterations from random ones of them.  The same vectors give
 * the same centres.  A list that no vector is nearest to starts anew from a
 * random vector; where vectors are alike, it stays without one.
 */
extern void kmeans(const Host *host, const float *vectors, size_t count,
				   int dims, int lists, float *centres);

#endif
