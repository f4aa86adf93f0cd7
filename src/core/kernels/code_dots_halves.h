/*
 * code_dots_halves.h
 *		dot_halves, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET, DotSums, sum_of_dots, store_four_dots
 *					see kernels_dots.h
 *	HalfWeights		the weights of a query; load_half_weights reads them
 *	partial_dot		the products of one code with them, as DotSums
 */

TARGET static void
dot_halves(const uint8_t *codes, size_t step, int count, const int8_t *weights,
		   int32_t *sums)
{
	HalfWeights loaded = load_half_weights(weights);
	int i = 0;

	for (; i + 4 <= count; i += 4, codes += 4 * step)
		store_four_dots(sums + i, partial_dot(codes, &loaded),
						partial_dot(codes + step, &loaded),
						partial_dot(codes + 2 * step, &loaded),
						partial_dot(codes + 3 * step, &loaded));
	for (; i < count; i++, codes += step)
		sums[i] = sum_of_dots(partial_dot(codes, &loaded));
}
