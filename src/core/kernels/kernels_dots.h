/*
 * kernels_dots.h
 *		dot_cells and dot_four, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	DOT_CODES		codes in a vector, at most KERNEL_LANES / 2
 *	DotCodes		DOT_CODES codes, of 16 bits each; widen_codes reads them
 *	DotSums			sums of 32 bits
 *	add_products	adds the products of DotCodes and of as many weights to
 *					DotSums
 *	add_dot_sums	adds two DotSums
 *	sum_of_dots		the sum of a DotSums
 *	store_four_dots	stores the sums of four
 */

TARGET static inline int32_t
dot(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed)
{
	DotSums sums = {0};
	DotSums more = {0};

	for (int c = 0; c < stride; c += 2 * DOT_CODES)
	{
		int next = c + DOT_CODES;

		sums =
			add_products(sums, widen_codes(codes + c, is_signed), weights + c);
		more = add_products(more, widen_codes(codes + next, is_signed),
							weights + next);
	}
	return sum_of_dots(add_dot_sums(sums, more));
}

/* Four cells, so that each vector of weights is read once for all. */
TARGET static inline void
dot_four_cells(const uint8_t *codes, const int16_t *weights, ptrdiff_t stride,
			   bool is_signed, int32_t *sums)
{
	DotSums first = {0}, second = {0}, third = {0}, fourth = {0};

	for (ptrdiff_t c = 0; c < stride; c += DOT_CODES, codes += DOT_CODES)
	{
		const int16_t *factors = weights + c;

		first = add_products(first, widen_codes(codes, is_signed), factors);
		second = add_products(second, widen_codes(codes + stride, is_signed),
							  factors);
		third = add_products(third, widen_codes(codes + 2 * stride, is_signed),
							 factors);
		fourth =
			add_products(fourth, widen_codes(codes + 3 * stride, is_signed),
						 factors);
	}
	store_four_dots(sums, first, second, third, fourth);
}

TARGET static void
dot_cells(const uint8_t *codes, int count, const int16_t *weights, int stride,
		  bool is_signed, int32_t *sums)
{
	int i = 0;

	for (; i + 4 <= count; i += 4, codes += 4 * (ptrdiff_t) stride)
		dot_four_cells(codes, weights, stride, is_signed, sums + i);
	for (; i < count; i++, codes += stride)
		sums[i] = dot(codes, weights, stride, is_signed);
}

/* Each vector of codes is widened once for all four. */
TARGET static void
dot_four(const uint8_t *codes, const int16_t *weights, int stride,
		 bool is_signed, int32_t sums[4])
{
	DotSums first = {0}, second = {0}, third = {0}, fourth = {0};

	for (ptrdiff_t c = 0; c < stride; c += DOT_CODES, weights += DOT_CODES)
	{
		DotCodes wide = widen_codes(codes + c, is_signed);

		first = add_products(first, wide, weights);
		second = add_products(second, wide, weights + stride);
		third = add_products(third, wide, weights + 2 * (ptrdiff_t) stride);
		fourth = add_products(fourth, wide, weights + 3 * (ptrdiff_t) stride);
	}
	store_four_dots(sums, first, second, third, fourth);
}
