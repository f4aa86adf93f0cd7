/*
 * covariance.h
 *		Mean and covariance of vectors that come one after the other.
 */
#ifndef INTSEARCH_COVARIANCE_H
#define INTSEARCH_COVARIANCE_H

#include <stdint.h>

#include "core/host.h"

/*
 * Numbers that lie where the caller keeps them, all zero where there are no
 * vectors yet; change is scratch space.
 */
typedef struct Covariance
{
	int channels;
	double *count; /* of vectors */
	double *mean;  /* [channels] */
	/*
	 * [channels][1 to channels]: sums of (x - mean)[i] * (x - mean)[j], j <= i
	 */
	double *products;
	double *change; /* [channels] */
} Covariance;

/* Number of numbers of a covariance. */
static inline size_t
covariance_size(int channels)
{
	return 1 + (size_t) channels + (size_t) channels * (channels + 1) / 2;
}

/*
 * A view of numbers, [covariance_size(channels)], and of scratch space,
 * [channels].
 */
extern Covariance
covariance_view(int channels, double *numbers, double *change);

/* Adds a vector, [channels]; refuses values that are not finite. */
extern bool
covariance_add(Covariance *covariance, const float *vector, CoreError *error);

/* Adds all vectors of another covariance of as many channels. */
extern void covariance_merge(Covariance *covariance, const Covariance *other);

/*
 * matrix = covariance, [channels][channels], all of it; 0 where there are
 * fewer than two vectors.
 */
extern void covariance_matrix(const Covariance *covariance, double *matrix);

/* The directions that as many vectors can vary in: one less than there are. */
extern int covariance_most_directions(const Covariance *covariance);

/*
 * The variance that the rounding of vectors to floats may leave in a direction
 * in which they do not vary.
 */
extern double covariance_of_rounding(const Covariance *covariance);

#endif
