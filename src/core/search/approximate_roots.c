/*
 * approximate_roots.c
 *		Roots of sums of powers, many at a time.
 */
#include "core/search/approximate_roots.h"

#include <stdint.h>
#include <string.h>

#include "core/host.h"

/*
 * The logarithm in double precision.  With m the mantissa, from sqrt(1/2) to
 * sqrt(2), and s = (m - 1) / (m + 1),
 *
 *		log2(m) = 2 / ln(2) * (s + s^3/3 + s^5/5 + ...),
 *
 * where |s| < 0.172, so that what follows s^21 is below 1e-18.
 */
static inline double
logarithm_of_double(uint64_t bits)
{
	/* the bits of sqrt(1/2), from which the exponent counts */
	const uint64_t half = UINT64_C(0x3fe6a09e667f3bcd);
	uint64_t above = bits - half + (UINT64_C(1023) << 52);
	/* 2^52 and the exponent, biased by 1023 */
	uint64_t exponent_bits = (above >> 52) | UINT64_C(0x4330000000000000);
	uint64_t mantissa_bits = (above & UINT64_C(0x000fffffffffffff)) + half;
	double exponent, mantissa, s, square, fourth, even, odd;

	memcpy(&exponent, &exponent_bits, sizeof(exponent));
	memcpy(&mantissa, &mantissa_bits, sizeof(mantissa));
	s = (mantissa - 1) / (mantissa + 1);
	square = s * s;
	fourth = square * square;
	even = 1.0 / 21;
	even = even * fourth + 1.0 / 17;
	even = even * fourth + 1.0 / 13;
	even = even * fourth + 1.0 / 9;
	even = even * fourth + 1.0 / 5;
	even = even * fourth + 1;
	odd = 1.0 / 19;
	odd = odd * fourth + 1.0 / 15;
	odd = odd * fourth + 1.0 / 11;
	odd = odd * fourth + 1.0 / 7;
	odd = odd * fourth + 1.0 / 3;
	return (exponent - (0x1p52 + 1023)) +
		   2.885390081777926815 * (s * (even + square * odd));
}

/*
 * 2^exponent in double precision: with x = ln(2) times the distance to the
 * nearest whole number, at most 0.347, the series of e^x up to x^13, what
 * follows being below 1e-17.
 */
static inline uint64_t
bits_of_double_power(double exponent)
{
	/* rounds to the nearest whole number, which is in the last bits */
	double shifted = exponent + 0x1.8p52;
	double x = (exponent - (shifted - 0x1.8p52)) * 0.693147180559945309;
	double square = x * x;
	double odd = 1.0 / 6227020800;
	double even, power;
	uint64_t whole, bits;

	odd = odd * square + 1.0 / 39916800;
	odd = odd * square + 1.0 / 362880;
	odd = odd * square + 1.0 / 5040;
	odd = odd * square + 1.0 / 120;
	odd = odd * square + 1.0 / 6;
	odd = odd * square + 1;
	even = 1.0 / 479001600;
	even = even * square + 1.0 / 3628800;
	even = even * square + 1.0 / 40320;
	even = even * square + 1.0 / 720;
	even = even * square + 1.0 / 24;
	even = even * square + 1.0 / 2;
	power = even * square + 1 + odd * x;
	memcpy(&whole, &shifted, sizeof(whole));
	memcpy(&bits, &power, sizeof(bits));
	return bits + (whole << 52);
}

/*
 * Beside the series, the exponent of the root is rounded, below 2^6, and has
 * the rounding of the logarithm: together less than 2^7 units of 2^-53.
 */
VECTOR_CLONES void
precise_roots(const double *sums, int count, double exponent, double *out)
{
	double inverse = 1 / exponent;

	for (int c = 0; c < count; c++)
	{
		uint64_t bits, root_bits;

		memcpy(&bits, &sums[c], sizeof(bits));
		root_bits = bits_of_double_power(logarithm_of_double(bits) * inverse);
		/* the root of zero is zero */
		root_bits &= -(uint64_t) (bits != 0);
		memcpy(&out[c], &root_bits, sizeof(root_bits));
	}
}

/*
 * Logarithms are below 2^10, and so are rounded by less than 2^-42, beside
 * what the series leaves.
 */
VECTOR_CLONES void
precise_logarithms(const double *values, int count, double *out)
{
	for (int i = 0; i < count; i++)
	{
		uint64_t bits;

		memcpy(&bits, &values[i], sizeof(bits));
		out[i] = logarithm_of_double(bits);
	}
}
