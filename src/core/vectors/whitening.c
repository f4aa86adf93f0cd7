/*
 * whitening.c
 *		Whitening: vectors in directions in which they vary alike, by their
 *		principal components.
 */
#include "core/vectors/whitening.h"

#include <float.h>
#include <math.h>

/* Partial sums of a product: enough to fill the compiler's vectors. */
#define LANES 8

/*
 * The products are summed in an order that no compiler changes, so that every
 * machine has the same.
 */
VECTOR_CLONES static double
product(const float *row, const float *vector, size_t channels)
{
	double sums[LANES] = {0};
	size_t c = 0;

	for (; c + LANES <= channels; c += LANES)
		for (size_t i = 0; i < LANES; i++)
			sums[i] += (double) row[c + i] * vector[c + i];
	for (size_t i = 0; c + i < channels; i++)
		sums[i] += (double) row[c + i] * vector[c + i];
	return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
		   ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/*
 * One row, from a direction times a factor.  Of its two signs, that in which
 * the largest element is positive. False where a float is too small for it.
 */
static bool
fill_row(float *row, int channels, const double *mean, double factor,
		 const double *direction)
{
	double largest = 0, product = 0;

	for (int c = 0; c < channels; c++)
		if (fabs(direction[c]) > fabs(largest))
			largest = direction[c];
	factor = copysign(factor, largest);
	for (int c = 0; c < channels; c++)
	{
		row[c] = (float) (direction[c] * factor);
		product += row[c] * mean[c];
	}
	row[channels] = (float) -product;
	for (int c = 0; c <= channels; c++)
		if (!isfinite(row[c]))
			return false;
	return true;
}

/* What a direction of that variance is multiplied by. */
static double
row_factor(double variance, double power)
{
	double factor = 1 / sqrt(variance);

	/* whitens fully as it did before there were powers, to the last bit */
	return power == 1 ? factor : pow(factor, power);
}

bool
whitening_learn(float *rows, int dims, int channels, double power,
				const double *mean, const double *variances,
				const double *directions, CoreError *error)
{
	/*
	 * what is left of a direction without variance by the rounding of the
	 * eigenproblem
	 */
	double nothing = variances[0] * channels * DBL_EPSILON;
	int varying = 0;

	while (varying < dims && variances[varying] > nothing)
		varying++;
	if (varying < dims)
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"vectors vary in %d directions, fewer than the %d dimensions wanted",
			varying, dims);
	for (int k = 0; k < dims; k++)
		if (!fill_row(rows + (size_t) k * (channels + 1), channels, mean,
					  row_factor(variances[k], power),
					  directions + (size_t) k * channels))
			return core_error(
				error, ERROR_NOT_FINITE,
				"vectors vary too little in direction %d, by %g, to divide by that",
				k + 1, sqrt(variances[k]));
	return true;
}

bool
whitening_project(const Host *host, const Whitening *whitening,
				  const float *vector, int channels, double factor,
				  double *projected, CoreError *error)
{
	if (channels != whitening->channels)
		return core_error(
			error, ERROR_CHANNELS,
			"different numbers of channels: vector has %d, whitening is for %d",
			channels, whitening->channels);
	for (int k = 0; k < whitening->dims; k++)
	{
		const float *row = whitening->rows + (size_t) k * (channels + 1);

		host_check(host);
		projected[k] = product(row, vector, channels) + factor * row[channels];
	}
	return true;
}

bool
whitening_apply(const Host *host, const Whitening *whitening,
				const float *vector, int channels, double *whitened,
				bool *found, CoreError *error)
{
	double square = 0, norm;

	if (!whitening_project(host, whitening, vector, channels, 1, whitened,
						   error))
		return false;
	for (int k = 0; k < whitening->dims; k++)
		square += whitened[k] * whitened[k];
	norm = sqrt(square);
	if (!isfinite(norm))
		return core_error(error, ERROR_NOT_FINITE,
						  "vector or whitening has NaN or an infinite value");
	*found = norm > 0;
	for (int k = 0; *found && k < whitening->dims; k++)
		whitened[k] /= norm;
	return true;
}
