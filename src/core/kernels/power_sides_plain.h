/*
 * power_sides_plain.h
 *		Sums of powers and sides of boxes that are made from them, in plain C.
 *		short_sides_of_sums() is that of the file of kernels.
 */
#include "core/bits.h"
#include "core/kernels/root_polynomials.h"

/* Sums -------------------------------------------------------------------- */

static inline float
sum_of_short(uint16_t power, int dropped)
{
	return float_from_bits((uint32_t) power << dropped);
}

static inline uint16_t
sum_in_short(float sum, int dropped)
{
	return (uint16_t) ((float_bits(sum) + (1u << dropped) - 1) >> dropped);
}

/* Adds channel c of up to four parts. */
static inline float
sum_of_parts(const uint16_t *const *parts, int count, int dropped, int c)
{
	float sum = sum_of_short(parts[0][c], dropped);

	if (count > 1)
		sum += sum_of_short(parts[1][c], dropped);
	if (count == 3)
		sum += sum_of_short(parts[2][c], dropped);
	if (count == 4)
		sum += sum_of_short(parts[2][c], dropped) +
			   sum_of_short(parts[3][c], dropped);
	return sum;
}

static void
add_powers(const uint16_t *const *parts, int count, int dropped, int stride,
		   uint16_t *out)
{
	for (int c = 0; c < stride; c++)
		out[c] = sum_in_short(sum_of_parts(parts, count, dropped, c), dropped);
}

static void
run_powers(const uint16_t *pieces, ptrdiff_t step, int count, int dropped,
		   int stride, uint16_t *out, ptrdiff_t out_step)
{
	for (int c = 0; c < stride; c++)
	{
		float sum = sum_of_short(pieces[c], dropped);

		for (int i = 1; i < count; i++)
		{
			sum += sum_of_short(pieces[i * step + c], dropped);
			out[i * out_step + c] = sum_in_short(sum, dropped);
		}
	}
}

/* Roots ------------------------------------------------------------------- */

/* sum^inverse, of a sum that is not 0; see root_polynomials.h. */
static inline float
plain_root(float sum, float inverse)
{
	uint32_t bits = float_bits(sum);
	float mantissa = float_from_bits((bits & 0x007fffff) | 0x3f800000);
	float exponent = (float) (bits >> 23);
	float logarithm, shifted, rest, power;

	logarithm = LOG_4 * mantissa + LOG_3;
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
	uint32_t third = (float_bits(sum) >> 16) * THIRD & 0xffff0000;
	float inverse = float_from_bits(INVERSE_CUBE_ROOT - third);
	float root = sum * (inverse * inverse);
	float cube = root * inverse;

	return root * (CUBE_0 + cube * (CUBE_1 + cube * CUBE_2));
}

/* The sums, and then the roots of these. */
static void
short_sides(const uint16_t *const *parts, int count, const PowerSides *sides,
			int stride, int16_t *out)
{
	for (int c = 0; c < stride; c++)
	{
		float sum = sum_of_parts(parts, count, sides->dropped, c);

		out[c] = (int16_t) ((float_bits(sum) + (unsigned) sides->below) >>
							sides->dropped);
	}
	short_sides_of_sums(sides, stride, out);
}

static void
sides_of_powers(const uint16_t *const *parts, int count,
				const PowerSides *sides, int stride, int16_t *out)
{
	if (sides->kind == ROOT_SHORT)
	{
		short_sides(parts, count, sides, stride, out);
		return;
	}
	for (int c = 0; c < stride; c++)
	{
		float sum = sum_of_parts(parts, count, sides->dropped, c);
		float root = sides->kind == ROOT_CUBE
						 ? plain_cube_root(sum)
						 : plain_root(sum, sides->inverse);

		out[c] = 0;
		if (sum != 0)
			out[c] =
				(int16_t) ((int) (root * sides->factors[c]) + sides->offset);
	}
}
