/*
 * code_dots_neon.h
 *		Products of codes of regions with a query's weights; part of
 *		kernels_neon.c.
 */
#ifndef INTSEARCH_CODE_DOTS_NEON_H
#define INTSEARCH_CODE_DOTS_NEON_H

/* Vectors in a code. */
#define CODE_VECTORS (REGION_CODE_BYTES / 16)

typedef struct HalfWeights
{
	int8x16_t low[CODE_VECTORS];
	int8x16_t high[CODE_VECTORS];
} HalfWeights;

static inline HalfWeights
load_half_weights(const int8_t *weights)
{
	HalfWeights loaded;

	for (int i = 0; i < CODE_VECTORS; i++)
	{
		loaded.low[i] = vld1q_s8(weights + 16 * i);
		loaded.high[i] = vld1q_s8(weights + REGION_CODE_BYTES + 16 * i);
	}
	return loaded;
}

static inline int16x8_t
add_half_products(int16x8_t sums, uint8x16_t halves, int8x16_t weights)
{
	int8x16_t values = vreinterpretq_s8_u8(halves);

	sums = vmlal_s8(sums, vget_low_s8(values), vget_low_s8(weights));
	return vmlal_high_s8(sums, values, weights);
}

/*
 * Four partial sums of 32 bits.  Those of 16 bits do not overflow: each is of
 * 16 products, and 16 * 15 * 127 < 2^15.
 */
static inline DotSums
partial_dot(const uint8_t *code, const HalfWeights *weights)
{
	int16x8_t sums = vdupq_n_s16(0);

	for (int i = 0; i < CODE_VECTORS; i++)
	{
		uint8x16_t bytes = vld1q_u8(code + 16 * i);

		sums = add_half_products(sums, vandq_u8(bytes, vdupq_n_u8(15)),
								 weights->low[i]);
		sums = add_half_products(sums, vshrq_n_u8(bytes, 4), weights->high[i]);
	}
	return vpaddlq_s16(sums);
}

#include "core/kernels/code_dots_halves.h"

/* The bits that a code shares with a plane, counted in eight parts. */
static inline uint16x8_t
shared_bits(const uint8_t *code, const uint8_t *plane)
{
	uint8x16_t counts = vdupq_n_u8(0);

	for (int i = 0; i < CODE_VECTORS; i++)
		counts =
			vaddq_u8(counts, vcntq_u8(vandq_u8(vld1q_u8(code + 16 * i),
											   vld1q_u8(plane + 16 * i))));
	return vpaddlq_u8(counts);
}

static void
dot_bits(const uint8_t *codes, size_t step, int count, const uint8_t *planes,
		 int32_t *sums)
{
	for (int i = 0; i < count; i++, codes += step)
	{
		const uint8_t *plane = planes + (SIGN_PLANES - 1) * REGION_CODE_BYTES;
		int16x8_t sum =
			vnegq_s16(vreinterpretq_s16_u16(shared_bits(codes, plane)));

		/* twice what there is, and the next lower plane */
		while (plane > planes)
		{
			plane -= REGION_CODE_BYTES;
			sum = vaddq_s16(vaddq_s16(sum, sum),
							vreinterpretq_s16_u16(shared_bits(codes, plane)));
		}
		sums[i] = vaddlvq_s16(sum);
	}
}

#endif
