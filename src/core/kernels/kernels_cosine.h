/*
 * kernels_cosine.h
 *		cosine_parts, on eight doubles at a time.
 *
 * A file of kernels includes this once, after it has defined what differs:
 *
 *	TARGET			the attribute of its functions
 *	EightDoubles	load_eight, add_eight and multiply_eight give them
 *	sum_of_eight	in the order of kernels.h
 */

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
