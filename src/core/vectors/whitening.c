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
 * mean, without it, nearest to a float; the element itself if that will do.
 */
static void
choose_element(float *row, int c, double mean, double others)
{
	float best = row[c], below = best, above = best;
	double least = bias_error(others + best * mean);

	for (int i = 0; i < NEIGHBOURS && least > BIAS_TOLERANCE; i++)
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
fill_bias(float *row, int channels, const double *mean)
{
	int largest = largest_part(row, mean, channels);
	double others = 0;

	for (int c = 0; c < channels; c++)
		others += c == largest ? 0 : row[c] * mean[c];
	choose_element(row, largest, mean[largest], others);
	row[channels] = (float) -(others + row[largest] * mean[largest]);
}

/*
 * One row, from a direction divided by its deviation.  Of its two signs, that
 * in which the largest element is positive. False where a float is too small
 * for it.
 */
static bool
fill_row(float *row, int channels, const double *mean, double variance,
		 const double *direction)
{
	double largest = 0, factor;

	for (int c = 0; c < channels; c++)
		if (fabs(direction[c]) > fabs(largest))
			largest = direction[c];
	factor = copysign(1 / sqrt(variance), largest);
	for (int c = 0; c < channels; c++)
		row[c] = (float) (direction[c] * factor);
	fill_bias(row, channels, mean);
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
				CoreError *error)
{
	size_t channels = components->channels;
	int varying = count_varying(components, dims);

	if (varying < dims)
		return core_error(
			error, ERROR_INVALID_PARAMETER,
			"vectors vary in %d directions, fewer than the %d dimensions wanted",
			varying, dims);
	for (int k = 0; k < dims; k++)
		if (!fill_row(rows + k * (channels + 1), (int) channels,
					  components->mean, components->variances[k],
					  components->directions + k * channels))
			return core_error(
				error, ERROR_NOT_FINITE,
				"vectors vary too little in direction %d, by %g, to divide by that",
				k + 1, sqrt(components->variances[k]));
	return true;
}

bool
whitening_apply(const Host *host, const Whitening *whitening,
				const float *vector, int channels, double *whitened,
				bool *found, CoreError *error)
{
	double square = 0, norm;

	if (channels != whitening->channels)
		return core_error(
			error, ERROR_CHANNELS,
			"different numbers of channels: vector has %d, whitening is for %d",
			channels, whitening->channels);
	for (int k = 0; k < whitening->dims; k++)
	{
		const float *row = whitening->rows + (size_t) k * (channels + 1);

		host_check(host);
		whitened[k] = product(row, vector, channels) + row[channels];
		square += whitened[k] * whitened[k];
	}
	norm = sqrt(square);
	if (!isfinite(norm))
		return core_error(error, ERROR_NOT_FINITE,
						  "vector or whitening has NaN or an infinite value");
	*found = norm > 0;
	for (int k = 0; *found && k < whitening->dims; k++)
		whitened[k] /= norm;
	return true;
}
