/*
 * rounding.h
 *		Rounding to integers in a way that compilers vectorise.
 */
#ifndef INTSEARCH_ROUNDING_H
#define INTSEARCH_ROUNDING_H

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

#endif
