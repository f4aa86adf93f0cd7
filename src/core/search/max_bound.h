/*
 * max_bound.h
 *		An upper bound of the score of greatest codes, in single precision.
 */
#ifndef INTSEARCH_MAX_BOUND_H
#define INTSEARCH_MAX_BOUND_H

#include "core/search/score.h"

typedef struct MaxBound
{
	int stride;
	float *weights; /* [stride]: those of the scorer, for each unit */
	float *scales;  /* [stride]: the greatest is 1 */
	double error;   /* of a score */
	Scratch space;
} MaxBound;

/* Prepares for the scorer's query. */
extern void
max_bound_prepare(const Host *host, MaxBound *bound, const Scorer *scorer);

/*
 * At least what scorer_score_pooled() makes of these codes, [stride], each a
 * whole number below 2^24.
 */
extern double max_bound_score(const MaxBound *bound, const Kernels *kernels,
							  const float *codes);

#endif
