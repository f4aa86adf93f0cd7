/*
 * rounding.h
 *		Rounding to integers in a way that compilers vectorise, and to floats.
 */
#ifndef INTSEARCH_ROUNDING_H
#define INTSEARCH_ROUNDING_H

#include <float.h>
#include <stdint.h>
#include <string.h>

/*
 * To nearest, ties to even, for |value| < 2^31: the addition leaves the
 * integer in the low 32 bits, in two's complement.
 */
static inline uint64_t
nearest_integer(double value)
{
	double sum = value + 0x1.8p52;
	uint64_t bits;

	memcpy(&bits, &sum, sizeof(bits));
	return bits;
}

/*
 * To a float; beyond the greatest one that is infinity.  What no float is
 * small enough for is the least of them, so that a map of nothing else is not
 * taken for one of zeros.
 */
static inline float
nearest_float(double value)
{
	float nearest = (float) value;

	return nearest == 0 && value != 0 ? FLT_TRUE_MIN : nearest;
}

#endif
