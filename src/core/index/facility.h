/*
 * facility.h
 *		Greedy facility location over unit vectors.
 */
#ifndef INTSEARCH_FACILITY_H
#define INTSEARCH_FACILITY_H

#include <stdint.h>

#include "core/host.h"

/* Vectors are padded to a multiple of this. */
#define FACILITY_LANES 16

/* What there is to choose from, and what has to be covered: the same. */
typedef struct Facility
{
	int count;  /* of vectors */
	int stride; /* count rounded up to FACILITY_LANES */
	int dims;   /* a multiple of ROWS_AT_ONCE */
	/*
	 * [dims][stride]: dimension by dimension, of length 1 or 0; zero beyond
	 * the last
	 */
	const float *vectors;
	/* what follows is scratch space */
	float *products;     /* [stride]: cosines with one of them */
	uint16_t *costs;     /* [stride][stride]: (1 - cosine)^2 of each pair */
	uint16_t *remaining; /* [stride]: the least cost of each so far */
	int32_t *gains;      /* [count] */
} Facility;

/* Bytes of that scratch space, if it begins with products. */
static inline size_t
facility_scratch_size(int stride)
{
	return (sizeof(float) + sizeof(int32_t) + sizeof(uint16_t)) * stride +
		   sizeof(uint16_t) * stride * stride;
}

/*
 * Chooses at most `most` of the vectors, one after the other that which lowers
 *
 *		sum over all w of (1 - greatest cosine of w and a chosen one)^2
 *
 * most, where cosines below 0 count as 0; the first of those that do so alike;
 * stops where that sum is at most enough * count. Returns how many, and their
 * numbers in chosen.
 */
extern int facility_choose(const Host *host, Facility *facility, int most,
						   double enough, int *chosen);

#endif
