/*
 * facility.h
 *		Greedy facility location over unit vectors.
 */
#ifndef INTSEARCH_FACILITY_H
#define INTSEARCH_FACILITY_H

#include "core/host.h"

/* Vectors are padded to a multiple of so many, and so are their dimensions. */
#define FACILITY_LANES 16
#define FACILITY_DIMS  8

/* What there is to choose from, and what has to be covered: the same. */
typedef struct Facility
{
	int count;  /* of vectors */
	int stride; /* count rounded up to FACILITY_LANES */
	int dims;   /* a multiple of FACILITY_DIMS */
	/*
	 * [dims][stride]: dimension by dimension, of length 1 or 0; zero beyond
	 * the last
	 */
	const float *vectors;
	/* [stride][stride]: scratch space, then (1 - cosine)^2 of each pair */
	float *costs;
	float *remaining; /* [stride]: scratch space, then what is left of each */
	float *gains;     /* [count]: scratch space */
} Facility;

/*
 * Chooses at most `most` of the vectors, one after the other that which lowers
 *
 *		sum over all w of (1 - greatest cosine of w and a chosen one)^2
 *
 * most, the first of those that do so alike; stops where that sum is at most
 * enough * count. Returns how many, and their numbers in chosen.
 */
extern int facility_choose(const Host *host, Facility *facility, int most,
						   double enough, int *chosen);

#endif
