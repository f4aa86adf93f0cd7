/*
 * code_dots_avx512.h
 *		Products of codes of regions with a query's weights; part of
 *		kernels_avx512.c.
 */
#ifndef INTSEARCH_CODE_DOTS_AVX512_H
#define INTSEARCH_CODE_DOTS_AVX512_H

#include "core/kernels/code_dots_x86.h"

/* Eight partial sums. */
TARGET static inline __m256i
partial_dot(const uint8_t *code, __m512i low_weights, __m512i high_weights)
{
	__m512i mask = _mm512_set1_epi8(15);
	__m512i bytes = _mm512_loadu_si512(code);
	__m512i low = _mm512_and_si512(bytes, mask);
	__m512i high = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask);
	__m512i sums =
		_mm512_dpbusd_epi32(_mm512_setzero_si512(), low, low_weights);

	sums = _mm512_dpbusd_epi32(sums, high, high_weights);
	return _mm256_add_epi32(_mm512_castsi512_si256(sums),
							_mm512_extracti64x4_epi64(sums, 1));
}

TARGET static void
dot_halves(const uint8_t *codes, size_t step, int count, const int8_t *weights,
		   int32_t *sums)
{
	__m512i low = _mm512_loadu_si512(weights);
	__m512i high = _mm512_loadu_si512(weights + REGION_CODE_BYTES);
	int i = 0;

	for (; i + 4 <= count; i += 4, codes += 4 * step)
		_mm_storeu_si128((__m128i *) (sums + i),
						 add_four(partial_dot(codes, low, high),
								  partial_dot(codes + step, low, high),
								  partial_dot(codes + 2 * step, low, high),
								  partial_dot(codes + 3 * step, low, high)));
	for (; i < count; i++, codes += step)
		sums[i] = add_lanes(partial_dot(codes, low, high));
}

#endif
