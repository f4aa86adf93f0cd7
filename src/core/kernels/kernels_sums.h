/*
 * kernels_sums.h
 *		subtract and sketch_square, on eight numbers at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	KERNEL, Floats, load_floats, store_floats and their arithmetic
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
