/*
 * approximate_roots.c
 *		Roots of sums of powers, many at a time.
 *
 * The logarithm and the power of two are polynomials that interpolate at
 * Chebyshev's points: of (log2(1 + u)) / u and of 2^f, u and f from 0 to 1.
 */
#include "core/search/approximate_roots.h"

#include <stdint.h>
#include <string.h>

#include "core/host.h"

/* log2(sum / SUM_UNIT) of a float's bits; finite also for 0. */
static inline float
logarithm_of_bits(int32_t bits)
{
	int32_t mantissa_bits = (bits & 0x007fffff) | 0x3f800000;
	float mantissa, square, polynomial;

	memcpy(&mantissa, &mantissa_bits, sizeof(mantissa));
	mantissa -= 1;
	square = mantissa * mantissa;
	polynomial = (1.442692983f - 0.721144092f * mantissa) +
				 square * ((0.477496364f - 0.338377198f * mantissa) +
						   square * ((0.213943212f - 0.094626810f * mantissa) +
									 square * 0.020016650f));
	return (float) ((bits >> 23) - 227) + polynomial * mantissa;
}

/* The bits of the float 2^exponent; the exponent is above -256. */
static inline int32_t
bits_of_power(float exponent)
{
	/* the floor */
	int whole = (int) (exponent + 256) - 256;
	float rest = exponent - (float) whole;
	float square = rest * rest;
	float power = (1.000003493f + 0.692972922f * rest) +
				  square * ((0.241604357f + 0.051744998f * rest) +
							square * 0.013670309f);
	int32_t bits;

	memcpy(&bits, &power, sizeof(bits));
	return bits + whole * (1 << 23);
}

VECTOR_CLONES void
approximate_roots(const float *sums, int count, double exponent, float *out)
{
	float inverse = (float) (1 / exponent);

	for (int c = 0; c < count; c++)
	{
		int32_t bits, root_bits;

		memcpy(&bits, &sums[c], sizeof(bits));
		root_bits = bits_of_power(logarithm_of_bits(bits) * inverse);
		/* the root of zero is zero */
		root_bits &= -(bits != 0);
		memcpy(&out[c], &root_bits, sizeof(root_bits));
	}
}
