/*
 * unit_vector.c
 *		Vectors divided by their norm.
 */
#include "core/vectors/unit_vector.h"

#include <math.h>

bool
unit_vector(const double *vector, int count, float *unit)
{
	double square = 0, norm;

	for (int i = 0; i < count; i++)
		square += vector[i] * vector[i];
	norm = sqrt(square);
	if (!(norm > 0))
		return false;
	for (int i = 0; i < count; i++)
		unit[i] = (float) (vector[i] / norm);
	return true;
}
