/*
 * sums_square_plain.h
 *		Sums of floats over the channels, in plain C; part of kernels_plain.c.
 */
#ifndef INTSEARCH_SUMS_SQUARE_PLAIN_H
#define INTSEARCH_SUMS_SQUARE_PLAIN_H

/* The sum of SQUARE_LANES partial sums, which it overwrites. */
static float
add_square_lanes(float *lanes)
{
	for (int half = SQUARE_LANES / 2; half > 0; half /= 2)
		for (int i = 0; i < half; i++)
			lanes[i] += lanes[i + half];
	return lanes[0];
}

static float
sums_square(const uint32_t *sums, const float *scales, int stride)
{
	float squares[SQUARE_LANES] = {0};

	for (int c = 0; c < stride; c++)
	{
		float value = (float) (int32_t) sums[c] * scales[c];

		squares[c % SQUARE_LANES] += value * value;
	}
	return add_square_lanes(squares);
}

static void
cosine_parts_float(const float *sums, const float *weights,
				   const float *scales, int stride, float *numerator,
				   float *square)
{
	float numerators[SQUARE_LANES] = {0};
	float squares[SQUARE_LANES] = {0};

	for (int c = 0; c < stride; c += SQUARE_LANES)
		for (int i = 0; i < SQUARE_LANES; i++)
		{
			float value = scales[c + i] * sums[c + i];

			numerators[i] += weights[c + i] * sums[c + i];
			squares[i] += value * value;
		}
	*numerator = add_square_lanes(numerators);
	*square = add_square_lanes(squares);
}

#endif
