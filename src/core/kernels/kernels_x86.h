/*
 * kernels_x86.h
 *		What the kernels for AVX2 and those for AVX-512 have in common.
 */
#ifndef INTSEARCH_KERNELS_X86_H
#define INTSEARCH_KERNELS_X86_H

#include <immintrin.h>
#include <string.h>

#include "core/kernels/kernels.h"

#define TARGET_AVX2 __attribute__((target("avx2,popcnt")))

/* Kernels for AVX2 that AVX-512 does not make faster. */
#define KERNEL_OF_AVX2(member) \
	extern __typeof__(*((const Kernels *) NULL)->member) avx2_##member

KERNEL_OF_AVX2(subtract);
KERNEL_OF_AVX2(block_slack);
KERNEL_OF_AVX2(select_windows);
KERNEL_OF_AVX2(decode_row);
KERNEL_OF_AVX2(sketch_square);
KERNEL_OF_AVX2(sums_square);
KERNEL_OF_AVX2(cosine_parts_float);

TARGET_AVX2 static inline int
count_word(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return (int) _mm_popcnt_u64(word);
}

/*
 * The number of bits set.  Four words at a time are added as a tree: where a
 * cell begins depends on the sum.
 */
TARGET_AVX2 static inline int
count_set_bits(const uint8_t *bytes, int size)
{
	int count = 0;
	int i = 0;

	for (; i + 32 <= size; i += 32)
		count += (count_word(bytes + i) + count_word(bytes + i + 8)) +
				 (count_word(bytes + i + 16) + count_word(bytes + i + 24));
	for (; i + 8 <= size; i += 8)
		count += count_word(bytes + i);
	for (; i < size; i++)
		count += (int) _mm_popcnt_u32(bytes[i]);
	return count;
}

TARGET_AVX2 static inline int32_t
add_eight_ints(__m256i sums)
{
	__m128i half = _mm_add_epi32(_mm256_castsi256_si128(sums),
								 _mm256_extracti128_si256(sums, 1));

	half =
		_mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
	half =
		_mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1)));
	return _mm_cvtsi128_si32(half);
}

/* Stores the sums of the lanes of four vectors. */
TARGET_AVX2 static inline void
store_four_sums(int32_t *to, __m256i first, __m256i second, __m256i third,
				__m256i fourth)
{
	__m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(first, second),
									 _mm256_hadd_epi32(third, fourth));

	_mm_storeu_si128((__m128i *) to,
					 _mm_add_epi32(_mm256_castsi256_si128(sums),
								   _mm256_extracti128_si256(sums, 1)));
}

/* Eight partial sums, 0-3 and 4-7, in the order that kernels.h prescribes. */
TARGET_AVX2 static inline double
add_eight_doubles(__m256d low, __m256d high)
{
	__m256d four = _mm256_add_pd(low, high); /* 0+4, 1+5, 2+6, 3+7 */
	__m128d two = _mm_add_pd(_mm256_castpd256_pd128(four),
							 _mm256_extractf128_pd(four, 1));

	return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

#endif
