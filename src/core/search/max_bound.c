/*
 * max_bound.c
 *		An upper bound of the score of greatest codes, in single precision.
 *
 * With the codes m, whole numbers that a float holds exactly, the weights w_c
 * = q_c s_c and the scales s_c, |q| = 1, the score is w . m / |s m|.  It does
 * not depend on the unit of the scales, here the greatest of them.
 *
 * With u = 2^-24, a partial sum has n = stride / SQUARE_LANES terms, and five
 * additions put the partial sums together.  The rounding of weights, of their
 * products, and the additions move the numerator by at most (n + 5 + 2) u
 * times the sum of |w_c m_c|, which is at most |q| |s m|.  The rounding of
 * scales and of their products counts twice in a square, so the square's
 * relative error is at most (n + 5 + 5) u, and the norm's half of that.  So
 * the quotient is within
 *
 *		(n + 7) u + (n + 10) u / 2 <= 1.5 (n + 10) u
 *
 * of the score, but for products of errors and for what else is rounded in
 * double precision, for which 1 % more is plenty.
 *
 * Scales, weights and products below the normal floats are off by no more than
 * 2^-126, also after the scale is multiplied with a code below 2^24.  Where
 * the square is at least LEAST_SQUARE, that is nothing beside u.  Where it is
 * not, the bound is 1.
 */
#include "core/search/max_bound.h"

#include <math.h>

#define LEAST_SQUARE 0x1p-80f

void
max_bound_prepare(const Host *host, MaxBound *bound, const Scorer *scorer)
{
	int stride = scorer->stride;
	int terms = stride / SQUARE_LANES;
	double unit = scorer->greatest_scale;

	bound->stride = stride;
	bound->weights =
		scratch_reserve(host, &bound->space, 2 * sizeof(float) * stride);
	bound->scales = bound->weights + stride;
	for (int c = 0; c < stride; c++)
	{
		bound->scales[c] = (float) (scorer->scales[c] / unit);
		bound->weights[c] = (float) (scorer->weights[c] / unit);
	}
	bound->error = 1.01 * 1.5 * (terms + 10) * 0x1p-24;
}

double
max_bound_score(const MaxBound *bound, const Kernels *kernels,
				const float *codes)
{
	float numerator, square;

	kernels->cosine_parts_float(codes, bound->weights, bound->scales,
								bound->stride, &numerator, &square);
	if (square < LEAST_SQUARE)
		return 1;
	return fmin(numerator / sqrt((double) square) + bound->error, 1);
}
