/*
 * kernels_sums.h
 *		dot, cosine_parts and subtract, on vectors of any width.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET, LANES, Floats, Ints, load_floats, store_floats
 *					see kernels_select.h
 *	widen_codes		2 * LANES codes, to 16 bits each, in an Ints
 *	add_products	adds to LANES sums the products of widened codes and of as
 *					many weights, two to a sum
 *	add_ints, sum_of_ints
 *	EightDoubles	load_eight, add_eight and multiply_eight give them
 *	sum_of_eight	in the order of cosine_parts
 */
#include "core/kernels/kernels_windows.h"

TARGET static int32_t
dot(const uint8_t *codes, const int16_t *weights, int stride, bool is_signed)
{
	Ints sums = {0};
	Ints more = {0};

	for (int c = 0; c < stride; c += 4 * LANES)
	{
		int next = c + 2 * LANES;

		sums =
			add_products(sums, widen_codes(codes + c, is_signed), weights + c);
		more = add_products(more, widen_codes(codes + next, is_signed),
							weights + next);
	}
	return sum_of_ints(add_ints(sums, more));
}

TARGET static void
cosine_parts(const double *sums, const double *weights, const double *scales,
			 int stride, double *numerator, double *square)
{
	EightDoubles numerators = {0};
	EightDoubles squares = {0};

	for (int c = 0; c < stride; c += 8)
	{
		EightDoubles sum = load_eight(sums + c);
		EightDoubles value = multiply_eight(load_eight(scales + c), sum);

		numerators = add_eight(numerators,
							   multiply_eight(load_eight(weights + c), sum));
		squares = add_eight(squares, multiply_eight(value, value));
	}
	*numerator = sum_of_eight(numerators);
	*square = sum_of_eight(squares);
}

TARGET static void
subtract(const float *below, const float *above, int count, float *out)
{
	for (int i = 0; i < count; i += LANES)
	{
		unsigned lanes = first_lanes(count - i, LANES);

		store_floats(out + i, lanes,
					 load_floats(below + i, lanes) -
						 load_floats(above + i, lanes));
	}
}
