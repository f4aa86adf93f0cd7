/*
 * code_dots_avx512.h
 *		Products of codes of regions with a query's weights; part of
 *		kernels_avx512.c.
 */
#ifndef INTSEARCH_CODE_DOTS_AVX512_H
#define INTSEARCH_CODE_DOTS_AVX512_H

typedef struct HalfWeights
{
	__m512i low;
	__m512i high;
} HalfWeights;

TARGET static inline HalfWeights
load_half_weights(const int8_t *weights)
{
	return (HalfWeights){_mm512_loadu_si512(weights),
						 _mm512_loadu_si512(weights + REGION_CODE_BYTES)};
}

TARGET static inline DotSums
partial_dot(const uint8_t *code, const HalfWeights *weights)
{
	__m512i mask = _mm512_set1_epi8(15);
	__m512i bytes = _mm512_loadu_si512(code);
	__m512i low = _mm512_and_si512(bytes, mask);
	__m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask);
	DotSums sums =
		_mm512_dpbusd_epi32(_mm512_setzero_si512(), low, weights->low);

	return _mm512_dpbusd_epi32(sums, high, weights->high);
}

#include "core/kernels/code_dots_halves.h"

/* Adds the bits that a code shares with plane p, by what they count. */
TARGET static inline __m512i
add_plane(__m512i sums, __m512i code, const uint8_t *planes, int p)
{
	__m512i plane = _mm512_loadu_si512(planes + p * REGION_CODE_BYTES);
	__m512i bits = _mm512_popcnt_epi32(_mm512_and_si512(code, plane));

	bits = _mm512_slli_epi32(bits, p);
	return p < SIGN_PLANES - 1 ? _mm512_add_epi32(sums, bits)
							   : _mm512_sub_epi32(sums, bits);
}

TARGET static inline DotSums
partial_bits(const uint8_t *code, const uint8_t *planes)
{
	__m512i loaded = _mm512_loadu_si512(code);
	__m512i sums = _mm512_setzero_si512();

	for (int p = 0; p < SIGN_PLANES; p++)
		sums = add_plane(sums, loaded, planes, p);
	return sums;
}

TARGET static void
dot_bits(const uint8_t *codes, size_t step, int count, const uint8_t *planes,
		 int32_t *sums)
{
	int i = 0;

	for (; i + 4 <= count; i += 4, codes += 4 * step)
		store_four_dots(sums + i, partial_bits(codes, planes),
						partial_bits(codes + step, planes),
						partial_bits(codes + 2 * step, planes),
						partial_bits(codes + 3 * step, planes));
	for (; i < count; i++, codes += step)
		sums[i] = sum_of_dots(partial_bits(codes, planes));
}

#endif
