/*
 * code_dots_x86.h
 *		What the products of codes with AVX2 and with AVX-512 have in common.
 */
#ifndef INTSEARCH_CODE_DOTS_X86_H
#define INTSEARCH_CODE_DOTS_X86_H

#include "core/kernels/kernels_x86.h"

/* The sums of the lanes of four vectors. */
TARGET_AVX2 static inline __m128i
add_four(__m256i a, __m256i b, __m256i c, __m256i d)
{
	__m256i sums =
		_mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));

	return _mm_add_epi32(_mm256_castsi256_si128(sums),
						 _mm256_extracti128_si256(sums, 1));
}

#endif
