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

/* What the last number of a row may be off by, in deviations. */
#define BIAS_TOLERANCE 1e-6
/* Floats on either side of an element that are tried in its place. */
#define NEIGHBOURS 64

/* The channel in which the row's product with the mean is largest. */
static int
largest_part(const float *row, const double *mean, int channels)
{
	int largest = 0;

	for (int c = 1; c < channels; c++)
		if (fabs(row[c] * mean[c]) > fabs(row[largest] * mean[largest]))
			largest = c;
	return largest;
}

static double
bias_error(double product)
{
	return fabs(product - (float) product);
}

/*
 * Puts the float in place of row[c] that brings the row's product with the
 * mean, without it, nearest to a float; one within the tolerance will do.
 */
static void
choose_element(float *row, int c, double mean, double others, double tolerance)
{
	float best = row[c], below = best, above = best;
	double least = bias_error(others + best * mean);

	for (int i = 0; i < NEIGHBOURS && least > tolerance; i++)
	{
		below = nextafterf(below, -INFINITY);
		above = nextafterf(above, INFINITY);
		if (bias_error(others + below * mean) < least)
		{
			best = below;
			least = bias_error(others + best * mean);
		}
		if (bias_error(others + above * mean) < least)
		{
			best = above;
			least = bias_error(others + best * mean);
		}
	}
	row[c] = best;
}

/* Writes the row's last number: minus its product with the mean. */
static void
fill_bias(float *row, int channels, const double *mean, double tolerance)
{
	int largest = largest_part(row, mean, channels);
	double others = 0;

	for (int c = 0; c < channels; c++)
		others += c == largest ? 0 : row[c] * mean[c];
	choose_element(row, largest, mean[largest], others, tolerance);
	row[channels] = (float) -(others + row[largest] * mean[largest]);
}

/* What a direction of that deviation is multiplied by. */
static double
row_factor(double deviation, double power)
{
	double factor = 1 / deviation;

	/* whitens fully as it did before there were powers, to the last bit */
	return power == 1 ? factor : pow(factor, power);
}

/*
 * Row k, from direction k divided by its deviation to the power.  Of its two
 * signs, that in which the largest element is positive. False where a float is
 * too small for it.
 */
static bool
fill_row(float *row, const PrincipalComponents *components, int k,
		 double power)
{
	int channels = components->channels;
	const double *direction = components->directions + (size_t) k * channels;
	double deviation = sqrt(components->variances[k]);
	double largest = 0, factor;

	for (int c = 0; c < channels; c++)
		if (fabs(direction[c]) > fabs(largest))
			largest = direction[c];
	factor = copysign(row_factor(deviation, power), largest);
	for (int c = 0; c < channels; c++)
		row[c] = (float) (direction[c] * factor);
	fill_bias(row, channels, components->mean,
			  BIAS_TOLERANCE * pow(deviation, 1 - power));
	for (int c = 0; c <= channels; c++)
		if (!isfinite(row[c]))
			return false;
	return true;
}

/* The number of directions, up to dims, in which the vectors vary. */
static int
count_varying(const PrincipalComponents *components, int dims)
{
	/*
	 * what is left of a direction without variance by the rounding of the
	 * eigenproblem, and of the vectors
	 */
	double nothing =
		fmax(components->variances[0] * components->channels * DBL_EPSILON,
			 components->rounding_variance);
	int most = dims < components->most_directions
				   ? dims
				   : components->most_directions;
	int varying = 0;

	while (varying < most && components->variances[varying] > nothing)
		varying++;
	return varying;
}

bool
whitening_learn(float *rows, int dims, const PrincipalComponents *components,
				double power, CoreError *error)
{
	size_t channels = components->channels;
	int varying = count_varying(components, dims);

	if (varying < dims)
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"vectors vary in %d directions, fewer than the %d dimensions wanted",
			varying, dims);
	for (int k = 0; k < dims; k++)
		if (!fill_row(rows + k * (channels + 1), components, k, power))
			return core_error(
				error, ERROR_NOT_FINITE,
				"vectors vary too little in direction %d, by %g, to divide by that",
				k + 1, sqrt(components->variances[k]));
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
