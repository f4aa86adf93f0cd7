/*
 * sums_square_plain.h
 *		The squared norm of integer sums, in plain C; part of kernels_plain.c.
 */
#ifndef INTSEARCH_SUMS_SQUARE_PLAIN_H
#define INTSEARCH_SUMS_SQUARE_PLAIN_H

static float
sums_square(const uint32_t *sums, const float *scales, int stride)
{
	float squares[SQUARE_LANES] = {0};

	for (int c = 0; c < stride; c++)
	{
		float value = (float) (int32_t) sums[c] * scales[c];

		squares[c % SQUARE_LANES] += value * value;
	}
	for (int half = SQUARE_LANES / 2; half > 0; half /= 2)
		for (int i = 0; i < half; i++)
			squares[i] += squares[i + half];
	return squares[0];
}

#endif
