/*
 * box_sides_plain.h
 *		Sides of boxes and sums over them, in plain C.
 */
#include "core/bits.h"
#include "core/kernels/root_polynomials.h"

/* sum^inverse, of a sum that is not 0; see root_polynomials.h. */
static inline float
plain_root(float sum, float inverse)
{
	uint32_t bits = float_bits(sum);
	float mantissa = float_from_bits((bits & 0x007fffff) | 0x3f800000);
	float exponent = (float) (bits >> 23);
	float logarithm = LOG_4 * mantissa + LOG_3;
	float shifted, rest, power;

	logarithm = logarithm * mantissa + LOG_2;
	logarithm = logarithm * mantissa + LOG_1;
	logarithm = logarithm * mantissa + LOG_0;
	logarithm = (logarithm + exponent) * inverse;
	shifted = logarithm + ROUND_TO_WHOLE;
	rest = logarithm - (shifted - ROUND_TO_WHOLE);
	power = EXP_3 * rest + EXP_2;
	power = power * rest + EXP_1;
	power = power * rest + EXP_0;
	return float_from_bits(float_bits(power) + (float_bits(shifted) << 23));
}

/* The same for 1/3. */
static inline float
plain_cube_root(float sum)
{
	float inverse = float_from_bits(
		(uint32_t) (int32_t) (INVERSE_CUBE_ROOT -
							  (float) (int32_t) float_bits(sum) * (1.0f / 3)));
	float root = sum * (inverse * inverse);
	float cube = root * inverse;

	return root * (CUBE_0 + cube * (CUBE_1 + cube * CUBE_2));
}

static void
sides_of_powers(const float *const *parts, int count, const PowerSides *sides,
				int stride, int16_t *out)
{
	bool is_cube = sides->exponent == 3;

	for (int c = 0; c < stride; c++)
	{
		float sum = parts[0][c];
		float root;

		if (count > 1)
			sum += parts[1][c];
		if (count == 3)
			sum += parts[2][c];
		if (count == 4)
			sum += parts[2][c] + parts[3][c];
		root =
			is_cube ? plain_cube_root(sum) : plain_root(sum, sides->inverse);
		out[c] = 0;
		if (sum != 0)
			out[c] =
				(int16_t) ((int) (root * sides->factors[c]) + sides->offset);
	}
}

static void
sides_of_codes(const uint8_t *codes, const int16_t *factors, int offset,
			   int stride, bool is_signed, int16_t *out)
{
	for (int c = 0; c < stride; c++)
	{
		int code = is_signed ? (int8_t) codes[c] : codes[c];
		int shifted = code * (1 << CODE_SHIFT);

		out[c] =
			code == 0 ? 0 : (int16_t) ((shifted * factors[c] >> 16) + offset);
	}
}

static void
box_parts(const BoxQuery *query, const int16_t *low, const int16_t *high,
		  BoxParts *parts)
{
	*parts = (BoxParts){0};
	for (int c = 0; c < query->stride; c++)
	{
		int target = query->target[c];
		int nearest = target > low[c] ? target : low[c];
		int least = low[c], greatest = high[c];

		nearest = nearest < high[c] ? nearest : high[c];
		if (query->is_signed)
		{
			least = low[c] > 0 ? low[c] : high[c] < 0 ? -high[c] : 0;
			greatest = high[c] > -low[c] ? high[c] : -low[c];
		}
		parts->product += nearest * query->query[c];
		parts->square += nearest * nearest;
		parts->least_square += least * least;
		parts->greatest_square += greatest * greatest;
	}
}
