/*
 * box_sides.h
 *		Sides of boxes and sums over them, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	LANES			of Ints
 *	widen_codes, store_four_dots
 *					see kernels_dots.h
 *	add_ints, all_ints
 *					of Ints
 *	Halves			2 * LANES integers of 16 bits
 *	load_halves, store_halves, all_halves
 *	lesser_halves, greater_halves, add_halves, subtract_halves
 *	shift_code		a code times 2^CODE_SHIFT, in a Halves
 *	high_product	the high half of a product
 *	keep_nonzero	a Halves, 0 where another one is
 *	add_pair_products
 *					adds to LANES sums the products of two Halves, two to a sum
 */

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

/* Four cells, so that each vector of factors is read once for all. */
TARGET static inline void
squares_of_four(const uint8_t *const cells[4], const int16_t *factors,
				int stride, bool is_signed, int32_t *squares)
{
	Ints sums[4] = {all_ints(0), all_ints(0), all_ints(0), all_ints(0)};

	for (int c = 0; c < stride; c += 2 * LANES)
	{
		Halves factor = load_halves(factors + c);

		for (int i = 0; i < 4; i++)
		{
			Halves shifted = shift_code(widen_codes(cells[i] + c, is_signed));
			Halves side = high_product(shifted, factor);

			sums[i] = add_pair_products(sums[i], side, side);
		}
	}
	store_four_dots(squares, sums[0], sums[1], sums[2], sums[3]);
}

TARGET static void
squares_of_codes(const uint8_t *codes, int count, const int16_t *factors,
				 int stride, bool is_signed, int32_t *squares)
{
	for (int i = 0; i < count; i += 4)
	{
		const uint8_t *cells[4];
		int32_t four[4];
		int left = count - i < 4 ? count - i : 4;

		for (int k = 0; k < 4; k++)
		{
			/* after the last one, it stands for the others */
			int cell = i + k < count ? i + k : count - 1;

			cells[k] = codes + (size_t) cell * stride;
		}
		squares_of_four(cells, factors, stride, is_signed, four);
		memcpy(squares + i, four, sizeof(int32_t) * left);
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
