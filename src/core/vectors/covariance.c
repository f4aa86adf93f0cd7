/*
 * covariance.c
 *		Mean and covariance of vectors that come one after the other.
 *
 * The sums are kept about the mean so far, which nothing cancels in: the
 * updates for one vector and for a set of vectors are those of Chan, Golub and
 * LeVeque (1983).
 */
#include "core/vectors/covariance.h"

#include <float.h>

#include "core/finite.h"

Covariance
covariance_view(int channels, double *numbers, double *change)
{
	return (Covariance){
		.channels = channels,
		.count = numbers,
		.mean = numbers + 1,
		.products = numbers + 1 + channels,
		.change = change,
	};
}

/* products += factor * change * change' */
VECTOR_CLONES static void
add_square(Covariance *covariance, double factor)
{
	const double *change = covariance->change;
	double *row = covariance->products;

	for (size_t i = 0; i < (size_t) covariance->channels; i++)
	{
		double scaled = factor * change[i];

		for (size_t j = 0; j <= i; j++)
			row[j] += scaled * change[j];
		row += i + 1;
	}
}

bool
covariance_add(Covariance *covariance, const float *vector, CoreError *error)
{
	double count = *covariance->count + 1;

	if (!check_finite(vector, covariance->channels, error, "vector"))
		return false;
	for (int c = 0; c < covariance->channels; c++)
	{
		covariance->change[c] = vector[c] - covariance->mean[c];
		covariance->mean[c] += covariance->change[c] / count;
	}
	add_square(covariance, (count - 1) / count);
	*covariance->count = count;
	return true;
}

void
covariance_merge(Covariance *covariance, const Covariance *other)
{
	double count = *covariance->count + *other->count;
	double share = count > 0 ? *other->count / count : 0;
	size_t products =
		covariance_size(covariance->channels) - 1 - covariance->channels;

	for (int c = 0; c < covariance->channels; c++)
	{
		covariance->change[c] = other->mean[c] - covariance->mean[c];
		covariance->mean[c] += covariance->change[c] * share;
	}
	for (size_t i = 0; i < products; i++)
		covariance->products[i] += other->products[i];
	add_square(covariance, *covariance->count * share);
	*covariance->count = count;
}

/* What sums of squares are divided by. */
static double
degrees_of_freedom(const Covariance *covariance)
{
	return *covariance->count > 1 ? *covariance->count - 1 : 1;
}

void
covariance_matrix(const Covariance *covariance, double *matrix)
{
	size_t channels = covariance->channels;
	double freedom = degrees_of_freedom(covariance);
	const double *product = covariance->products;

	for (size_t i = 0; i < channels; i++)
		for (size_t j = 0; j <= i; j++)
		{
			matrix[i * channels + j] = *product++ / freedom;
			matrix[j * channels + i] = matrix[i * channels + j];
		}
}

int
covariance_most_directions(const Covariance *covariance)
{
	double most = *covariance->count - 1;

	return most < covariance->channels ? (int) most : covariance->channels;
}

double
covariance_of_rounding(const Covariance *covariance)
{
	double freedom = degrees_of_freedom(covariance), greatest = 0;
	const double *square = covariance->products; /* of channel c */

	for (int c = 0; c < covariance->channels; c++)
	{
		double mean = covariance->mean[c];
		double size = mean * mean + *square / freedom;

		greatest = size > greatest ? size : greatest;
		square += c + 2;
	}
	/* twice the greatest error of a float is its share of its value */
	return greatest * FLT_EPSILON * FLT_EPSILON;
}
