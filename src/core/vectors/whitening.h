/*
 * whitening.h
 *		Whitening: vectors in directions in which they vary alike, by their
 *		principal components.
 *
 * For vectors x with the mean m, whose covariance has the eigenvectors u_k and
 * the eigenvalues v_k, the largest first, the whitened vector is
 *
 *		(u_k . (x - m)) / sqrt(v_k)		for k = 1 to dims,
 *
 * normalised to unit length (Jegou and Chum 2012).  It is kept as dims rows of
 * channels + 1 numbers: u_k / sqrt(v_k), and then - u_k . m / sqrt(v_k). Where
 * the mean is far from zero, the last number of a row may need more digits
 * than a float has.  An element of the row is then changed, within its last
 * few bits, so that the product with the mean comes close to a float.
 *
 * A power p other than 1 divides by the deviation to that power, sqrt(v_k)^p:
 * 0 only rotates.
 */
#ifndef INTSEARCH_WHITENING_H
#define INTSEARCH_WHITENING_H

#include <stdint.h>

#include "core/host.h"

/*
 * Learning takes time that grows with the third power of the channels, and
 * cannot be interrupted.
 */
#define WHITENING_MOST_CHANNELS 4096

typedef struct Whitening
{
	const float *rows; /* [dims][channels + 1] */
	int dims;
	int channels;
} Whitening;

/* Of the covariance of vectors, in descending order of the variances. */
typedef struct PrincipalComponents
{
	int channels;
	const double *mean;       /* [channels] */
	const double *variances;  /* [dims] */
	const double *directions; /* [dims][channels], unit vectors, any sign */
	int most_directions;      /* that as many vectors can vary in */
	double rounding_variance; /* of what does not vary, but is rounded */
} PrincipalComponents;

/*
 * Fills rows, [dims][channels + 1]; power is between 0 and 1.  Refuses
 * directions in which nothing varies.
 */
extern bool
whitening_learn(float *rows, int dims, const PrincipalComponents *components,
				double power, CoreError *error);

/*
 * projected = W (x - factor * mean), [dims], for the vector x, [channels],
 * which is not normalised.  Refuses another number of channels.
 */
extern bool whitening_project(const Host *host, const Whitening *whitening,
							  const float *vector, int channels, double factor,
							  double *projected, CoreError *error);

/*
 * whitened = the vector, [channels], whitened and normalised, [dims].  *found
 * is false where it has no direction: whitened, it is zero. Refuses another
 * number of channels, and values that are not finite.
 */
extern bool whitening_apply(const Host *host, const Whitening *whitening,
							const float *vector, int channels,
							double *whitened, bool *found, CoreError *error);

#endif
