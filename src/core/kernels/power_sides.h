/*
 * power_sides.h
 *		Sums of powers and sides of boxes that are made from them, on vectors
 *		of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	LANES			of Floats and of Ints
 *	all_lanes, floats_of
 *					see kernels_select.h; the arithmetic of Floats is that of C
 *	Halves, store_halves
 *					see box_sides.h
 *	PowerShift, power_shift
 *					a number of bits, in the form that these take it:
 *	load_sums		2 * LANES numbers of 16 bits, shifted to the left, as
 *					SumPair: Floats each, in the order that these have, too:
 *	store_sums		Ints, shifted to the right
 *	store_sides		Ints, 0 to 65535
 *	load_factors	2 * LANES floats
 *	bits_of, floats_of_bits, all_ints
 *	and_ints, or_ints, add_ints, subtract_ints
 *	exponent_of		bits shifted to the right by 23, and
 *	as_exponent		to the left
 *	high_products	the high halves of products of 16 bits without a sign,
 *					2 * LANES of them in Ints
 *	whole_of		floats to integers, towards zero
 *	keep_where		Ints, 0 where other Ints are
 *	short_sides_of_sums
 *					sides by short roots (short_roots.h), in place of sums in 16
 *					bits
 */
#include "core/kernels/root_polynomials.h"

/* Sums -------------------------------------------------------------------- */

TARGET static inline __attribute__((always_inline)) SumPair
add_pairs(SumPair sums, SumPair more)
{
	return (SumPair){sums.first + more.first, sums.second + more.second};
}

/* Adds 2 * LANES of up to four parts, from channel c on. */
TARGET static inline __attribute__((always_inline)) SumPair
sum_of_parts(const uint16_t *const *parts, int count, PowerShift shift, int c)
{
	SumPair sums = load_sums(parts[0] + c, shift);

	if (count > 1)
		sums = add_pairs(sums, load_sums(parts[1] + c, shift));
	if (count == 3)
		sums = add_pairs(sums, load_sums(parts[2] + c, shift));
	if (count == 4)
		sums = add_pairs(sums, add_pairs(load_sums(parts[2] + c, shift),
										 load_sums(parts[3] + c, shift)));
	return sums;
}

/* Adds to the bits of what is stored, some of which are dropped. */
TARGET static inline __attribute__((always_inline)) void
store_short(uint16_t *to, SumPair sums, PowerShift shift, Ints below)
{
	store_sums(to, add_ints(bits_of(sums.first), below),
			   add_ints(bits_of(sums.second), below), shift);
}

/* Storing may change what is in memory, for all the compiler knows. */
TARGET static inline __attribute__((always_inline)) void
add_parts_of_powers(const uint16_t *const *parts, int count, int dropped,
					int rounding, int stride, uint16_t *out)
{
	PowerShift shift = power_shift(dropped);
	Ints below = all_ints(rounding);
	const uint16_t *own[4] = {parts[0]};

	for (int i = 1; i < count; i++)
		own[i] = parts[i];
	for (int c = 0; c < stride; c += 2 * LANES)
		store_short(out + c, sum_of_parts(own, count, shift, c), shift, below);
}

/* add_powers(), with another rounding. */
TARGET static inline void
add_rounded(const uint16_t *const *parts, int count, int dropped, int rounding,
			int stride, uint16_t *out)
{
	if (count == 1)
		add_parts_of_powers(parts, 1, dropped, rounding, stride, out);
	else if (count == 2)
		add_parts_of_powers(parts, 2, dropped, rounding, stride, out);
	else if (count == 3)
		add_parts_of_powers(parts, 3, dropped, rounding, stride, out);
	else
		add_parts_of_powers(parts, 4, dropped, rounding, stride, out);
}

TARGET static void
add_powers(const uint16_t *const *parts, int count, int dropped, int stride,
		   uint16_t *out)
{
	add_rounded(parts, count, dropped, (1 << dropped) - 1, stride, out);
}

TARGET static void
run_powers(const uint16_t *pieces, ptrdiff_t step, int count, int dropped,
		   int stride, uint16_t *out, ptrdiff_t out_step)
{
	PowerShift shift = power_shift(dropped);
	Ints below = all_ints((1 << dropped) - 1);

	for (int c = 0; c < stride; c += 2 * LANES)
	{
		const uint16_t *piece = pieces + c;
		uint16_t *to = out + c;
		SumPair sums = load_sums(piece, shift);

		for (int i = 1; i < count; i++)
		{
			piece += step;
			to += out_step;
			sums = add_pairs(sums, load_sums(piece, shift));
			store_short(to, sums, shift, below);
		}
	}
}

/* Roots ------------------------------------------------------------------- */

