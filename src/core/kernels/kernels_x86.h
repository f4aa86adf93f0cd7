/*
 * kernels_x86.h
 *		What the kernels for AVX2 and those for AVX-512 have in common.
 */
#ifndef INTSEARCH_KERNELS_X86_H
#define INTSEARCH_KERNELS_X86_H

#include <immintrin.h>

#include "core/kernels/kernels.h"

#define TARGET_AVX2 __attribute__((target("avx2,popcnt")))

TARGET_AVX2 static inline int32_t
add_lanes(__m256i sums)
{
	__m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums),
								 _mm256_extracti128_si256(sums, 1));

	half =
		_mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
	half =
		_mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
	return _mm_cvtsi128_si32(half);
}

/*
 * Eight partial sums in two vectors, in the order that kernels.h prescribes.
 */
TARGET_AVX2 static inline double
add_eight(__m256d first, __m256d second)
{
	__m256d four = _mm256_add_pd(first, second); /* 0+4, 1+5, 2+6, 3+7 */
	__m128d two = _mm_add_pd(_mm256_castpd256_pd128(four),
							 _mm256_extractf128_pd(four, 1));

	return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

/*
 * Of the windows of one width from column x on, those that end within the map:
 * bit i is column x + i's.
 */
static inline unsigned
windows_within(const BoundTest *test, int x, int width, int lanes)
{
	int count = test->columns - width + 1 - x;

	return (1u << (count < lanes ? count : lanes)) - 1;
}

/* Appends the windows of one width whose bit is set. */
static inline SelectedWindow *
append_windows(SelectedWindow *end, unsigned passed, int x, int width)
{
	for (; passed != 0; passed &= passed - 1)
		*end++ = (SelectedWindow){(uint16_t) (x + __builtin_ctz(passed)),
								  (uint16_t) width};
	return end;
}

#endif
