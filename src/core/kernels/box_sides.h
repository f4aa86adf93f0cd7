/*
 * box_sides.h
 *		Sides of boxes and sums over them, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	LANES			of Floats and of Ints
 *	load_floats, all_lanes, floats_of, add_ints, widen_codes
 *					see kernels_select.h and kernels_dots.h; the arithmetic of
 *					Floats is that of C
 *	Halves			2 * LANES integers of 16 bits
 *	load_halves, store_halves, all_halves
 *	lesser_halves, greater_halves, add_halves, subtract_halves
 *	shift_code		a code times 2^CODE_SHIFT, in a Halves
 *	high_product	the high half of a product
 *	keep_nonzero	a Halves, 0 where another one is
 *	add_pair_products
 *					adds to LANES sums the products of two Halves, two to a sum
 *	bits_of, floats_of_bits, and_ints, or_ints, all_ints
 *	exponent_of		bits shifted to the right by 23, and
 *	as_exponent		to the left
 *	whole_of		floats to integers, towards zero
 *	keep_where		Ints, 0 where other Ints are
 *	halves_of		of two Ints, in their order
 *	store_four_dots	see kernels_dots.h
 */

/* See plain_root(), of which this is LANES at a time. */
TARGET static inline Floats
root_of_sums(Floats sums, Floats inverse)
{
	Ints bits = bits_of(sums);
	Floats mantissa = floats_of_bits(
		or_ints(and_ints(bits, all_ints(0x007fffff)), all_ints(0x3f800000)));
	Floats exponent = floats_of(exponent_of(bits));
	Floats logarithm = all_lanes(LOG_4) * mantissa + all_lanes(LOG_3);
	Floats shifted, rest, power;

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
		whole_of(all_lanes(INVERSE_CUBE_ROOT) -
				 floats_of(bits_of(sums)) * all_lanes(1.0f / 3)));
	Floats root = sums * (inverse * inverse);
	Floats cube = root * inverse;

	return root * (all_lanes(CUBE_0) +
				   cube * (all_lanes(CUBE_1) + cube * all_lanes(CUBE_2)));
}

/* LANES sides, from channel c on. */
TARGET static inline __attribute__((always_inline)) Ints
sides_of_some_powers(const float *const *parts, int count, bool is_cube,
					 const PowerSides *sides, int c)
{
	Floats sums = load_floats(parts[0] + c);
	Floats roots;

	if (count > 1)
		sums = sums + load_floats(parts[1] + c);
	if (count == 3)
		sums = sums + load_floats(parts[2] + c);
	if (count == 4)
		sums = sums + (load_floats(parts[2] + c) + load_floats(parts[3] + c));
	roots = is_cube ? cube_root_of_sums(sums)
					: root_of_sums(sums, all_lanes(sides->inverse));
	return keep_where(bits_of(sums),
					  add_ints(whole_of(roots *
										load_floats(sides->factors + c)),
							   all_ints(sides->offset)));
}

TARGET static inline __attribute__((always_inline)) void
sides_of_parts(const float *const *parts, int count, bool is_cube,
			   const PowerSides *sides, int stride, int16_t *out)
{
	for (int c = 0; c < stride; c += 2 * LANES)
		store_halves(out + c,
					 halves_of(sides_of_some_powers(parts, count, is_cube,
													sides, c),
							   sides_of_some_powers(parts, count, is_cube,
													sides, c + LANES)));
}

/* Loops over a number of parts that the compiler knows. */
TARGET static inline __attribute__((always_inline)) void
sides_of_powers_inline(const float *const *parts, int count, bool is_cube,
					   const PowerSides *sides, int stride, int16_t *out)
{
	if (count == 1)
		sides_of_parts(parts, 1, is_cube, sides, stride, out);
	else if (count == 2)
		sides_of_parts(parts, 2, is_cube, sides, stride, out);
	else if (count == 3)
		sides_of_parts(parts, 3, is_cube, sides, stride, out);
	else
		sides_of_parts(parts, 4, is_cube, sides, stride, out);
}

TARGET static void
sides_of_powers(const float *const *parts, int count, const PowerSides *sides,
				int stride, int16_t *out)
{
	if (sides->exponent == 3)
		sides_of_powers_inline(parts, count, true, sides, stride, out);
	else
		sides_of_powers_inline(parts, count, false, sides, stride, out);
}

TARGET static void
sides_of_codes(const uint8_t *codes, const int16_t *factors, int offset,
			   int stride, bool is_signed, int16_t *out)
{
	for (int c = 0; c < stride; c += 2 * LANES)
	{
		Halves shifted = shift_code(widen_codes(codes + c, is_signed));
		Halves side =
			add_halves(high_product(shifted, load_halves(factors + c)),
					   all_halves((int16_t) offset));

		store_halves(out + c, keep_nonzero(shifted, side));
	}
}

/* Partial sums of BoxParts. */
typedef struct PartSums
{
	Ints product;
	Ints square;
	Ints least;
	Ints greatest;
} PartSums;

/* Adds those of 2 * LANES channels, from channel c on. */
TARGET static inline __attribute__((always_inline)) PartSums
add_parts(PartSums sums, const BoxQuery *query, const int16_t *low_side,
		  const int16_t *high_side, int c, bool is_signed)
{
	Halves low = load_halves(low_side + c);
	Halves high = load_halves(high_side + c);
	Halves nearest =
		lesser_halves(greater_halves(load_halves(query->target + c), low),
					  high);

	if (is_signed)
	{
		Halves zero = all_halves(0);
		Halves least =
			greater_halves(greater_halves(low, subtract_halves(zero, high)),
						   zero);

		high = greater_halves(high, subtract_halves(zero, low));
		low = least;
	}
	return (PartSums){add_pair_products(sums.product, nearest,
										load_halves(query->query + c)),
					  add_pair_products(sums.square, nearest, nearest),
					  add_pair_products(sums.least, low, low),
					  add_pair_products(sums.greatest, high, high)};
}

/* Two sums each, as one would have to wait for itself. */
TARGET static inline __attribute__((always_inline)) void
box_parts_inline(const BoxQuery *query, const int16_t *low,
				 const int16_t *high, bool is_signed, BoxParts *parts)
{
	PartSums sums = {all_ints(0), all_ints(0), all_ints(0), all_ints(0)};
	PartSums more = sums;
	int32_t totals[4];

	for (int c = 0; c < query->stride; c += 4 * LANES)
	{
		sums = add_parts(sums, query, low, high, c, is_signed);
		more = add_parts(more, query, low, high, c + 2 * LANES, is_signed);
	}
	store_four_dots(totals, add_ints(sums.product, more.product),
					add_ints(sums.square, more.square),
					add_ints(sums.least, more.least),
					add_ints(sums.greatest, more.greatest));
	*parts = (BoxParts){totals[0], totals[1], totals[2], totals[3]};
}

TARGET static void
box_parts(const BoxQuery *query, const int16_t *low, const int16_t *high,
		  BoxParts *parts)
{
	if (query->is_signed)
		box_parts_inline(query, low, high, true, parts);
	else
		box_parts_inline(query, low, high, false, parts);
}
