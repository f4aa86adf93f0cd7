/*
 * kernels_sums.h
 *		subtract, sketch_square, sums_square and cosine_parts_float, on eight
 *		numbers at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	KERNEL, TARGET, Floats, Ints, load_floats, load_ints, store_floats,
 *	floats_of and their arithmetic
 *					see kernels_select.h
 *	sum_of_floats	in the order of cosine_parts
 */

KERNEL(void, subtract)
(const float *below, const float *above, int count, float *out)
{
	for (int i = 0; i < count; i += 8)
		store_floats(out + i, subtract_floats(load_floats(below + i),
											  load_floats(above + i)));
}

KERNEL(float, sketch_square)
(const float *top_left, const float *top_right, const float *bottom_left,
 const float *bottom_right, int dims)
{
	Floats squares = all_lanes(0);

	for (int k = 0; k < dims; k += 8)
	{
		Floats bottom = subtract_floats(load_floats(bottom_right + k),
										load_floats(bottom_left + k));
		Floats top = subtract_floats(load_floats(top_right + k),
									 load_floats(top_left + k));
		Floats sum = subtract_floats(bottom, top);

		squares = add_floats(squares, multiply_floats(sum, sum));
	}
	return sum_of_floats(squares);
}

TARGET static inline Floats
square_eight(const uint32_t *sums, const float *scales)
{
	Floats value =
		multiply_floats(floats_of(load_ints((const int32_t *) sums)),
						load_floats(scales));

	return multiply_floats(value, value);
}

/* SQUARE_LANES partial sums to eight. */
TARGET static inline Floats
add_eight_lanes(const Floats *lanes)
{
	return add_floats(add_floats(lanes[0], lanes[2]),
					  add_floats(lanes[1], lanes[3]));
}

KERNEL(float, sums_square)
(const uint32_t *sums, const float *scales, int stride)
{
	Floats squares[4] = {all_lanes(0), all_lanes(0), all_lanes(0),
						 all_lanes(0)};

	for (int c = 0; c < stride; c += SQUARE_LANES)
		for (int i = 0; i < 4; i++)
			squares[i] =
				add_floats(squares[i],
						   square_eight(sums + c + 8 * i, scales + c + 8 * i));
	return sum_of_floats(add_eight_lanes(squares));
}

KERNEL(void, cosine_parts_float)
(const float *sums, const float *weights, const float *scales, int stride,
 float *numerator, float *square)
{
	Floats numerators[4] = {all_lanes(0), all_lanes(0), all_lanes(0),
							all_lanes(0)};
	Floats squares[4] = {all_lanes(0), all_lanes(0), all_lanes(0),
						 all_lanes(0)};

	for (int c = 0; c < stride; c += SQUARE_LANES)
		for (int i = 0; i < 4; i++)
		{
			Floats sum = load_floats(sums + c + 8 * i);
			Floats value =
				multiply_floats(load_floats(scales + c + 8 * i), sum);

			numerators[i] =
				add_floats(numerators[i],
						   multiply_floats(load_floats(weights + c + 8 * i),
										   sum));
			squares[i] = add_floats(squares[i], multiply_floats(value, value));
		}
	*numerator = sum_of_floats(add_eight_lanes(numerators));
	*square = sum_of_floats(add_eight_lanes(squares));
}
