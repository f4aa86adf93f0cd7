/*
 * code_dots_plain.h
 *		Products of codes of regions with a query's weights, in plain C; part
 *		of kernels_plain.c.
 */
#ifndef INTSEARCH_CODE_DOTS_PLAIN_H
#define INTSEARCH_CODE_DOTS_PLAIN_H

static void
dot_halves(const uint8_t *codes, size_t step, int count, const int8_t *weights,
		   int32_t *sums)
{
	for (int i = 0; i < count; i++, codes += step)
	{
		int32_t sum = 0;

		for (int k = 0; k < REGION_CODE_BYTES; k++)
			sum += (codes[k] & 15) * weights[k] +
				   (codes[k] >> 4) * weights[REGION_CODE_BYTES + k];
		sums[i] = sum;
	}
}

static void
dot_bits(const uint8_t *codes, size_t step, int count, const uint8_t *planes,
		 int32_t *sums)
{
	for (int i = 0; i < count; i++, codes += step)
	{
		sums[i] = 0;
		for (int p = 0; p < SIGN_PLANES; p++)
		{
			uint8_t both[REGION_CODE_BYTES];
			int bits;

			for (int k = 0; k < REGION_CODE_BYTES; k++)
				both[k] = codes[k] & planes[p * REGION_CODE_BYTES + k];
			bits = count_bits(both, REGION_CODE_BYTES) * (1 << p);
			sums[i] += p < SIGN_PLANES - 1 ? bits : -bits;
		}
	}
}

#endif