/* See plain_root(), of which this is LANES at a time. */
TARGET static inline __attribute__((always_inline)) Floats
root_of_sums(Floats sums, Floats inverse)
{
	Ints bits = bits_of(sums);
	Floats mantissa = floats_of_bits(
		or_ints(and_ints(bits, all_ints(0x007fffff)), all_ints(0x3f800000)));
	Floats exponent = floats_of(exponent_of(bits));
	Floats logarithm, shifted, rest, power;

	logarithm = all_lanes(LOG_4) * mantissa + all_lanes(LOG_3);
	logarithm = logarithm * mantissa + all_lanes(LOG_2);
	logarithm = logarithm * mantissa + all_lanes(LOG_1);
	logarithm = logarithm * mantissa + all_lanes(LOG_0);
	logarithm = (logarithm + exponent) * inverse;
	shifted = logarithm + all_lanes(ROUND_TO_WHOLE);
	rest = logarithm - (shifted - all_lanes(ROUND_TO_WHOLE));
	power = all_lanes(EXP_3) * rest + all_lanes(EXP_2);
	power = power * rest + all_lanes(EXP_1);
	power = power * rest + all_lanes(EXP_0);
	return floats_of_bits(
		add_ints(bits_of(power), as_exponent(bits_of(shifted))));
}

/* See plain_cube_root(). */
TARGET static inline Floats
cube_root_of_sums(Floats sums)
{
	Floats inverse = floats_of_bits(
		subtract_ints(all_ints(INVERSE_CUBE_ROOT),
					  high_products(bits_of(sums), all_ints(THIRD << 16))));
	Floats root = sums * (inverse * inverse);
	Floats cube = root * inverse;

	return root * (all_lanes(CUBE_0) +
				   cube * (all_lanes(CUBE_1) + cube * all_lanes(CUBE_2)));
}

/* What sides are made by, in registers. */
typedef struct SideLanes
{
	PowerShift shift;
	Ints offset;
	Floats inverse;
} SideLanes;

/* LANES sides. */
TARGET static inline __attribute__((always_inline)) Ints
sides_of_sums(Floats sums, RootKind kind, const SideLanes *lanes,
			  Floats factors)
{
	Floats roots = kind == ROOT_CUBE ? cube_root_of_sums(sums)
									 : root_of_sums(sums, lanes->inverse);

	return keep_where(bits_of(sums),
					  add_ints(whole_of(roots * factors), lanes->offset));
}

TARGET static inline __attribute__((always_inline)) void
sides_of_parts(const uint16_t *const *parts, int count, RootKind kind,
			   const PowerSides *sides, int stride, int16_t *out)
{
	SideLanes lanes = {power_shift(sides->dropped), all_ints(sides->offset),
					   all_lanes(sides->inverse)};
	const float *factors = sides->factors;
	const uint16_t *own[4] = {parts[0]};

	for (int i = 1; i < count; i++)
		own[i] = parts[i];
	for (int c = 0; c < stride; c += 2 * LANES)
	{
		SumPair sums = sum_of_parts(own, count, lanes.shift, c);
		SumPair by = load_factors(factors + c);

		store_sides(out + c, sides_of_sums(sums.first, kind, &lanes, by.first),
					sides_of_sums(sums.second, kind, &lanes, by.second));
	}
}

/* Loops over a number of parts that the compiler knows. */
TARGET static inline __attribute__((always_inline)) void
sides_of_powers_inline(const uint16_t *const *parts, int count, RootKind kind,
					   const PowerSides *sides, int stride, int16_t *out)
{
	if (count == 1)
		sides_of_parts(parts, 1, kind, sides, stride, out);
	else if (count == 2)
		sides_of_parts(parts, 2, kind, sides, stride, out);
	else if (count == 3)
		sides_of_parts(parts, 3, kind, sides, stride, out);
	else
		sides_of_parts(parts, 4, kind, sides, stride, out);
}

/* The sums, and then the roots of these. */
TARGET static void
short_sides(const uint16_t *const *parts, int count, const PowerSides *sides,
			int stride, int16_t *out)
{
	add_rounded(parts, count, sides->dropped, sides->below, stride,
				(uint16_t *) out);
	short_sides_of_sums(sides, stride, out);
}

TARGET static void
sides_of_powers(const uint16_t *const *parts, int count,
				const PowerSides *sides, int stride, int16_t *out)
{
	switch (sides->kind)
	{
		case ROOT_CUBE:
			sides_of_powers_inline(parts, count, ROOT_CUBE, sides, stride,
								   out);
			break;
		case ROOT_ANY:
			sides_of_powers_inline(parts, count, ROOT_ANY, sides, stride, out);
			break;
		case ROOT_SHORT:
			short_sides(parts, count, sides, stride, out);
			break;
	}
}
