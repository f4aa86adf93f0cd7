/*
 * code_dots_avx2.h
 *		Products of codes of regions with a query's weights; part of
 *		kernels_avx2.c.
 */
#ifndef INTSEARCH_CODE_DOTS_AVX2_H
#define INTSEARCH_CODE_DOTS_AVX2_H

/* The weights of a query, as the halves of 32 bytes each. */
typedef struct HalfWeights
{
	__m256i low[2];
	__m256i high[2];
} HalfWeights;

TARGET static inline HalfWeights
load_half_weights(const int8_t *weights)
{
	const __m256i *from = (const __m256i *) weights;

	return (
		HalfWeights){{_mm256_loadu_si256(from), _mm256_loadu_si256(from + 1)},
					 {_mm256_loadu_si256(from + 2),
					  _mm256_loadu_si256(from + 3)}};
}

/*
 * Eight partial sums of 32 bits.  Those of 16 bits do not saturate: each is of
 * eight products, and 8 * 15 * 127 < 2^15.
 */
TARGET static inline DotSums
partial_dot(const uint8_t *code, const HalfWeights *weights)
{
	__m256i mask = _mm256_set1_epi8(15);
	__m256i sums = _mm256_setzero_si256();

	for (int i = 0; i < 2; i++)
	{
		__m256i bytes = _mm256_loadu_si256((const __m256i *) (code + 32 * i));
		__m256i low = _mm256_and_si256(bytes, mask);
		__m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask);

		sums =
			_mm256_add_epi16(sums, _mm256_maddubs_epi16(low, weights->low[i]));
		sums = _mm256_add_epi16(sums,
								_mm256_maddubs_epi16(high, weights->high[i]));
	}
	return _mm256_madd_epi16(sums, _mm256_set1_epi16(1));
}

#include "core/kernels/code_dots_halves.h"

TARGET static inline uint64_t
load_word(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

TARGET static void
dot_bits(const uint8_t *codes, size_t step, int count, const uint8_t *planes,
		 int32_t *sums)
{
	for (int i = 0; i < count; i++, codes += step)
	{
		int32_t planes_sums[SIGN_PLANES] = {0};

		for (int k = 0; k < REGION_CODE_BYTES; k += 8)
			for (int p = 0; p < SIGN_PLANES; p++)
				planes_sums[p] += (int32_t) _mm_popcnt_u64(
					load_word(codes + k) &
					load_word(planes + p * REGION_CODE_BYTES + k));
		sums[i] = -planes_sums[SIGN_PLANES - 1] * (1 << (SIGN_PLANES - 1));
		for (int p = 0; p < SIGN_PLANES - 1; p++)
			sums[i] += planes_sums[p] * (1 << p);
	}
}

#endif
